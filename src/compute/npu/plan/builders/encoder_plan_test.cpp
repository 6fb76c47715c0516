// An encoder with kernels in plain integers, run in the simulator, against the same in plain loops
// over the host's buffers.
#include "src/compute/npu/plan/builders/encoder_plan.h"

#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/run_plan_test.h"

namespace tessera::compute::npu {
namespace {

constexpr std::size_t kPlanSide = 64;
/// Of 64 products the kernels take these: enough to see that every element is where it belongs.
constexpr std::size_t kTaken[] = {3, 41};
/// Instead of the mean a part of the sum, the same for every width.
constexpr std::int32_t kMeanDivisor = 512;

std::int8_t low(std::int32_t value) { return static_cast<std::int8_t>(value & 0xFF); }
std::int16_t low_wide(std::int32_t value) { return static_cast<std::int16_t>(value & 0xFFFF); }
std::size_t in_first(std::size_t row, std::size_t byte) {
  return blocked_index(row, byte, 64, 4, 8);
}
std::size_t in_b(std::size_t row, std::size_t byte) { return blocked_index(row, byte, 64, 8, 8); }
std::int8_t* plan_bytes(std::byte* place) { return reinterpret_cast<std::int8_t*>(place); }
std::int32_t* plan_words(std::byte* place) { return reinterpret_cast<std::int32_t*>(place); }

void begin(Places places, Numbers) {
  for (std::size_t i = 0; i < kPlanSide * kPlanSide; ++i) {
    plan_words(places[1])[i] = plan_bytes(places[0])[in_b(0, i % kPlanSide)];
  }
  places[2][0] = places[0][in_b(1, 0)];  // a shift
}

void multiply_on(Places places, Numbers) {
  const std::int8_t *a = plan_bytes(places[0]), *b = plan_bytes(places[1]);
  for (std::size_t i = 0; i < kPlanSide; ++i) {
    for (const std::size_t k : kTaken) {
      for (std::size_t j = 0; j < kPlanSide; ++j) {
        plan_words(places[2])[i * kPlanSide + j] += a[in_first(i, k)] * b[in_b(k, j)];
      }
    }
  }
}

void store_of(Places places, Numbers) {
  for (std::size_t i = 0; i < kPlanSide * kPlanSide; ++i) {
    plan_bytes(places[2])[in_first(i / kPlanSide, i % kPlanSide)] =
        low(plan_words(places[0])[i] >> std::to_integer<int>(places[1][0]));
  }
}

void store_gelu(Places places, Numbers) {
  for (std::size_t i = 0; i < kPlanSide * kPlanSide; ++i) {
    plan_bytes(places[2])[in_first(i / kPlanSide, i % kPlanSide)] = std::max(
        low(plan_words(places[0])[i] >> std::to_integer<int>(places[1][0])), std::int8_t{0});
  }
}

void store_wide(Places places, Numbers numbers) {
  for (std::size_t i = 0; i < kPlanSide; ++i) {
    for (std::size_t j = 0; j < kPlanSide / 2; ++j) {
      const std::size_t column = static_cast<std::size_t>(numbers[0]) * kPlanSide / 2 + j;
      const std::int16_t value = low_wide(plan_words(places[0])[i * kPlanSide + column]);
      std::memcpy(places[2] + in_first(i, 2 * j), &value, 2);
    }
  }
}

void take(Places places, Numbers numbers) {
  std::memcpy(places[1] + numbers[0] * kPanelBytes, places[0], kPanelBytes);
}

void attend_begin(Places places, Numbers) {
  std::memset(places[0], 0, kPlanSide * kPlanSide * 4);
  std::memset(places[1], 0, kPlanSide * 4);
}

/// State: 64 totals, then 64 x 64 weights of the block.
void attend_keys(Places places, Numbers numbers) {
  const std::int8_t *q = plan_bytes(places[0]), *k = plan_bytes(places[1]);
  std::int32_t* weights = plan_words(places[2]) + kPlanSide;
  for (std::size_t i = 0; i < kPlanSide; ++i) {
    for (std::size_t j = 0; j < kPlanSide; ++j) {
      std::int32_t dot = 0;
      for (const std::size_t d : kTaken) dot += q[in_first(i, d)] * k[in_b(j, d)];
      const bool valid = j < static_cast<std::size_t>(numbers[0]);
      weights[i * kPlanSide + j] = valid ? stand_in_weight(dot) : 0;
      plan_words(places[2])[i] += weights[i * kPlanSide + j];
    }
  }
}

void attend_values(Places places, Numbers) {
  const std::int8_t* v = plan_bytes(places[0]);
  const std::int32_t* weights = plan_words(places[2]) + kPlanSide;
  for (std::size_t i = 0; i < kPlanSide; ++i) {
    for (std::size_t j = 0; j < kPlanSide; ++j) {
      if (weights[i * kPlanSide + j] == 0) continue;
      for (std::size_t d = 0; d < kPlanSide; ++d) {
        plan_words(places[1])[i * kPlanSide + d] += weights[i * kPlanSide + j] * v[in_b(j, d)];
      }
    }
  }
}

void attend_finish(Places places, Numbers) {
  for (std::size_t i = 0; i < kPlanSide * kPlanSide; ++i) {
    plan_bytes(places[2])[in_first(i / kPlanSide, i % kPlanSide)] =
        low(plan_words(places[0])[i] / std::max(plan_words(places[1])[i / kPlanSide], 1));
  }
}

void norm_begin(Places places, Numbers) { std::memset(places[0], 0, 32 * 4); }

/// x + y of a panel of 32 rows of 64 wide numbers.
std::int32_t sum_at(Places places, std::size_t row, std::size_t column) {
  const std::size_t panel_row = 2 * row + column / 32, byte = column % 32 * 2;
  std::int16_t x = 0, y = 0;
  std::memcpy(&x, places[0] + in_first(panel_row, byte), 2);
  std::memcpy(&y, places[1] + in_b(panel_row, byte), 2);
  return x + y;
}

void norm_add(Places places, Numbers) {
  for (std::size_t row = 0; row < 32; ++row) {
    for (std::size_t column = 0; column < 64; ++column) {
      const std::int16_t sum = low_wide(sum_at(places, row, column));
      plan_words(places[2])[row] += sum;
      std::memcpy(places[3] + in_first(2 * row + column / 32, column % 32 * 2), &sum, 2);
    }
  }
}

void norm_write(Places places, Numbers numbers) {
  for (std::size_t row = 0; row < 32; ++row) {
    const std::int32_t mean = plan_words(places[2])[row] / kMeanDivisor;
    for (std::size_t column = 0; column < 64; ++column) {
      const std::int8_t value = low((low_wide(sum_at(places, row, column)) - mean) >> 2);
      plan_bytes(places[3])[in_first(2 * row + static_cast<std::size_t>(numbers[0]), column)] =
          value;
    }
  }
}

EncoderKernels test_kernels() {
  const std::size_t panel = kPanelBytes, sums = kPlanSide * kPlanSide * 4,
                    state = sums + kPlanSide * 4;
  return {.begin = stand_in("begin", {panel, sums, 64}, 0, begin),
          .multiply = stand_in("multiply", {panel, panel, sums}, 0, multiply_on),
          .store = stand_in("store", {sums, 64, panel}, 1, store_of),
          .store_gelu = stand_in("store_gelu", {sums, 64, panel}, 1, store_gelu),
          .store_wide = stand_in("store_wide", {sums, 64, panel}, 1, store_wide),
          .take = stand_in("take", {panel, panel}, 1, take),
          .attend_begin = stand_in("attend_begin", {sums, state}, 0, attend_begin),
          .attend_keys = stand_in("attend_keys", {panel, panel, state}, 1, attend_keys),
          .attend_values = stand_in("attend_values", {panel, sums, state}, 0, attend_values),
          .attend_finish = stand_in("attend_finish", {sums, state, panel}, 1, attend_finish),
          .norm_begin = stand_in("norm_begin", {state}, 1, norm_begin),
          .norm_add = stand_in("norm_add", {panel, panel, state, panel}, 0, norm_add),
          .norm_write = stand_in("norm_write", {panel, panel, state, panel}, 1, norm_write)};
}

/// The host's buffers, and a layer in plain loops.
class PlainEncoder {
 public:
  PlainEncoder(const EncoderShape& shape, std::vector<std::byte> work,
               std::vector<std::byte> weights)
      : shape_(shape),
        layout_(encoder_layout(shape)),
        work_(std::move(work)),
        weights_(std::move(weights)) {}

