// The figures that the seed's authors recorded of their kernels, reproduced to the digit: from the
// same random numbers, in the same arithmetic, with and without the overflow of their stack.
//
// What they show: clamping unscaled scores to int8 (A to C) leaves nothing of the softmax; D only
// seems to work because random operands make it one key of 64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "src/compute/kernels/registry.h"
#include "src/compute/kernels/tile_attention/test_seed_overflow.h"

namespace tessera::compute::kernels {
namespace {

constexpr std::size_t kElements = std::size_t{kTile} * kTile;
using SeedMatrix = std::vector<std::int8_t>;

// randint(-64, 64, kElements, int8) of NumPy's RandomState: the bytes of each word, low byte first,
// cut to 7 bits; an array begins with a new word.
SeedMatrix random_matrix(std::mt19937& words) {
  SeedMatrix matrix(kElements);
  for (std::size_t i = 0; i < kElements; i += 4) {
    std::uint32_t word = static_cast<std::uint32_t>(words());
    for (std::size_t j = 0; j < 4; ++j, word >>= 8) {
      matrix[i + j] = static_cast<std::int8_t>(static_cast<int>(word & 127) - 64);
    }
  }
  return matrix;
}

struct SeedTile {
  SeedMatrix q, k, v;
  std::vector<double> expected;  // softmax(q k^T / 8) v
  double lowest_score = 0, highest_score = 0;

  SeedTile() {
    std::mt19937 words(42);  // init_genrand(42)
    q = random_matrix(words);
    k = random_matrix(words);
    v = random_matrix(words);
    expected.resize(kElements);
    for (std::size_t query = 0; query < kTile; ++query) expect_row(query);
  }

  SeedMatrix run(const char* variant, int shift) const {
    SeedMatrix out(kElements, 99);
    TileAttentionParams params;
    params.q = q.data();
    params.k = k.data();
    params.v = v.data();
    params.out = out.data();
    params.scale_shift = shift;
    const Kernel& kernel = force("tile_attention", variant);
    EXPECT_EQ(kernel.exactness, Exactness::historic);
    EXPECT_STREQ(kernel.run(params), variant);
    return out;
  }

