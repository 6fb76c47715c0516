// The kernels of an encoder layer in bfloat16, on an emulated core: products and LayerNorm against
// float64, attention against the kernels that take keys and values together.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "src/compute/npu/emulator/aie_api/types.hpp"
// ... which knows bfloat16, as a kernel's own header does
#include "src/compute/kernels/encoder/encoder_bf16_aie2.h"
#include "src/compute/npu/emulator/test_core.h"
#include "src/compute/npu/kernels/bf16_blocks.h"
#include "src/compute/npu/kernels/bf16_core_kernels.h"
#include "src/compute/npu/kernels/flash_attention_core.h"
#include "src/compute/npu/plan/check/check_plan.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

constexpr double kHalfStep = 0x1p-8;  // of a bfloat16 with 8 bits, relative, when it is rounded
constexpr BlockShape kA = {64, 32, 4, 8}, kB = {32, 64, 8, 4}, kC = {64, 32, 4, 4};
constexpr std::size_t kPanelNumbers = kEncoderPanelBytes / 2;

/// Numbers that are bfloat16.
std::vector<float> normal_floats(unsigned seed, std::size_t count, double size, double mean = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> distribution(mean, size);
  std::vector<float> numbers(count);
  for (float& x : numbers) {
    x = nearest_bfloat16(static_cast<float>(distribution(random))).to_float();
  }
  return numbers;
}

/// One core with the encoder's buffers.
struct EncoderCore : TestCore {
  Bfloat16* a = buffer<Bfloat16>(kPanelNumbers, 0);
  Bfloat16* b = buffer<Bfloat16>(kPanelNumbers, 1);
  Bfloat16* c = buffer<Bfloat16>(kPanelNumbers, 0);
  Bfloat16* queries = buffer<Bfloat16>(2 * kPanelNumbers, 1);
  float* sums = buffer<float>(kEncoderSumsBytes / 4, 2);
  Bfloat16* parameters = buffer<Bfloat16>(kEncoderParameterBytes / 2, 3);
  Bfloat16* state = buffer<Bfloat16>(kAttendStateBytes / 2, 3);
};

/// a (64, k) b (k, 64) + bias.
struct EncoderProduct {
  std::size_t k;
  std::vector<float> a, b, bias;

  explicit EncoderProduct(unsigned seed, std::size_t k, double size)
      : k(k),
        a(normal_floats(seed, 64 * k, 1)),
        b(normal_floats(seed + 1, k * 64, size)),
        bias(64) {
    std::mt19937 random(seed + 2);
    std::normal_distribution<float> distribution(0, 3);
    for (float& x : bias) x = distribution(random);  // no bfloat16
  }

  /// The kernels' sums, and what `store` makes of them: (64, 64) in rows.
  std::vector<float> on_core(EncoderCore& core, auto store) const {
    std::vector<float> panel(kPanelNumbers, 1e30f);  // what is no bias must not matter
    for (std::size_t j = 0; j < 64; ++j) {
      const float high = nearest_bfloat16(bias[j]).to_float();
      for (std::size_t row = 0; row < 8; ++row)
        panel[row * 64 + j] = row < 4 ? high : bias[j] - high;
    }
    rows_to_bf16_blocks(panel.data(), 64, core.b, kB);
    encoder_bf16_begin(core.b, core.sums, core.parameters);
    for (std::size_t first = 0; first < k; first += 32) {
      rows_to_bf16_blocks(a.data() + first, static_cast<int>(k), core.a, kA);
      rows_to_bf16_blocks(b.data() + first * 64, 64, core.b, kB);
      encoder_bf16_multiply(core.a, core.b, core.sums);
    }
    std::vector<float> rows(64 * 64);
    for (int part = 0; part < 2; ++part) {
      store(core.sums, core.parameters, core.c, part);
      bf16_blocks_to_rows(core.c, rows.data() + part * 32, 64, kC);
    }
    return rows;
  }

  struct Exact {
    double sum, size;
  };
  Exact exact(std::size_t i, std::size_t j) const {
    Exact exact{static_cast<double>(bias[j]), std::fabs(static_cast<double>(bias[j]))};
    for (std::size_t d = 0; d < k; ++d) {
      const double term = static_cast<double>(a[i * k + d]) * static_cast<double>(b[d * 64 + j]);
      exact.sum += term;
      exact.size += std::fabs(term);
    }
    return exact;
  }
  /// Each step of 8 rounds nine terms and their sum to 24 bits of the largest; the bias has 16.
  double sum_error(const Exact& exact, std::size_t j) const {
    return static_cast<double>(k / 8 + 1) * 10 * 0x1p-24 * exact.size +
           0x1p-16 * std::fabs(static_cast<double>(bias[j]));
  }
};