  void layer() {
    const std::int64_t w = layout_.width, h = layout_.hidden;
    product(w, 3 * w, layout_.normed, layout_.qkv, 's');
    attention();
    product(w, w, layout_.attended, layout_.y, 'w');
    norm(layout_.x, layout_.x_between);
    product(w, h, layout_.normed, layout_.gelu, 'g');
    product(h, w, layout_.gelu, layout_.y, 'w');
    norm(layout_.x_between, layout_.x);
  }

  const std::vector<std::byte>& work() const { return work_; }

 private:
  std::int32_t byte_at(std::int64_t place) const { return number_at(work_, place); }
  std::int16_t wide_at(std::int64_t place) const {
    std::int16_t value = 0;
    std::memcpy(&value, work_.data() + place, 2);
    return value;
  }
  void put_wide(std::int64_t place, std::int16_t value) {
    std::memcpy(work_.data() + place, &value, 2);
  }
  void put(std::int64_t place, std::int8_t value) {
    work_[static_cast<std::size_t>(place)] = static_cast<std::byte>(value);
  }

  void product(std::int64_t k, std::int64_t n, std::int64_t a, std::int64_t c, char kind) {
    const std::int64_t block = (1 + k / 64) * kPanelBytes;
    for (std::int64_t j = 0; j < n; ++j) {
      const std::int64_t panels = weight_ + j / 64 * block;
      const std::int32_t bias = number_at(weights_, panels + j % 64);
      const std::int32_t shift = number_at(weights_, panels + 64);
      std::vector<std::int32_t> column;
      std::vector<std::int64_t> places;
      for (std::int64_t panel = 0; panel < k / 64; ++panel) {
        for (const std::size_t taken : kTaken) {
          const auto row = static_cast<std::int64_t>(taken);
          places.push_back(panel * 64 + row);
          column.push_back(
              number_at(weights_, panels + (1 + panel) * kPanelBytes + row * 64 + j % 64));
        }
      }
      for (std::int64_t i = 0; i < layout_.rows; ++i) {
        std::int32_t sum = bias;
        for (std::size_t t = 0; t < column.size(); ++t)
          sum += byte_at(a + i * k + places[t]) * column[t];
        if (kind == 'w') {
          put_wide(c + (i * n + j) * 2, low_wide(sum));
        } else {
          const std::int8_t value = low(sum >> shift);
          put(c + i * n + j, kind == 'g' ? std::max(value, std::int8_t{0}) : value);
        }
      }
    }
    weight_ += n / 64 * block;
  }

