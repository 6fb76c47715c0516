// The bfloat16 kernels of a core against float64, on an emulated core.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "src/compute/npu/emulator/aie_api/types.hpp"
// ... which knows bfloat16, as a kernel's own header does
#include "src/compute/kernels/bf16_kernels_aie2.h"
#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/cost/matmul_cost.h"
#include "src/compute/npu/emulator/test_core.h"
#include "src/compute/npu/kernels/bf16_blocks.h"

namespace tessera::compute::npu {
namespace {

constexpr double kHalfStepOfBf16 =
    0x1p-8;  // of a bfloat16 with 8 bits, relative, when it is rounded

std::vector<Bfloat16> normal_bf16(unsigned seed, std::size_t count, double size) {
  std::mt19937 random(seed);
  std::normal_distribution<double> distribution;
  std::vector<Bfloat16> numbers(count);
  for (auto& x : numbers) x = nearest_bfloat16(static_cast<float>(size * distribution(random)));
  return numbers;
}

double number(Bfloat16 x) { return static_cast<double>(x.to_float()); }

struct BlockProduct {
  int m, k, n;
  std::vector<Bfloat16> a, b, bias;

  BlockProduct(unsigned seed, int m, int k, int n)
      : m(m),
        k(k),
        n(n),
        a(normal_bf16(seed, size(m, k), 1)),
        b(normal_bf16(seed + 1, size(k, n), 2)),
        bias(normal_bf16(seed + 2, size(n, 1), 5)) {}
  static std::size_t size(int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  }
};

// rows (rows, columns) as blocks in a buffer of the core.
Bfloat16* in_blocks(TestCore& core, const std::vector<Bfloat16>& rows, const BlockShape& shape,
                    std::size_t bank) {
  std::vector<float> floats;
  for (const Bfloat16 x : rows) floats.push_back(x.to_float());
  auto* const blocks = core.buffer<Bfloat16>(rows.size(), bank);
  rows_to_bf16_blocks(floats.data(), shape.columns, blocks, shape);
  return blocks;
}

TEST(Bf16Kernels, MatmulIsTheProductWithBias) {
  for (const auto& [m, k, n] : {std::array{16, 32, 16}, std::array{64, 64, 64},
                                std::array{32, 96, 48}, std::array{16, 192, 32}}) {
    TestCore core;
    const BlockProduct p(static_cast<unsigned>(m + k + n), m, k, n);
    auto* const a = in_blocks(core, p.a, {m, k, 4, 8}, 0);
    auto* const b = in_blocks(core, p.b, {k, n, 8, 4}, 1);
    auto* const c = core.buffer<float>(BlockProduct::size(m, n), 2);
    auto* const bias = core.buffer<Bfloat16>(BlockProduct::size(4, n), 3);
    for (int i = 0; i < 4 * n; ++i) bias[i] = p.bias[static_cast<std::size_t>(i / 16 * 4 + i % 4)];
    auto* const out = core.buffer<Bfloat16>(BlockProduct::size(m, n), 3);
    matmul_bf16_begin(c, m, n);
    matmul_bf16_add(a, b, c, m, k, n);
    matmul_bf16_end(c, bias, out, m, n);
    std::vector<float> rows(BlockProduct::size(m, n));
    bf16_blocks_to_rows(out, rows.data(), n, {m, n, 4, 4});
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) {
        double sum = number(p.bias[static_cast<std::size_t>(j)]), size = std::fabs(sum);
        for (int d = 0; d < k; ++d) {
          const double term = number(p.a[BlockProduct::size(i, k) + static_cast<std::size_t>(d)]) *
                              number(p.b[BlockProduct::size(d, n) + static_cast<std::size_t>(j)]);
          sum += term;
          size += std::fabs(term);
        }
        // Each step of 8 rounds nine terms and their sum to 24 bits of the largest.
        const double bound = kHalfStepOfBf16 * std::fabs(sum) + (k / 8 + 1) * 10 * 0x1p-24 * size;
        ASSERT_NEAR(rows[BlockProduct::size(i, n) + static_cast<std::size_t>(j)], sum, bound)
            << m << "x" << k << "x" << n << " at " << i << ", " << j;
      }
    }
  }
}

