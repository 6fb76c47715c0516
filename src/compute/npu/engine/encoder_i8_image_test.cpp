// A random encoder in int8: its plan in the simulator against plain loops over the same weights,
// bit for bit, and against float32.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <random>

#include "src/compute/npu/emulator/aie_api/types.hpp"
// ... which knows bfloat16, as a kernel's own header does
#include "src/compute/dtype.h"
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"
#include "src/compute/kernels/tile_attention/octave_attention_inl.h"
#include "src/compute/npu/emulator/test_core.h"
#include "src/compute/npu/engine/emulated_array.h"
#include "src/compute/npu/engine/encoder_i8_ranges.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/kernels/i8_core_kernels.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/run_plan_test.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): what buffers hold
using kernels::clamp_to;
using kernels::round_to_even;

/// Width 128 and 192 hidden channels are padded to 256, 100 positions to 512; the last keys are 36.
constexpr ModelDims kDims = {.n_mels = 12,
                             .n_audio_ctx = 100,
                             .n_audio_state = 128,
                             .n_audio_heads = 2,
                             .n_audio_layers = 2,
                             .n_audio_ffn = 192,
                             .n_vocab = 1,
                             .n_text_ctx = 1,
                             .n_text_state = 128,
                             .n_text_heads = 2,
                             .n_text_layers = 1,
                             .n_text_ffn = 1};

/// Weights that keep activations about as large as they come in, gains near 1.
std::shared_ptr<ModelWeights> random_model(const ModelDims& dims) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = dims;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (const WeightSlot& slot : weight_slots(*weights)) {
    const auto inputs = static_cast<float>(slot.shape[1] * slot.shape[2]);
    const bool is_gain = slot.name.ends_with("norm.weight");
    auto values = std::make_shared<std::vector<float>>(
        static_cast<std::size_t>(slot.shape[0] * slot.shape[1] * slot.shape[2]));
    const float size = inputs > 1 ? 1.2f / std::sqrt(inputs) : 0.1f;
    for (float& value : *values) value = (is_gain ? 1.0f : 0.0f) + size * normal(random);
    *slot.view = {DType::f32, slot.shape, reinterpret_cast<const std::byte*>(values->data())};
    weights->storage.push_back(values);
  }
  return weights;
}

/// What the model makes of bands that wander, which it was not measured with.
Tensor heard(const ModelWeights& weights) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  Tensor mel(DType::f32, weights.dims.n_mels, 2 * weights.dims.n_audio_ctx);
  for (int band = 0; band < mel.rows(); ++band) {
    float level = 0.3f;
    for (float& value : mel.row<float>(band)) {
      level += 0.3f * (0.3f - level) + 0.25f * normal(random);
      value = std::clamp(level, -0.6f, 1.4f);
    }
  }
  return embed(weights, mel, 1);
}

int byte_at(std::span<const std::byte> bytes, std::int64_t place) {
  return static_cast<std::int8_t>(bytes[static_cast<std::size_t>(place)]);
}

/// A layer in plain loops over the host's buffers. The norm, which is not integers, is the kernel,
/// 32 rows at a time.
class PlainLayer {
 public:
  PlainLayer(const EncoderImage& image, std::int64_t layer, std::vector<std::byte>& work)
      : image_(image), layer_(layer), layout_(encoder_layout(image.shape)), work_(work) {}

  void run() {
    const std::int64_t w = layout_.width, h = layout_.hidden;
    product(EncoderProduct::qkv, w, 3 * w, layout_.normed, layout_.qkv);
    for (std::int64_t head = 0; head < image_.shape.heads; ++head) attend(head);
    product(EncoderProduct::out, w, w, layout_.attended, layout_.y);
    norm(layout_.x, layout_.x_between);
    product(EncoderProduct::up, w, h, layout_.normed, layout_.gelu);
    product(EncoderProduct::down, h, w, layout_.gelu, layout_.y);
    norm(layout_.x_between, layout_.x);
  }

 private:
  const std::byte* panel(EncoderProduct product, std::int64_t block, std::int64_t panel) const {
    return image_.weights.data() + weight_panel(image_.shape, layer_, product, block, panel);
  }