  void attention() {
    const std::int64_t w = layout_.width;
    for (std::int64_t head = 0; head < shape_.heads; ++head) {
      for (std::int64_t i = 0; i < layout_.rows; ++i) {
        std::vector<std::int32_t> sums(64, 0);
        std::int32_t total = 0;
        for (std::int64_t j = 0; j < shape_.positions; ++j) {
          std::int32_t dot = 0;
          for (const std::size_t d : kTaken) {
            const std::int64_t at = head * 64 + static_cast<std::int64_t>(d);
            dot +=
                byte_at(layout_.qkv + i * 3 * w + at) * byte_at(layout_.qkv + (3 * j + 1) * w + at);
          }
          const std::int32_t weight = stand_in_weight(dot);
          total += weight;
          for (std::int64_t d = 0; d < 64; ++d) {
            sums[static_cast<std::size_t>(d)] +=
                weight * byte_at(layout_.qkv + (3 * j + 2) * w + head * 64 + d);
          }
        }
        for (std::int64_t d = 0; d < 64; ++d) {
          put(layout_.attended + i * w + head * 64 + d,
              low(sums[static_cast<std::size_t>(d)] / std::max(total, 1)));
        }
      }
    }
  }

  void norm(std::int64_t from, std::int64_t to) {
    const std::int64_t w = layout_.width;
    for (std::int64_t i = 0; i < layout_.rows; ++i) {
      std::int32_t total = 0;
      for (std::int64_t j = 0; j < w; ++j) {
        const std::int64_t at = (i * w + j) * 2;
        put_wide(to + at, low_wide(wide_at(from + at) + wide_at(layout_.y + at)));
        total += wide_at(to + at);
      }
      for (std::int64_t j = 0; j < w; ++j) {
        put(layout_.normed + i * w + j,
            low((wide_at(to + (i * w + j) * 2) - total / kMeanDivisor) >> 2));
      }
    }
  }