// The model of slots gives the closed form of chess's kernels for what this one issues: C's loads
// and stores are those of bf16_to_f32.
TEST(Bf16Kernels, MatmulIssuesWhatTheCostModelAssumes) {
  TestCore core;
  auto* const a = core.buffer<Bfloat16>(4096, 0);
  auto* const b = core.buffer<Bfloat16>(4096, 1);
  auto* const c = core.buffer<float>(4096, 2);
  matmul_bf16_add(a, b, c, 64, 64, 64);
  const KernelCounts assumed = matmul_counts({64, 64, 64}, MatmulKind::bf16_to_f32);
  const KernelCounts& issued = core.state.counts().at(0);
  ASSERT_EQ(issued.loops.size(), 1U);
  EXPECT_EQ(issued.loops[0].trips, assumed.loops[0].trips);
  EXPECT_EQ(issued.loops[0].issued.loads, assumed.loops[0].issued.loads);
  EXPECT_EQ(issued.loops[0].issued.float_products, assumed.loops[0].issued.float_products);
  EXPECT_EQ(issued.loops[0].bank_conflicts, 0);
  EXPECT_EQ(issued.outside.stores, assumed.outside.stores);
  EXPECT_EQ(issued.outside.accumulator_loads, assumed.outside.accumulator_loads);
}

TEST(Bf16Kernels, SoftmaxIsThatOfItsRows) {
  for (const auto& [columns, valid, size] :
       {std::tuple{32, 32, 2.0}, std::tuple{1504, 1500, 3.0}, std::tuple{64, 1, 1.0},
        std::tuple{96, 90, 40.0}, std::tuple{320, 320, 0.0}}) {
    TestCore core;
    constexpr int kRows = 3;
    const auto count = static_cast<std::size_t>(columns);
    auto values = normal_bf16(static_cast<unsigned>(columns), kRows * count, size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = nearest_bfloat16(values[i].to_float() + 100 * static_cast<float>(i / count));
      if (static_cast<int>(i % count) >= valid) values[i].bits = 0xff00;
    }
    auto* const in = core.buffer(values, 0);
    auto* const out = core.buffer<Bfloat16>(values.size(), 1);
    softmax_bf16(in, out, kRows, columns);
    for (std::size_t row = 0; row < kRows; ++row) {
      double best = -1e300, total = 0, sum = 0;
      for (std::size_t i = 0; i < count; ++i) best = std::max(best, number(in[row * count + i]));
      for (std::size_t i = 0; i < count; ++i) {
        total += std::exp2(number(in[row * count + i]) - best);
      }
      for (std::size_t i = 0; i < count; ++i) {
        const double exact = std::exp2(number(in[row * count + i]) - best) / total;
        // The weight's exponent in steps of 2^-7, the cubic, two roundings; of the total at most
        // the same, without the last rounding.
        const double share =
            2 * (std::log(2) * 0x1p-8 + 0.0009 + kHalfStepOfBf16) + kHalfStepOfBf16 + 1e-4;
        ASSERT_NEAR(number(out[row * count + i]), exact, share * exact + 0x1p-120)
            << columns << ", row " << row << ", " << i;
        sum += number(out[row * count + i]);
      }
      EXPECT_NEAR(sum, 1, kHalfStepOfBf16 + 1e-4);  // weights and total are the same numbers
    }
  }
}

