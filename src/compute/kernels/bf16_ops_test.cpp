// Every variant of the operations on bfloat16 in the list against float64.
#include <algorithm>
#include <cmath>
#include <random>

#include "src/compute/dtype.h"
#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

constexpr double kHalfStep = 0x1p-8;  // of a bfloat16 with 8 bits, relative, when it is rounded

double number(std::uint16_t bits) { return static_cast<double>(bf16_to_f32(bits)); }

std::vector<std::uint16_t> normal_bf16(unsigned seed, std::size_t count, double size,
                                       double mean = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> distribution;
  std::vector<std::uint16_t> numbers(count);
  for (auto& x : numbers) x = f32_to_bf16(static_cast<float>(mean + size * distribution(random)));
  return numbers;
}

std::size_t size(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

// The weight's exponent in steps of 2^-7, a cubic for the fraction, two roundings; the total has at
// most the same error, without the last rounding.
TEST(SoftmaxBf16Kernels, EveryVariantIsWithinItsBound) {
  constexpr int kRows = 3;
  for (const Kernel* kernel : runnable(SoftmaxBf16Params::kOp)) {
    for (const auto& [columns, valid, spread] :
         {std::tuple{32, 32, 2.0}, std::tuple{1504, 1500, 3.0}, std::tuple{64, 1, 1.0},
          std::tuple{96, 90, 40.0}, std::tuple{320, 320, 0.0}}) {
      auto in = normal_bf16(static_cast<unsigned>(columns), size(kRows, columns), spread);
      for (std::size_t i = 0; i < in.size(); ++i) {
        if (static_cast<int>(i % static_cast<std::size_t>(columns)) >= valid) in[i] = 0xff00;
      }
      std::vector<std::uint16_t> out(in.size());
      SoftmaxBf16Params params;
      params.in = in.data();
      params.out = out.data();
      params.rows = kRows;
      params.columns = columns;
      run_named(*kernel, params);
      for (int row = 0; row < kRows; ++row) {
        const auto x = [&, columns = columns](int i) {
          return number(in[size(row, columns) + static_cast<std::size_t>(i)]);
        };
        double best = -INFINITY, total = 0;
        for (int i = 0; i < columns; ++i) best = std::max(best, x(i));
        for (int i = 0; i < columns; ++i) total += std::exp2(x(i) - best);
        for (int i = 0; i < columns; ++i) {
          const double exact = std::exp2(x(i) - best) / total;
          const double share = 2 * (std::log(2) * 0x1p-8 + 0.0009 + kHalfStep) + kHalfStep + 1e-4;
          ASSERT_NEAR(number(out[size(row, columns) + static_cast<std::size_t>(i)]), exact,
                      share * exact + 0x1p-120)
              << kernel->name << ", " << columns << " columns, row " << row << ", " << i;
        }
      }
    }
  }
}

// On the core 1 / columns and differences have 16 bits, so the mean is off by 2^-16 of the largest,
// the variance by 2^-15; then one rounding.
TEST(LayerNormBf16Kernels, EveryVariantIsWithinItsBound) {
  for (const Kernel* kernel : runnable(LayerNormBf16Params::kOp)) {
    for (const auto& [columns, mean, spread] :
         {std::tuple{512, 0.3, 1.0}, std::tuple{384, -20.0, 4.0}, std::tuple{1280, 0.0, 1e-2},
          std::tuple{16, 2.0, 30.0}}) {
      auto in = normal_bf16(static_cast<unsigned>(columns), size(2, columns), spread, mean);
      in[3] = f32_to_bf16(static_cast<float>(mean + 40 * spread));  // an outlier
      std::vector<std::uint16_t> out(in.size());
      LayerNormBf16Params params;
      params.in = in.data();
      params.out = out.data();
      params.rows = 2;
      params.columns = columns;
      run_named(*kernel, params);
      for (int row = 0; row < 2; ++row) {
        const auto x = [&, columns = columns](int i) {
          return number(in[size(row, columns) + static_cast<std::size_t>(i)]);
        };
        double sum = 0, squares = 0, largest = 0;
        for (int i = 0; i < columns; ++i) sum += x(i) / columns;
        for (int i = 0; i < columns; ++i) squares += (x(i) - sum) * (x(i) - sum) / columns;
        for (int i = 0; i < columns; ++i) largest = std::max(largest, std::abs(x(i)));
        const double deviation = std::sqrt(squares + static_cast<double>(params.epsilon));
        for (int i = 0; i < columns; ++i) {
          const double exact = (x(i) - sum) / deviation;
          const double bound = kHalfStep * std::abs(exact) * 1.05 + 0x1p-15 * largest / deviation;
          ASSERT_NEAR(number(out[size(row, columns) + static_cast<std::size_t>(i)]), exact, bound)
              << kernel->name << ", " << columns << " columns, " << i;
        }
      }
    }
  }
}

// Within 0.0016 before the last rounding, over all that is not plainly 0 or x; small ones are
// halved, not lost.
TEST(GeluBf16Kernels, EveryVariantIsWithinItsBound) {
  std::vector<std::uint16_t> in;
  for (unsigned bits = 0; bits < 0x4300; bits += 4) {  // 0 to 128, and their negatives
    in.push_back(static_cast<std::uint16_t>(bits));
    in.push_back(static_cast<std::uint16_t>(bits | 0x8000));
  }
  in.resize((in.size() + 15) / 16 * 16);
  for (const Kernel* kernel : runnable(GeluBf16Params::kOp)) {
    std::vector<std::uint16_t> out(in.size());
    GeluBf16Params params;
    params.in = in.data();
    params.out = out.data();
    params.count = static_cast<std::ptrdiff_t>(in.size());
    run_named(*kernel, params);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double x = number(in[i]), exact = x * 0.5 * std::erfc(-x / std::sqrt(2));
      ASSERT_NEAR(number(out[i]), exact, 0.0016 + kHalfStep * std::abs(exact))
          << kernel->name << " of " << x;
      if (std::abs(x) < 0x1p-10) {
        ASSERT_NEAR(number(out[i]), x / 2, 0.02 * std::abs(x)) << kernel->name;
      }
    }
  }
}