  EncoderShape shape_;
  EncoderLayout layout_;
  std::vector<std::byte> work_, weights_;
  std::int64_t weight_ = 0;
};

/// Runs all layers in the simulator and in plain loops and compares every byte of "work".
void expect_plain(const EncoderShape& shape) {
  const ArrayPlan plan = encoder_plan(shape, test_kernels());
  const auto breaches = check_plan(plan);
  ASSERT_TRUE(breaches.empty()) << breaches[0].message;
  auto weights =
      random_bytes(static_cast<std::size_t>(shape.layers * encoder_layer_bytes(shape)), 9);
  for (std::size_t i = 0; i < weights.size(); i += kPanelBytes) weights[i + 64] = std::byte{3};
  std::vector<std::vector<std::byte>> buffers = {
      random_bytes(static_cast<std::size_t>(plan.host_buffers[0].bytes), 8), weights};
  PlainEncoder plain(shape, buffers[0], weights);
  const SimResult result = run_plan(plan, buffers, {.cycles = plain_cycles, .order_seed = 2});
  EXPECT_EQ(result.launches, shape.layers);
  for (std::int64_t layer = 0; layer < shape.layers; ++layer) plain.layer();
  const auto differ = std::mismatch(buffers[0].begin(), buffers[0].end(), plain.work().begin());
  EXPECT_EQ(differ.first - buffers[0].begin(), static_cast<std::ptrdiff_t>(buffers[0].size()));
}

TEST(EncoderPlan, ALayerGivesWhatPlainLoopsGive) {
  // Five heads: the second group of four is one column's alone, and columns are padded to 512.
  expect_plain({.positions = 70, .d_model = 320, .heads = 5, .d_hidden = 250, .layers = 1});
}

TEST(EncoderPlan, TheNextLaunchIsTheNextLayer) {
  expect_plain({.positions = 130, .d_model = 192, .heads = 3, .d_hidden = 256, .layers = 2});
}

TEST(EncoderPlan, HoldsEveryWhisper) {
  const std::int64_t sizes[][3] = {
      {384, 6, 4}, {512, 8, 6}, {768, 12, 12}, {1024, 16, 24}, {1280, 20, 32}};
  for (const auto& [d_model, heads, layers] : sizes) {
    for (const std::int64_t element : {1, 2}) {
      const EncoderShape shape{.d_model = d_model,
                               .heads = heads,
                               .d_hidden = 4 * d_model,
                               .layers = layers,
                               .element_bytes = element};
      EncoderKernels kernels = test_kernels();
      kernels.take.buffer_bytes[1] = static_cast<std::size_t>(element * kPanelBytes);
      const auto breaches = check_plan(encoder_plan(shape, kernels));
      EXPECT_TRUE(breaches.empty()) << d_model << ' ' << element << ": " << breaches[0].message;
    }
  }
}

TEST(EncoderPlan, TimingAloneOfWhisperLargeCountsEveryCall) {
  const EncoderShape large{.d_model = 1280, .heads = 20, .d_hidden = 5120, .layers = 32};
  const SimResult result =
      simulate(encoder_plan(large, test_kernels()), {},
               {.cycles = [](const CoreKernel&, Places, Numbers) { return std::int64_t{1000}; },
                .timing_only = true});
  std::int64_t calls = 0, staged = 0;
  ASSERT_EQ(result.stage_cycles.size(), 7U);
  for (const std::int64_t cycles : result.stage_cycles) staged += cycles;
  EXPECT_EQ(staged, result.cycles);
  for (const CoreTimes& core : result.cores) calls += core.calls;
  // Blocks of 64 x 64: begin, multiply along k, store in one or two parts.
  const std::int64_t blocks = 1536 / 64;
  const std::int64_t products =
      blocks * (60 * (20 + 2) + 20 * (20 + 3) + 80 * (20 + 2) + 20 * (80 + 3));
  const std::int64_t attention = 20 * blocks * (2 * 24 + 3);
  // Per 32 rows and LayerNorm: begin, and 20 + 20 panels of x that are taken and used twice.
  const std::int64_t norms = 2 * 48 * (1 + 2 * 20 * 2);
  EXPECT_EQ(calls, 32 * (products + attention + norms));
}

TEST(EncoderPlan, RefusesHeadsOfAnotherSize) {
  EXPECT_THROW(encoder_plan({.d_model = 500}, test_kernels()), Error);
  EXPECT_THROW(encoder_plan({.element_bytes = 4}, test_kernels()), Error);
  EXPECT_THROW(encoder_plan({.positions = 0}, test_kernels()), Error);
}

}  // namespace
}  // namespace tessera::compute::npu