  /// Blocks of 8 rows and 8 bytes, one after the other.
  ParameterPanelI8 parameters(EncoderProduct product, std::int64_t block) const {
    const std::byte* const rows = panel(product, block, 0);
    std::vector<std::byte> read;
    for (std::size_t at = 0; at < sizeof(ParameterPanelI8); ++at) {
      read.push_back(rows[(at / 512 * 8 + at % 64 / 8) * 64 + at / 64 % 8 * 8 + at % 8]);
    }
    ParameterPanelI8 parameters;
    std::memcpy(&parameters, read.data(), sizeof parameters);
    return parameters;
  }

  void product(EncoderProduct product, std::int64_t k, std::int64_t n, std::int64_t a,
               std::int64_t c) {
    for (std::int64_t column = 0; column < n; ++column) {
      const std::int64_t block = column / 64, at = column % 64;
      const ParameterPanelI8 p = parameters(product, block);
      std::vector<int> weights;
      for (std::int64_t i = 0; i < k; ++i) {
        weights.push_back(
            static_cast<std::int8_t>(panel(product, block, 1 + i / 64)[i % 64 * 64 + at]));
      }
      for (std::int64_t row = 0; row < layout_.rows; ++row) {
        std::int32_t sum = p.bias[at];
        const std::byte* const in = work_.data() + a + row * k;
        for (std::size_t i = 0; i < weights.size(); ++i) {
          sum += weights[i] * static_cast<std::int8_t>(in[i]);
        }
        store(product, p.scales, sum, at, c, row * n + column);
      }
    }
  }

  void store(EncoderProduct product, const ColumnScalesI8& scales, std::int32_t sum,
             std::int64_t at, std::int64_t c, std::int64_t index) {
    const std::int64_t scaled = std::int64_t{sum} * scales.multiplier[at / 8][0][at % 8];
    const bool is_wide = product == EncoderProduct::out || product == EncoderProduct::down;
    if (is_wide) {
      const int wide = clamp_to(round_to_even(scaled, scales.shift), -kMostWide, kMostWide);
      const std::uint16_t bits = f32_to_bf16(static_cast<float>(wide));
      std::memcpy(work_.data() + c + 2 * index, &bits, 2);
      return;
    }
    int byte = clamp_to(round_to_even(scaled, scales.shift), -128, 127);
    if (product == EncoderProduct::up) {
      const int x = clamp_to(round_to_even(scaled, scales.shift), -32767, 32767);
      const std::int64_t zero = scales.zero[at / 8][0][at % 8];
      const std::int64_t y =
          (zero << scales.gelu_shift) +
          std::int64_t{gelu(x, scales.coarse)} * scales.gelu_multiplier[at / 8][0][at % 8];
      byte = clamp_to(round_to_even(y, scales.gelu_shift), -127, 127);
    }
    work_[static_cast<std::size_t>(c + index)] = static_cast<std::byte>(byte);
  }

  /// In 2^(coarse - 10), see encoder_i8_aie2.h.
  static int gelu(int x, int coarse) {
    const int v = (std::min(std::abs(x), kGeluTop >> coarse) * 2 << coarse) - kGeluTop;
    std::int64_t p = kGelu[6];
    for (int power = 5; power > 0; --power) p = round_to_even(p * v, 12) + kGelu[power];
    return std::max(x, 0) - static_cast<int>(round_to_even(kGeluFirst + p * v, 14 + coarse));
  }

  std::vector<std::int8_t> tile(std::int64_t first, std::int64_t place) const {
    std::vector<std::int8_t> rows;
    for (std::int64_t i = 0; i < 64 * 64; ++i) {
      const std::int64_t row = first + i / 64;
      rows.push_back(static_cast<std::int8_t>(
          byte_at(work_, layout_.qkv + row * 3 * layout_.width + place + i % 64)));
    }
    return rows;
  }