TEST(EncoderBf16, AProductIsThatOfItsPanelsAndTheBias) {
  for (const std::size_t k : {32, 96, 256}) {
    EncoderCore core;
    const EncoderProduct product(static_cast<unsigned>(k), k, 2);
    const std::vector<float> got = product.on_core(core, encoder_bf16_store);
    for (std::size_t i = 0; i < 64; ++i) {
      for (std::size_t j = 0; j < 64; ++j) {
        const EncoderProduct::Exact exact = product.exact(i, j);
        ASSERT_NEAR(static_cast<double>(got[i * 64 + j]), exact.sum,
                    kHalfStep * std::fabs(exact.sum) + product.sum_error(exact, j))
            << k << " at " << i << ", " << j;
      }
    }
  }
}

TEST(EncoderBf16, GeluIsThatOfTheProduct) {
  EncoderCore core;
  const EncoderProduct product(7, 64, 0.2);
  const std::vector<float> got = product.on_core(core, encoder_bf16_store_gelu);
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t j = 0; j < 64; ++j) {
      const EncoderProduct::Exact exact = product.exact(i, j);
      const double y = exact.sum * 0.5 * std::erfc(-exact.sum / std::sqrt(2));
      // x is rounded before, and GELU's slope is at most 1.13; the polynomial, gelu_bf16_inl.h.
      const double x_error = kHalfStep * std::fabs(exact.sum) + product.sum_error(exact, j);
      ASSERT_NEAR(static_cast<double>(got[i * 64 + j]), y,
                  0.0016 + 1.13 * x_error + kHalfStep * std::fabs(y))
          << i << ", " << j;
    }
  }
}

/// Attention by the encoder's kernels.
std::vector<float> attend(EncoderCore& core, const std::vector<float>& q,
                          const std::vector<float>& k, const std::vector<float>& v) {
  for (int part = 0; part < 2; ++part) {
    rows_to_bf16_blocks(q.data() + part * 32, 64, core.a, kA);
    encoder_bf16_take(core.a, core.queries, part);
  }
  encoder_bf16_attend_begin(core.sums, core.state);
  const std::size_t keys = k.size() / 64;
  for (std::size_t first = 0; first < keys; first += 32) {
    const std::size_t valid = std::min<std::size_t>(32, keys - first);
    std::vector<float> rows(32 * 64, 1e4f);
    const auto fill = [&](const std::vector<float>& from) {
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(first * 64), valid * 64, rows.begin());
      rows_to_bf16_blocks(rows.data(), 64, core.b, kB);
    };
    fill(k);
    encoder_bf16_attend_keys(core.queries, core.b, core.state, static_cast<std::int32_t>(valid));
    fill(v);
    encoder_bf16_attend_values(core.b, core.sums, core.state);
  }
  std::vector<float> out(64 * 64);
  for (int part = 0; part < 2; ++part) {
    encoder_bf16_attend_finish(core.sums, core.state, core.c, part);
    bf16_blocks_to_rows(core.c, out.data() + part * 32, 64, kC);
  }
  return out;
}

// flash_attention_core_test holds those kernels to softmax in float64.
TEST(EncoderBf16, AttentionIsThatOfKeysAndValuesTogether) {
  for (const auto& [keys, spread] :
       {std::pair{1, 3.0}, std::pair{31, 1.0}, std::pair{32, 4.0}, std::pair{300, 12.0}}) {
    const auto q = normal_floats(1, 64 * 64, spread / 8);
    const auto v = normal_floats(2, static_cast<std::size_t>(keys) * 64, 3);
    auto k = normal_floats(3, static_cast<std::size_t>(keys) * 64, 1);
    for (std::size_t i = 0; i < k.size(); ++i) {  // maxima that rise
      k[i] = nearest_bfloat16(k[i] * (1 + static_cast<float>(i / 2048))).to_float();
    }
    EncoderCore core;
    FlashAttentionCore together;
    std::vector<float> expected(64 * 64);
    together.begin(q.data());
    for (int first = 0; first < keys; first += 32) {
      together.add(k.data() + first * 64, v.data() + first * 64, std::min(32, keys - first));
    }
    together.end(expected.data());
    EXPECT_EQ(attend(core, q, k, v), expected) << keys;
    EXPECT_EQ(attend(core, q, k, v), expected) << keys << ", again on the same core";
  }
}

