#include "bench/tile_inputs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

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

// softmax(nats_per_unit q k^T) v of matrices of any type.
template <class T>
Attended attend(const std::vector<T>& q, const std::vector<T>& k, const std::vector<T>& v,
                double nats_per_unit) {
  Attended result;
  result.out.resize(kSide * kSide);
  for (std::size_t query = 0; query < kSide; ++query) {
    double scores[kSide], total = 0;
    for (std::size_t key = 0; key < kSide; ++key) {
      double sum = 0;
      for (std::size_t d = 0; d < kSide; ++d) {
        sum += static_cast<double>(q[query * kSide + d]) * k[key * kSide + d];
      }
      scores[key] = sum * nats_per_unit;
    }
    const double best = *std::max_element(scores, scores + kSide);
    for (double& score : scores) total += score = std::exp(score - best);
    result.mean_of_best_weights += 1 / total / kSide;
    for (std::size_t key = 0; key < kSide; ++key) {
      for (std::size_t d = 0; d < kSide; ++d) {
        result.out[query * kSide + d] += scores[key] / total * v[key * kSide + d];
      }
    }
  }
  return result;
}

constexpr double kNatsPerUnit = 0.125;  // 1 / sqrt(64)

// What one step is worth when the largest number becomes 127.
double step_of(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest / 127;
}

std::vector<std::int8_t> in_steps(const std::vector<double>& values, double step) {
  std::vector<std::int8_t> steps;
  for (const double value : values) {
    steps.push_back(static_cast<std::int8_t>(std::lrint(value / step)));
  }
  return steps;
}

// The size of the largest product of a query and a key.
int largest_product(const std::vector<std::int8_t>& q, const std::vector<std::int8_t>& k) {
  int largest = 0;
  for (std::size_t query = 0; query < kSide; ++query) {
    for (std::size_t key = 0; key < kSide; ++key) {
      int sum = 0;
      for (std::size_t d = 0; d < kSide; ++d) sum += q[query * kSide + d] * k[key * kSide + d];
      largest = std::max(largest, std::abs(sum));
    }
  }
  return largest;
}

}  // namespace

Attended TileInputs::attended() const { return attend(q, k, v, score_scale / steps_per_nat); }

compute::kernels::TileAttentionParams TileInputs::params() const {
  compute::kernels::TileAttentionParams params;
  params.q = q.data();
  params.k = k.data();
  params.v = v.data();
  params.score_scale = score_scale;
  params.nats_per_unit = static_cast<float>(score_scale / steps_per_nat);
  params.exp_table = exp_table.data();
  return params;
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

Attended RealTile::attended() const { return attend(q, k, v, kNatsPerUnit); }

double RealTile::value_step() const { return step_of(v); }

TileInputs RealTile::quantised() const {
  const double q_step = step_of(q), k_step = step_of(k);
  TileInputs tile;
  tile.q = in_steps(q, q_step);
  tile.k = in_steps(k, k_step);
  tile.v = in_steps(v, step_of(v));
  tile.score_scale = short_scale(127.0 / largest_product(tile.q, tile.k));
  tile.steps_per_nat = tile.score_scale / (q_step * k_step * kNatsPerUnit);
  tile.exp_table = exp_table(tile.steps_per_nat);
  return tile;
}

}  // namespace tessera::bench