  void attend(std::int64_t head) {
    const HeadScaleI8 scale = parameters(EncoderProduct::qkv, head).head;
    const kernels::OctaveScale scores{scale.score_shift, scale.multiplier, scale.step_shift};
    for (std::int64_t first = 0; first < layout_.rows; first += 64) {
      const std::vector<std::int8_t> queries = tile(first, head * 64);
      std::vector<kernels::OctaveRow> rows(64);
      for (std::int64_t key = 0; key < image_.shape.positions; key += 64) {
        const auto k = tile(key, layout_.width + head * 64),
                   v = tile(key, 2 * layout_.width + head * 64);
        const auto keys =
            static_cast<int>(std::min<std::int64_t>(64, image_.shape.positions - key));
        for (std::size_t i = 0; i < 64; ++i) {
          rows[i].add(queries.data() + 64 * i, k.data(), v.data(), keys, scores);
        }
      }
      for (std::int64_t i = 0; i < 64 * 64; ++i) {
        const kernels::OctaveRow& row = rows[static_cast<std::size_t>(i / 64)];
        const std::int64_t reciprocal = (std::int64_t{1} << kernels::kReciprocalBits) / row.total;
        const std::int64_t quotient =
            round_to_even(row.sums[i % 64] * reciprocal, kernels::kReciprocalBits);
        work_[static_cast<std::size_t>(layout_.attended + (first + i / 64) * layout_.width +
                                       head * 64 + i % 64)] =
            static_cast<std::byte>(clamp_to(quotient, -128, 127));
      }
    }
  }

  /// A panel of 32 rows of 128 bytes, or what becomes one, in blocks of so many half rows.
  template <class Copy>
  void for_panel(std::int64_t place, std::int64_t pitch, int block_rows, Copy copy) {
    for (std::int64_t i = 0; i < 64 * 8; ++i) {  // runs of 8 bytes
      const std::int64_t half = i / 8, run = i % 8;
      const std::int64_t blocked =
          (half / block_rows * 8 + run) * block_rows * 8 + half % block_rows * 8;
      copy(work_.data() + place + half / 2 * pitch + half % 2 * 64 + run * 8, blocked);
    }
  }

  void norm(std::int64_t from, std::int64_t to) {
    TestCore core;
    auto* const state = core.buffer<NormStateI8>(1);
    auto* const x = core.buffer<std::byte>(kPanelI8Bytes, 1);
    auto* const y = core.buffer<std::byte>(kPanelI8Bytes, 2);
    auto* const out = core.buffer<std::byte>(kPanelI8Bytes, 3);
    const auto wide = [](std::byte* bytes) { return reinterpret_cast<Bfloat16*>(bytes); };
    const std::int64_t pitch = 2 * layout_.width;
    const auto load = [&](std::int64_t place) {
      for_panel(from + place, pitch, 4, [x](const std::byte* run, std::int64_t blocked) {
        std::memcpy(x + blocked, run, 8);
      });
      for_panel(layout_.y + place, pitch, 8, [y](const std::byte* run, std::int64_t blocked) {
        std::memcpy(y + blocked, run, 8);
      });
    };
    const auto store = [&](std::int64_t place, std::int64_t row_bytes) {
      for_panel(place, row_bytes, 4, [out](std::byte* run, std::int64_t blocked) {
        std::memcpy(run, out + blocked, 8);
      });
    };
    for (std::int64_t row = 0; row < layout_.rows; row += 32) {
      encoder_i8_norm_begin(state, static_cast<std::int32_t>(image_.shape.d_model));
      for (std::int64_t byte = 0; byte < pitch; byte += 128) {
        load(row * pitch + byte);
        encoder_i8_norm_add(wide(x), wide(y), state, wide(out));
        store(to + row * pitch + byte, pitch);
      }
      for (std::int64_t byte = 0; byte < pitch; byte += 128) {
        load(row * pitch + byte);
        const auto part = static_cast<std::int32_t>(byte / 128 % 2);
        encoder_i8_norm_write(wide(x), wide(y), state, reinterpret_cast<std::int8_t*>(out), part);
        if (part == 1) store(layout_.normed + row * layout_.width + byte / 2 - 64, layout_.width);
      }
    }
  }

  const EncoderImage& image_;
  std::int64_t layer_;
  EncoderLayout layout_;
  std::vector<std::byte>& work_;
};

/// A window through the simulator.
std::vector<std::byte> simulated(const EncoderImage& image, const Tensor& x) {
  const ArrayPlan plan = encoder_plan(image.shape, image.kernels);
  const auto breaches = check_plan(plan);
  EXPECT_TRUE(breaches.empty()) << breaches[0].message;
  std::vector<std::vector<std::byte>> buffers = {
      std::vector<std::byte>(static_cast<std::size_t>(plan.host_buffers[0].bytes)), image.weights};
  image.enter(x.view(), buffers[0]);
  EmulatedArray array(plan, 1);
  run_plan(plan, buffers, {.cycles = plain_cycles, .runner = &array, .order_seed = 4});
  return buffers[0];
}