TEST(Bf16Kernels, LayerNormHasMeanZeroAndDeviationOne) {
  for (const auto& [columns, mean, size] :
       {std::tuple{512, 0.3, 1.0}, std::tuple{384, -20.0, 4.0}, std::tuple{1280, 0.0, 1e-2},
        std::tuple{16, 2.0, 30.0}}) {
    TestCore core;
    const auto count = static_cast<std::size_t>(columns);
    auto values = normal_bf16(static_cast<unsigned>(columns), 2 * count, size);
    for (auto& x : values) x = nearest_bfloat16(x.to_float() + static_cast<float>(mean));
    values[3] = nearest_bfloat16(static_cast<float>(mean + 40 * size));  // an outlier
    auto* const in = core.buffer(values, 0);
    auto* const out = core.buffer<Bfloat16>(values.size(), 1);
    constexpr float kEps = 1e-5f;
    const float share = 1.0f / static_cast<float>(columns);
    const Bfloat16 high = nearest_bfloat16(share);
    layer_norm_bf16(in, out, 2, columns, high.bits, nearest_bfloat16(share - high.to_float()).bits,
                    std::bit_cast<std::int32_t>(kEps));
    for (std::size_t row = 0; row < 2; ++row) {
      double sum = 0, largest = 0, squares = 0;
      for (std::size_t i = 0; i < count; ++i) {
        sum += number(in[row * count + i]) / columns;
        largest = std::max(largest, std::fabs(number(in[row * count + i])));
      }
      for (std::size_t i = 0; i < count; ++i) {
        squares += std::pow(number(in[row * count + i]) - sum, 2) / columns;
      }
      const double deviation = std::sqrt(squares + static_cast<double>(kEps));
      for (std::size_t i = 0; i < count; ++i) {
        const double exact = (number(in[row * count + i]) - sum) / deviation;
        // 1 / columns and differences have 16 bits, so the mean is off by 2^-16 of the mean, the
        // variance by 2^-15; then one rounding.
        const double bound =
            kHalfStepOfBf16 * std::fabs(exact) * 1.05 + 0x1p-15 * largest / deviation;
        ASSERT_NEAR(number(out[row * count + i]), exact, bound) << columns << ", " << i;
      }
    }
  }
}

TEST(Bf16Kernels, GeluOfEveryBfloat16ThatMatters) {
  TestCore core;
  std::vector<Bfloat16> values;
  for (unsigned bits = 0; bits < 0x4300; bits += 4) {  // 0 to 128, and their negatives
    values.push_back({static_cast<std::uint16_t>(bits)});
    values.push_back({static_cast<std::uint16_t>(bits | 0x8000)});
  }
  values.resize((values.size() + 15) / 16 * 16);
  constexpr std::size_t kPart = 4096;
  auto* const in = core.buffer<Bfloat16>(kPart, 0);
  auto* const out = core.buffer<Bfloat16>(kPart, 1);
  for (std::size_t first = 0; first < values.size(); first += kPart) {
    const std::size_t count = std::min(kPart, values.size() - first);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(first), count, in);
    gelu_bf16(in, out, static_cast<std::int32_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      const double x = number(in[i]), exact = x * 0.5 * std::erfc(-x / std::sqrt(2));
      ASSERT_NEAR(number(out[i]), exact, 0.0016 + kHalfStepOfBf16 * std::fabs(exact)) << x;
      if (std::fabs(x) < 0x1p-10) {  // small ones are halved, not lost
        ASSERT_NEAR(number(out[i]), x / 2, 0.02 * std::fabs(x)) << x;
      }
    }
  }
}

// What bounds each loop: the conversions of Horner's steps and of the weights.
TEST(Bf16Kernels, LoopsAreAsLongAsTheirConversions) {
  TestCore core;
  auto* const in = core.buffer<Bfloat16>(2048, 0);
  auto* const out = core.buffer<Bfloat16>(2048, 1);
  softmax_bf16(in, out, 1, 1504);
  layer_norm_bf16(in, out, 1, 512, 0x3b00, 0, 0);
  gelu_bf16(in, out, 2048);
  const struct {
    const char* name;
    double interval;
  } expected[] = {{"maximum", 2},  {"weights", 7},   {"scale", 2}, {"mean", 4},
                  {"variance", 5}, {"normalise", 5}, {"gelu", 8}};
  const std::vector<LoopCounts>& loops = core.state.counts().at(0).loops;
  ASSERT_EQ(loops.size(), std::size(expected));
  for (std::size_t i = 0; i < loops.size(); ++i) {
    EXPECT_EQ(loops[i].name, expected[i].name);
    EXPECT_EQ(initiation_interval(loops[i]), expected[i].interval) << loops[i].name;
    const auto trips = static_cast<double>(loops[i].trips);
    EXPECT_EQ(loop_cycles(loops[i], Grade::hand), trips * expected[i].interval + 8)
        << loops[i].name << ": banks are in each other's way";
  }
}

}  // namespace
}  // namespace tessera::compute::npu
