// Tiles to test attention with: operands that can show a mistake, and softmax in float64.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {

inline constexpr std::size_t kTileElements = std::size_t{kTile} * kTile;
inline constexpr double kStepsPerNat = 20;  // of the table

/// exp of -i steps, 255 at 0.
inline std::vector<std::uint8_t> tile_exp_table() {
  std::vector<std::uint8_t> table(256);
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint8_t>(
        std::lrint(255 * std::exp(-static_cast<double>(i) / kStepsPerNat)));
  }
  return table;
}

/// Cut to 16 bits of mantissa, as TileAttentionParams asks.
inline float short_scale(double scale) {
  auto value = static_cast<float>(scale);
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits &= 0xffffff00;
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

struct Tile {
  std::string name;
  std::vector<std::int8_t> q = std::vector<std::int8_t>(kTileElements);
  std::vector<std::int8_t> k = q, v = q;
  float score_scale = 0;  ///< steps per unit of q.k

  double nats_per_unit() const { return score_scale / kStepsPerNat; }

  /// The output of a variant, which is the same when it is told that the operands are packed.
  std::vector<std::int8_t> run(const Kernel& kernel) const {
    const std::vector<std::uint8_t> table = tile_exp_table();
    const base::AlignedBytes scratch = base::allocate_aligned(kTileScratchBytes);
    std::memset(scratch.get(), 0x7f, kTileScratchBytes);  // nothing may be taken for granted
    // Operands lie at odd addresses: no alignment is promised.
    std::vector<std::int8_t> operands(3 * kTileElements + 1), out(kTileElements + 1, 99);
    std::int8_t* place = operands.data() + 1;
    for (const auto* matrix : {&q, &k, &v})
      place = std::copy(matrix->begin(), matrix->end(), place);
    TileAttentionParams params;
    params.q = operands.data() + 1;
    params.k = params.q + kTileElements;
    params.v = params.k + kTileElements;
    params.out = out.data() + 1;
    params.score_scale = score_scale;
    params.exp_table = table.data();
    params.scale_shift = 9;
    params.nats_per_unit = static_cast<float>(nats_per_unit());
    params.scratch = scratch.get();
    EXPECT_STREQ(kernel.run(params), kernel.name) << "another variant ran than the list says";
    const std::vector<std::int8_t> first(out.begin() + 1, out.end());
    std::fill(out.begin(), out.end(), std::int8_t{99});
    params.operands_are_packed = true;
    kernel.run(params);
    EXPECT_TRUE(std::equal(first.begin(), first.end(), out.begin() + 1))
        << kernel.name << " on " << name << ": another answer with packed operands";
    return first;
  }

  /// Score of a query and a key.
  double product(std::size_t query, std::size_t key) const {
    double sum = 0;
    for (std::size_t d = 0; d < kTile; ++d) sum += q[query * kTile + d] * k[key * kTile + d];
    return sum;
  }
};

inline std::int8_t to_int8(double value) {
  return static_cast<std::int8_t>(std::clamp(std::lrint(value), -128L, 127L));
}

inline std::vector<Tile> test_tiles() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<Tile> made;
  const auto add = [&](const char* name, double q_size, double score_scale, auto change) {
    Tile tile;
    tile.name = name;
    tile.score_scale = short_scale(score_scale);
    for (auto& x : tile.q) x = to_int8(q_size * normal(random));
    for (auto& x : tile.k) x = to_int8(30 * normal(random));
    for (auto& x : tile.v) x = to_int8(40 * normal(random));
    change(tile);
    made.push_back(std::move(tile));
  };
  add("gaussian", 30, 1.0 / 150, [](Tile&) {});
  add("peaky", 60, 1.0 / 40, [](Tile&) {});
  add("flat", 1, 1.0 / 2000, [](Tile&) {});
  add("extremes", 30, 1.0 / 3000, [&](Tile& tile) {
    for (auto* matrix : {&tile.q, &tile.k, &tile.v}) {
      for (auto& x : *matrix) x = random() % 2 == 0 ? std::int8_t{-128} : std::int8_t{127};
    }
  });
  add("offset key channels", 30, 1.0 / 400, [](Tile& tile) {
    for (std::size_t key = 0; key < kTile; ++key) {
      for (const std::size_t channel : {3, 17, 40, 63}) tile.k[key * kTile + channel] = 120;
    }
  });
  add("one dominant key", 30, 1.0 / 100, [](Tile& tile) {
    std::copy_n(tile.q.begin() + 5 * kTile, kTile, tile.k.begin() + 11 * kTile);
  });
  add("uneven values", 30, 1.0 / 150, [](Tile& tile) {
    for (std::size_t i = 0; i < kTileElements; ++i) tile.v[i] >>= i / kTile % 7;
  });
  // Scores about the lowest one, -127: its clamp decides half of them.
  add("far from all keys", 30, 1.0 / 450, [&](Tile& tile) {
    for (auto& x : tile.q) x = -30;
    for (auto& x : tile.k) x = to_int8(30 + 6 * normal(random));
  });
  return made;
}

/// Pearson's correlation.
inline double correlation(const std::vector<std::int8_t>& out,
                          const std::vector<double>& expected) {
  const auto count = static_cast<double>(out.size());
  double sum = 0, expected_sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    sum += out[i];
    expected_sum += expected[i];
  }
  double product = 0, size = 0, expected_size = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double a = out[i] - sum / count, b = expected[i] - expected_sum / count;
    product += a * b;
    size += a * a;
    expected_size += b * b;
  }
  return product / std::sqrt(size * expected_size);
}

}  // namespace tessera::compute::kernels
