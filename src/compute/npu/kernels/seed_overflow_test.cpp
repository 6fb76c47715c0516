// The seed's accuracy table from the sources of its kernels for the chip, on a core whose memory is
// laid out as their linker script did: 1 KB of stack below the input, which the locals overflow.
// The emulator finds that; told to go on, it gives the figures that were recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "src/compute/kernels/tile_attention/test_seed_overflow.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/emulator/core_state.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
constexpr std::size_t kSeedSide = 64, kElements = kSeedSide * kSeedSide;
using Matrix = std::vector<std::int8_t>;
using SeedKernel = void (*)(const std::int8_t*, std::int8_t*, std::int32_t);

// Q, K and V of NumPy's RandomState(42).randint(-64, 64, 4096, int8), one after the other.
const Matrix& operands() {
  static const Matrix made = [] {
    std::mt19937 words(42);
    Matrix matrix(3 * kElements);
    for (std::size_t i = 0; i < matrix.size(); i += 4) {
      auto word = static_cast<std::uint32_t>(words());
      for (std::size_t j = 0; j < 4; ++j, word >>= 8) {
        matrix[i + j] = static_cast<std::int8_t>(static_cast<int>(word & 127) - 64);
      }
    }
    return matrix;
  }();
  return made;
}

// The original's map: stack from 0, input from 0x400, output from 0x6400.
Matrix run(SeedKernel kernel, std::size_t stack_bytes, StackOverflow overflow,
           std::size_t first_frame = 0) {
  using namespace kernels;  // NOLINT(google-build-using-namespace): the map
  CoreState core;
  core.reserve_stack(stack_bytes > kSeedInput ? 0x8000 : 0, stack_bytes, overflow, first_frame);
  auto* const qkv =
      reinterpret_cast<std::int8_t*>(core.declare("qkv ping", kSeedInput, 3 * kElements));
  auto* const out = reinterpret_cast<std::int8_t*>(core.declare("out", kSeedOutput, kElements));
  std::copy(operands().begin(), operands().end(), qkv);
  const CoreScope scope(core, "attention_int8_64x64");
  kernel(qkv, out, 4);
  return {out, out + kElements};
}

// softmax(q k^T / 8) v
std::vector<double> exact_attention_of() {
  const std::int8_t *const q = operands().data(), *const k = q + kElements,
                           *const v = k + kElements;
  std::vector<double> out(kElements), weights(kSeedSide);
  for (std::size_t query = 0; query < kSeedSide; ++query) {
    double best = -1e9, total = 0;
    for (std::size_t key = 0; key < kSeedSide; ++key) {
      double sum = 0;
      for (std::size_t d = 0; d < kSeedSide; ++d)
        sum += q[query * kSeedSide + d] * k[key * kSeedSide + d];
      best = std::max(best, weights[key] = sum / 8);
    }
    for (double& weight : weights) total += weight = std::exp(weight - best);
    for (std::size_t d = 0; d < kSeedSide; ++d) {
      for (std::size_t key = 0; key < kSeedSide; ++key) {
        out[query * kSeedSide + d] += weights[key] / total * v[key * kSeedSide + d];
      }
    }
  }
  return out;
}

// Correlation, mean absolute error, its root mean square, the share within 5, as they print them.
std::string figures(const Matrix& out) {
  static const std::vector<double> expected = exact_attention_of();
  double sum = 0, expected_sum = 0, absolute = 0, squares = 0;
  int near = 0;
  for (std::size_t i = 0; i < kElements; ++i) {
    const double error = std::abs(out[i] - expected[i]);
    sum += out[i];
    expected_sum += expected[i];
    absolute += error;
    squares += error * error;
    near += error <= 5 ? 1 : 0;
  }
  double product = 0, size = 0, expected_size = 0;
  for (std::size_t i = 0; i < kElements; ++i) {
    const double a = out[i] - sum / kElements, b = expected[i] - expected_sum / kElements;
    product += a * b;
    size += a * a;
    expected_size += b * b;
  }
  char text[96];
  std::snprintf(text, sizeof text, "%.4f %.2f %.2f %.1f%%",
                product / std::sqrt(size * expected_size), absolute / kElements,
                std::sqrt(squares / kElements), 100.0 * near / kElements);
  return text;
}

TEST(SeedOnACore, WithEnoughStackItIsItsArithmetic) {
  const auto figures_of = [](SeedKernel kernel) {
    return figures(run(kernel, 8192, StackOverflow::error));
  };
  EXPECT_EQ(figures_of(attention_seed_taylor), "0.1909 31.70 36.66 8.6%");
  EXPECT_EQ(figures_of(attention_seed_regions), "0.1942 31.37 36.53 9.3%");
  EXPECT_EQ(figures_of(attention_seed_lut_i8), "0.1966 31.40 36.51 9.1%");
  EXPECT_EQ(figures_of(attention_seed_lut_i32), "0.9160 14.43 18.40 26.6%");
}

TEST(SeedOnACore, TheStackOverflowIsFound) {
  for (const SeedKernel kernel : {attention_seed_taylor, attention_seed_regions,
                                  attention_seed_lut_i8, attention_seed_lut_i32}) {
    std::string message = "no error";
    try {
      run(kernel, 1024, StackOverflow::error);
    } catch (const Error& error) {
      message = error.what();
    }
    const std::string used = kernel == attention_seed_lut_i32 ? "2560" : "4352";
    EXPECT_THAT(message, AllOf(HasSubstr("npu kernel attention_int8_64x64, "
                                         "tile_attention_seeds_aie2.cc:"),
                               HasSubstr("stack overflow: " + used + " bytes are used of 1024")));
  }
}

TEST(SeedOnACore, ToldToGoOnItGivesTheRecordedFigures) {
  const auto figures_of = [](SeedKernel kernel, std::size_t first_frame) {
    return figures(run(kernel, 1024, StackOverflow::overwrites, first_frame));
  };
  // Recorded: 0.176, 31.78, 36.74, 8.7 %.
  EXPECT_EQ(figures_of(attention_seed_taylor, 0), "0.1763 31.77 36.74 8.7%");
  // Recorded: 0.8498, 16.17, 21.45, 25.8 %; where in the stack the frame begins is not known.
  EXPECT_EQ(figures_of(attention_seed_lut_i32, 32), "0.8499 16.17 21.34 25.2%");
  EXPECT_EQ(figures_of(attention_seed_lut_i32, 96), "0.8496 16.11 21.37 25.6%");
}

}  // namespace
}  // namespace tessera::compute::npu