// Weights have the error of the softmax above but for its last rounding, on both sides of the
// quotient; scores in float32 move an octave's fraction by 64 roundings of their size, which is
// below 2^-8 of it here. The error of a mean of values is at most that share of their mean size.
TEST(AttentionBf16Kernels, EveryVariantIsWithinItsBound) {
  constexpr int kHead = 64;
  for (const Kernel* kernel : runnable(AttentionBf16Params::kOp)) {
    for (const auto& [queries, keys, spread] : {std::tuple{1, 1, 1.0}, std::tuple{65, 33, 0.5},
                                                std::tuple{3, 200, 2.0}, std::tuple{64, 96, 0.1}}) {
      const auto q = normal_bf16(1, size(queries, kHead), 0.3);
      const auto k = normal_bf16(2, size(keys, kHead), spread);
      const auto v = normal_bf16(3, size(keys, kHead), 1, 0.2);
      std::vector<std::uint16_t> out(q.size());
      AttentionBf16Params params;
      params.q = q.data();
      params.k = k.data();
      params.v = v.data();
      params.out = out.data();
      params.queries = queries;
      params.keys = keys;
      run_named(*kernel, params);
      for (int query = 0; query < queries; ++query) {
        std::vector<double> weights;
        double best = -INFINITY, total = 0;
        for (int key = 0; key < keys; ++key) {
          double score = 0;
          for (std::size_t i = 0; i < kHead; ++i) {
            score += number(q[size(query, kHead) + i]) * number(k[size(key, kHead) + i]);
          }
          weights.push_back(score);
          best = std::max(best, score);
        }
        for (double& weight : weights) total += weight = std::exp2(weight - best);
        for (std::size_t i = 0; i < kHead; ++i) {
          double sum = 0, sizes = 0;
          for (int key = 0; key < keys; ++key) {
            const double term =
                weights[static_cast<std::size_t>(key)] * number(v[size(key, kHead) + i]) / total;
            sum += term;
            sizes += std::abs(term);
          }
          const double share = 2 * (std::log(2) * 0x1p-8 + 0.0009 + kHalfStep) + 2e-4;
          ASSERT_NEAR(number(out[size(query, kHead) + i]), sum,
                      share * sizes + kHalfStep * std::abs(sum))
              << kernel->name << ", " << queries << " x " << keys << ", query " << query << ", "
              << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