TEST(EncoderI8Image, TheSimulatorGivesWhatPlainLoopsGive) {
  const auto model = random_model(kDims);
  const EncoderImage image = pack_encoder_i8(*model);
  const Tensor x = heard(*model);
  const std::vector<std::byte> work = simulated(image, x);
  std::vector<std::byte> plain(work.size());
  image.enter(x.view(), plain);
  for (std::int64_t layer = 0; layer < image.shape.layers; ++layer) {
    PlainLayer(image, layer, plain).run();
  }
  const auto differ = std::mismatch(work.begin(), work.end(), plain.begin());
  EXPECT_EQ(differ.first - work.begin(), static_cast<std::ptrdiff_t>(work.size()));
}

TEST(EncoderI8Image, TheArrayHoldsEveryWhisper) {
  const std::int64_t sizes[][3] = {
      {384, 6, 4}, {512, 8, 6}, {768, 12, 12}, {1024, 16, 24}, {1280, 20, 32}};
  for (const auto& [d_model, heads, layers] : sizes) {
    const EncoderShape shape{
        .d_model = d_model, .heads = heads, .d_hidden = 4 * d_model, .layers = layers};
    const auto breaches = check_plan(encoder_plan(shape, encoder_i8_kernels()));
    EXPECT_TRUE(breaches.empty()) << d_model << ": " << breaches[0].message;
  }
}

double relative_error(const Tensor& a, const Tensor& b) {
  double difference = 0, size = 0;
  const auto x = a.values<float>(), y = b.values<float>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    difference += std::pow(static_cast<double>(x[i]) - static_cast<double>(y[i]), 2);
    size += std::pow(static_cast<double>(y[i]), 2);
  }
  return std::sqrt(difference / size);
}

/// Rows lose their means, which mean nothing in the stream.
void centre(Tensor& x) {
  for (int row = 0; row < x.rows(); ++row) {
    double mean = 0;
    for (const float value : x.row<float>(row)) mean += static_cast<double>(value) / x.cols();
    for (float& value : x.row<float>(row)) value -= static_cast<float>(mean);
  }
}

/// Share of a matrix of the last layer that has the largest or the least integer.
double clamped(std::span<const std::byte> work, std::int64_t place, std::int64_t pitch,
               std::int64_t rows, std::int64_t columns) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    const int value = byte_at(work, place + i / columns * pitch + i % columns);
    count += value == 127 || value == -128 ? 1 : 0;
  }
  return static_cast<double>(count) / static_cast<double>(rows * columns);
}

// The model hears another sound than it was measured with. A normalised number is off by 0.3 of 32
// steps to a standard deviation, a weight by 0.3 of 127 steps to its column's largest, a hidden
// number by 0.3 of some 25 steps: 1 to 2 % for each of four updates, of which the stream is the
// sum.
TEST(EncoderI8Image, IsNearFloat32AndSeldomClamps) {
  const auto model = random_model(kDims);
  const EncoderImage image = pack_encoder_i8(*model);
  Tensor x = heard(*model);
  const std::vector<std::byte> work = simulated(image, x);
  const Tensor got = image.leave(work);
  for (const EncoderLayerWeights& layer : model->encoder) {
    pass_layer(fold_layer(layer), kDims.n_audio_heads, x);
  }
  centre(x);
  EXPECT_LT(relative_error(got, x), 0.03);
  const EncoderLayout layout = encoder_layout(image.shape);
  const std::int64_t rows = kDims.n_audio_ctx, width = kDims.n_audio_state;
  for (std::int64_t third = 0; third < 3; ++third) {
    EXPECT_LT(clamped(work, layout.qkv + third * layout.width, 3 * layout.width, rows, width),
              0.002)
        << third;
  }
  EXPECT_LT(clamped(work, layout.attended, layout.width, rows, width), 0.002);
  EXPECT_LT(clamped(work, layout.gelu, layout.hidden, rows, kDims.n_audio_ffn), 0.002);
  EXPECT_LT(clamped(work, layout.normed, layout.width, rows, width), 0.002);
}

}  // namespace
}  // namespace tessera::compute::npu