/// x + y of 32 rows, and its LayerNorm, by the kernels: sum and normed (32, width).
void add_and_norm(EncoderCore& core, const std::vector<float>& x, const std::vector<float>& y,
                  std::size_t width, std::vector<float>& sum, std::vector<float>& normed) {
  auto* const state = reinterpret_cast<float*>(core.state);
  const auto each_panel = [&](std::vector<float>& out, auto kernel) {
    for (std::size_t first = 0; first < width; first += 64) {
      std::vector<float> panel(kPanelNumbers);
      for (std::size_t i = 0; i < kPanelNumbers; ++i) panel[i] = x[i / 64 * width + first + i % 64];
      rows_to_bf16_blocks(panel.data(), 32, core.a, kA);
      rows_to_bf16_blocks(y.data() + first, static_cast<int>(width), core.b, kB);
      encoder_bf16_take(core.a, core.queries, 0);
      kernel(core.queries, core.b, state, core.c);
      bf16_blocks_to_rows(core.c, panel.data(), 32, kC);
      for (std::size_t i = 0; i < kPanelNumbers; ++i)
        out[i / 64 * width + first + i % 64] = panel[i];
    }
  };
  // What is past the first 192 columns is padding: zero, and not of the row.
  encoder_bf16_norm_begin(state, 192);
  each_panel(sum, encoder_bf16_norm_add);
  each_panel(normed, [](auto... arguments) { encoder_bf16_norm_write(arguments..., 0); });
}

TEST(EncoderBf16, NormIsThatOfTheSum) {
  constexpr std::size_t kWidth = 256, kColumns = 192;
  for (const auto& [mean, size] :
       {std::pair{0.0, 1.0}, std::pair{6.0, 2.0}, std::pair{0.1, 1e-3}, std::pair{-200.0, 100.0}}) {
    EncoderCore core;
    auto x = normal_floats(4, 32 * kWidth, size, mean), y = normal_floats(5, 32 * kWidth, size);
    x[5] = nearest_bfloat16(static_cast<float>(40 * size)).to_float();  // an outlier
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i % kWidth >= kColumns) x[i] = y[i] = 0;
    }
    std::vector<float> sum(x.size()), normed(x.size());
    add_and_norm(core, x, y, kWidth, sum, normed);
    for (std::size_t row = 0; row < 32; ++row) {
      double total = 0, squares = 0, all = 0;
      for (std::size_t i = row * kWidth; i < row * kWidth + kColumns; ++i) {
        ASSERT_EQ(sum[i], nearest_bfloat16(x[i] + y[i]).to_float()) << row << ", " << i % kWidth;
        total += static_cast<double>(sum[i]) / kColumns;
        all += std::pow(static_cast<double>(sum[i]), 2) / kColumns;
      }
      for (std::size_t i = row * kWidth; i < row * kWidth + kColumns; ++i) {
        squares += std::pow(static_cast<double>(sum[i]) - total, 2) / kColumns;
      }
      const double deviation = std::sqrt(squares + 1e-5);
      // Means of numbers and of squares have 16 bits, and so has the square of the mean: the
      // variance is off by 4 of these of the mean square, half of which counts for the deviation,
      // whose reciprocal is off by another 2; the mean by 2 of them. Then a rounding.
      const double share = 0x1p-16 * (2 * all / (deviation * deviation) + 2);
      for (std::size_t i = row * kWidth; i < row * kWidth + kColumns; ++i) {
        const double exact = (static_cast<double>(sum[i]) - total) / deviation;
        const double bound =
            (kHalfStep + share) * std::fabs(exact) + 0x1p-15 * std::fabs(total) / deviation;
        ASSERT_NEAR(static_cast<double>(normed[i]), exact, 1.01 * bound)
            << mean << " +- " << size << ", row " << row << ", " << i % kWidth;
      }
      for (std::size_t i = row * kWidth + kColumns; i < (row + 1) * kWidth; ++i) {
        ASSERT_EQ(sum[i], 0.0f) << "padding stays nothing";
      }
    }
  }
}

TEST(EncoderBf16, EveryWhisperFitsTheArray) {
  const std::int64_t sizes[][3] = {{192, 3, 3},   {384, 6, 4},    {512, 8, 6},
                                   {768, 12, 12}, {1024, 16, 24}, {1280, 20, 32}};
  for (const auto& [d_model, heads, layers] : sizes) {
    const EncoderShape shape{.d_model = d_model,
                             .heads = heads,
                             .d_hidden = 4 * d_model,
                             .layers = layers,
                             .element_bytes = 2};
    const auto breaches = check_plan(encoder_plan(shape, encoder_bf16_kernels()));
    EXPECT_TRUE(breaches.empty()) << d_model << ": " << breaches[0].message;
  }
}

}  // namespace
}  // namespace tessera::compute::npu
