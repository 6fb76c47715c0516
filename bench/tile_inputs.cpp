#include "bench/tile_inputs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::bench {
namespace {

constexpr std::size_t kSide = compute::kernels::kTile;

// At most 16 bits of mantissa, as TileAttentionParams asks.
float short_scale(double scale) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(static_cast<float>(scale)) & 0xffffff00);
}

std::vector<std::uint8_t> exp_table(double steps_per_nat) {
  std::vector<std::uint8_t> table;
  for (int i = 0; i < 256; ++i) {
    table.push_back(static_cast<std::uint8_t>(std::lrint(255 * std::exp(-i / steps_per_nat))));
  }
  return table;
}

// The bytes of each word, low byte first, cut to 7 bits.
std::vector<std::int8_t> uniform_bytes(std::mt19937& words) {
  std::vector<std::int8_t> bytes;
  while (bytes.size() < kSide * kSide) {
    std::uint32_t word = static_cast<std::uint32_t>(words());
    for (int i = 0; i < 4; ++i, word >>= 8) {
      bytes.push_back(static_cast<std::int8_t>(static_cast<int>(word & 127) - 64));
    }
  }
  return bytes;
}

}  // namespace

std::vector<double> TileInputs::reference() const {
  std::vector<double> out(kSide * kSide);
  for (std::size_t query = 0; query < kSide; ++query) {
    double scores[kSide], total = 0;
    for (std::size_t key = 0; key < kSide; ++key) {
      double sum = 0;
      for (std::size_t d = 0; d < kSide; ++d) {
        sum += static_cast<double>(q[query * kSide + d]) * k[key * kSide + d];
      }
      scores[key] = sum * score_scale / steps_per_nat;
    }
    const double best = *std::max_element(scores, scores + kSide);
    for (double& score : scores) total += score = std::exp(score - best);
    for (std::size_t key = 0; key < kSide; ++key) {
      for (std::size_t d = 0; d < kSide; ++d) {
        out[query * kSide + d] += scores[key] / total * v[key * kSide + d];
      }
    }
  }
  return out;
}

TileInputs made_up_tile() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  TileInputs tile;
  const auto draw = [&](std::vector<std::int8_t>& matrix, double size) {
    matrix.resize(kSide * kSide);
    for (auto& x : matrix) {
      x = static_cast<std::int8_t>(std::clamp(std::lrint(size * normal(random)), -128L, 127L));
    }
  };
  draw(tile.q, 30);
  draw(tile.k, 30);
  draw(tile.v, 40);
  // q.k has a standard deviation of 30 * 30 * sqrt(64) = 7200.
  tile.steps_per_nat = 20;
  tile.score_scale = short_scale(1.5 * tile.steps_per_nat / 7200);
  tile.exp_table = exp_table(tile.steps_per_nat);
  return tile;
}

TileInputs uniform_random_tile() {
  std::mt19937 words(42);
  TileInputs tile;
  tile.q = uniform_bytes(words);
  tile.k = uniform_bytes(words);
  tile.v = uniform_bytes(words);
  // Scores reach 40,000 / 8; steps of 64 nats hold them all in int8.
  tile.steps_per_nat = 1.0 / 64;
  tile.score_scale = short_scale(tile.steps_per_nat / 8);
  tile.exp_table = exp_table(tile.steps_per_nat);
  return tile;
}

}  // namespace tessera::bench
