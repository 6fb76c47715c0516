// Every variant of tile_attention in the list against the oracle, on inputs that can fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <random>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {
namespace {

constexpr std::size_t kElements = static_cast<std::size_t>(kTile) * kTile;

// exp of -i / steps_per_nat, 255 at 0.
std::vector<std::uint8_t> exp_table(double steps_per_nat) {
  std::vector<std::uint8_t> table(256);
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint8_t>(
        std::lrint(255 * std::exp(-static_cast<double>(i) / steps_per_nat)));
  }
  return table;
}

// Cut to 16 bits of mantissa, as TileAttentionParams asks.
float short_scale(double scale) {
  auto value = static_cast<float>(scale);
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits &= 0xffffff00;
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

struct Tile {
  std::vector<std::int8_t> q = std::vector<std::int8_t>(kElements);
  std::vector<std::int8_t> k = q, v = q;
  double score_scale = 0;

  std::vector<std::int8_t> run(const Kernel& kernel) const {
    const std::vector<std::uint8_t> table = exp_table(20);
    const base::AlignedBytes scratch = base::allocate_aligned(kTileScratchBytes);
    std::memset(scratch.get(), 0x7f, kTileScratchBytes);  // nothing may be taken for granted
    std::vector<std::int8_t> out(kElements, 99);
    TileAttentionParams params;
    params.q = q.data();
    params.k = k.data();
    params.v = v.data();
    params.out = out.data();
    params.score_scale = short_scale(score_scale);
    params.exp_table = table.data();
    params.scratch = scratch.get();
    EXPECT_STREQ(kernel.run(params), kernel.name) << "another variant ran than the list says";
    return out;
  }
};

std::int8_t to_int8(double value) {
  return static_cast<std::int8_t>(std::clamp(std::lrint(value), -128L, 127L));
}

struct NamedTile {
  const char* name;
  Tile tile;
};

std::vector<NamedTile> tiles() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<NamedTile> made;
  const auto add = [&](const char* name, double q_size, double score_scale, auto change) {
    Tile tile;
    tile.score_scale = score_scale;
    for (auto& x : tile.q) x = to_int8(q_size * normal(random));
    for (auto& x : tile.k) x = to_int8(30 * normal(random));
    for (auto& x : tile.v) x = to_int8(40 * normal(random));
    change(tile);
    made.push_back({name, std::move(tile)});
  };
  const auto nothing = [](Tile&) {};
  add("gaussian", 30, 1.0 / 150, nothing);
  add("peaky", 60, 1.0 / 40, nothing);
  add("flat", 1, 1.0 / 2000, nothing);
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
    for (std::size_t i = 0; i < kElements; ++i)
      tile.v[i] = static_cast<std::int8_t>(tile.v[i] >> (i / kTile % 7));
  });
  return made;
}

TEST(TileAttention, ExactVariantsAgreeBitForBit) {
  int compared = 0;
  const IsaTier everything = IsaTier::best();
  for (const NamedTile& input : tiles()) {
    for (const Kernel* kernel : kernels_of(TileAttentionParams::kOp)) {
      if (kernel->exactness != Exactness::exact || *kernel->exact_with == '\0') continue;
      if (!everything.allows(kernel->isa)) continue;
      const Kernel& oracle = force(kernel->op, kernel->exact_with);
      EXPECT_EQ(input.tile.run(*kernel), input.tile.run(oracle))
          << kernel->name << " on " << input.name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 0) << "nothing was compared";
  for (const Kernel* kernel : kernels_of(TileAttentionParams::kOp)) {
    if (!everything.allows(kernel->isa))
      std::cout << "not on this machine: " << kernel->name << '\n';
  }
}

// The oracle itself against softmax in float64: the score is rounded to a step of 1/20 nat, which
// changes a weight by up to 1/40 of itself, and a weight to 1/255 of the largest.
TEST(TileAttention, TheOracleIsASoftmax) {
  for (const NamedTile& input : tiles()) {
    if (std::string_view(input.name) == "extremes") continue;  // its scores are clamped
    const std::vector<std::int8_t> out = input.tile.run(force("tile_attention", "scalar"));
    double size = 0, error = 0;
    for (std::size_t query = 0; query < kTile; ++query) {
      std::vector<double> weights(kTile);
      double best = -1e9, total = 0;
      for (std::size_t key = 0; key < kTile; ++key) {
        double sum = 0;
        for (std::size_t d = 0; d < kTile; ++d) {
          sum +=
              static_cast<double>(input.tile.q[query * kTile + d]) * input.tile.k[key * kTile + d];
        }
        weights[key] = std::clamp(sum * short_scale(input.tile.score_scale), -127.0, 127.0) / 20;
        best = std::max(best, weights[key]);
      }
      for (double& weight : weights) total += weight = std::exp(weight - best);
      for (std::size_t d = 0; d < kTile; ++d) {
        double expected = 0;
        for (std::size_t key = 0; key < kTile; ++key) {
          expected += weights[key] / total * input.tile.v[key * kTile + d];
        }
        const double difference = out[query * kTile + d] - expected;
        size += expected * expected;
        error += difference * difference;
      }
    }
    // Half a step of rounding the output besides, which is 0.29 in the root mean square.
    EXPECT_LT(std::sqrt(error / kElements), 0.03 * std::sqrt(size / kElements) + 0.5) << input.name;
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
