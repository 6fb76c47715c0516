// A layer of an int8 encoder in plain loops over the host's buffers, for tests of its plan.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include "src/compute/npu/emulator/aie_api/types.hpp"
// ... which knows bfloat16, as a kernel's own header does
#include "src/compute/dtype.h"
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"
#include "src/compute/kernels/tile_attention/octave_attention_inl.h"
#include "src/compute/npu/emulator/test_core.h"
#include "src/compute/npu/engine/encoder_image.h"

namespace tessera::compute::npu {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): what buffers hold
using kernels::clamp_to;
using kernels::round_to_even;

inline int byte_at(std::span<const std::byte> bytes, std::int64_t place) {
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

}  // namespace tessera::compute::npu