 private:
  void expect_row(std::size_t query) {
    std::vector<double> weights(kTile);
    double best = -1e9, total = 0;
    for (std::size_t key = 0; key < kTile; ++key) {
      double sum = 0;
      for (std::size_t d = 0; d < kTile; ++d) sum += q[query * kTile + d] * k[key * kTile + d];
      weights[key] = sum / 8;
      best = std::max(best, weights[key]);
      lowest_score = std::min(lowest_score, weights[key]);
      highest_score = std::max(highest_score, weights[key]);
    }
    for (double& weight : weights) total += weight = std::exp(weight - best);
    for (std::size_t d = 0; d < kTile; ++d) {
      double sum = 0;
      for (std::size_t key = 0; key < kTile; ++key) sum += weights[key] * v[key * kTile + d];
      expected[query * kTile + d] = sum / total;
    }
  }
};

const SeedTile& seed_tile_42() {
  static const SeedTile tile;
  return tile;
}

// The authors' statistics as they print them: correlation, mean absolute error, its root mean
// square, the largest error, the share within 5, the range of the output.
std::string figures(const SeedMatrix& out) {
  const std::vector<double>& expected = seed_tile_42().expected;
  double sum = 0, expected_sum = 0, absolute = 0, squares = 0, largest = 0;
  int lowest = 127, highest = -128, near = 0;
  for (std::size_t i = 0; i < kElements; ++i) {
    const double error = std::abs(out[i] - expected[i]);
    sum += out[i];
    expected_sum += expected[i];
    absolute += error;
    squares += error * error;
    largest = std::max(largest, error);
    near += error <= 5 ? 1 : 0;
    lowest = std::min<int>(lowest, out[i]);
    highest = std::max<int>(highest, out[i]);
  }
  double product = 0, size = 0, expected_size = 0;
  for (std::size_t i = 0; i < kElements; ++i) {
    const double a = out[i] - sum / kElements, b = expected[i] - expected_sum / kElements;
    product += a * b;
    size += a * a;
    expected_size += b * b;
  }
  char text[128];
  std::snprintf(text, sizeof text, "%.4f %.2f %.2f %.0f %.1f%% %d..%d",
                product / std::sqrt(size * expected_size), absolute / kElements,
                std::sqrt(squares / kElements), largest, 100.0 * near / kElements, lowest, highest);
  return text;
}

TEST(SeedFigures, TheRandomNumbersAreTheirs) {
  // Their log has the range of the scores, cut to integers.
  EXPECT_EQ(std::trunc(seed_tile_42().lowest_score), -4631);
  EXPECT_EQ(std::trunc(seed_tile_42().highest_score), 4963);
}

TEST(SeedFigures, EveryVariantAndShift) {
  const SeedTile& tile = seed_tile_42();
  EXPECT_EQ(figures(tile.run("seed_taylor", 4)), "0.1909 31.70 36.66 69 8.6% -15..14");
  EXPECT_EQ(figures(tile.run("seed_taylor", 3)), "0.1874 31.70 36.68 70 8.8% -16..12");
  EXPECT_EQ(figures(tile.run("seed_regions", 4)), "0.1942 31.37 36.53 81 9.3% -29..30");
  EXPECT_EQ(figures(tile.run("seed_lut_i8", 4)), "0.1966 31.40 36.51 81 9.1% -31..29");
  EXPECT_EQ(figures(tile.run("seed_lut_i32", 4)), "0.9160 14.43 18.40 62 26.6% -61..62");
  EXPECT_EQ(figures(tile.run("seed_lut_i32", 3)), "0.9654 6.72 10.71 59 60.8% -64..63");
}

template <class Softmax>
SeedMatrix in_memory(const SeedFrame& frame, int shift) {
  const SeedTile& tile = seed_tile_42();
  return SeedMemory<Softmax>(frame).run(tile.q, tile.k, tile.v, shift);
}

TEST(SeedFigures, TheMemoryPictureIsTheKernelWhereNothingOverflows) {
  const SeedTile& tile = seed_tile_42();
  for (const int shift : {3, 4, 9}) {
    EXPECT_EQ(in_memory<SeedTaylor>(kSeedNoOverflow, shift), tile.run("seed_taylor", shift));
    EXPECT_EQ(in_memory<SeedRegions>(kSeedNoOverflow, shift), tile.run("seed_regions", shift));
    EXPECT_EQ(in_memory<SeedLutI8>(kSeedNoOverflow, shift), tile.run("seed_lut_i8", shift));
    EXPECT_EQ(in_memory<SeedLutI32>(kSeedNoOverflow, shift), tile.run("seed_lut_i32", shift));
  }
}

TEST(SeedFigures, WithTheStackOverflow) {
  EXPECT_EQ(figures(in_memory<SeedTaylor>(kSeedFrameInt8, 4)),
            "0.1763 31.77 36.74 69 8.7% -15..14");
  // Where the frame of D begins is not known. Recorded are 0.8498, 16.17, 21.45, 25.8 %, -61..62.
  EXPECT_EQ(figures(in_memory<SeedLutI32>(seed_frame_int32(32), 4)),
            "0.8499 16.17 21.34 98 25.2% -61..62");
  EXPECT_EQ(figures(in_memory<SeedLutI32>(seed_frame_int32(64), 4)),
            "0.8697 15.71 20.58 95 25.7% -61..62");
  EXPECT_EQ(figures(in_memory<SeedLutI32>(seed_frame_int32(96), 4)),
            "0.8496 16.11 21.37 97 25.6% -61..62");
}

}  // namespace
}  // namespace tessera::compute::kernels
