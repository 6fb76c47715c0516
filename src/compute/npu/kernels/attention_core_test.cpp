// The fused kernel over many tiles: bit-equal to the plain loops of its arithmetic, close to
// softmax in float64, and cheap in issues.
#include "src/compute/npu/kernels/attention_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "src/compute/kernels/tile_attention/octave_attention_inl.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

using kernels::kTile;
constexpr std::size_t kTileElements = std::size_t{kTile} * kTile;
using Matrix = std::vector<std::int8_t>;

Matrix normal_matrix(std::mt19937& random, double size) {
  std::normal_distribution<double> normal(0, size);
  Matrix matrix(kTileElements);
  for (auto& x : matrix) x = static_cast<std::int8_t>(std::clamp(normal(random), -128.0, 127.0));
  return matrix;
}

// Keys of `count` positions, the last tile's rest poisoned.
struct AttentionProblem {
  Matrix q;
  std::vector<Matrix> k, v;
  int count;
  float nats_per_unit;

  AttentionProblem(unsigned seed, int keys, float nats, double growth)
      : count(keys), nats_per_unit(nats) {
    std::mt19937 random(seed);
    q = normal_matrix(random, 30);
    double size = 20;
    for (int first = 0; first < keys; first += kTile, size *= growth) {
      k.push_back(normal_matrix(random, size));
      v.push_back(normal_matrix(random, 40));
    }
    for (std::size_t i = static_cast<std::size_t>(keys % kTile) * kTile; i < kTileElements; ++i) {
      if (keys % kTile != 0) k.back()[i] = v.back()[i] = 127;
    }
  }
  int keys_of(std::size_t tile) const {
    return std::min(kTile, count - static_cast<int>(tile) * kTile);
  }

  Matrix on_core(AttentionCore& core) const {
    Matrix out(kTileElements, 99);
    core.begin(q.data());
    for (std::size_t tile = 0; tile < k.size(); ++tile) {
      core.add(k[tile].data(), v[tile].data(), keys_of(tile), kernels::octave_scale(nats_per_unit));
    }
    core.end(out.data());
    return out;
  }

  Matrix in_plain_loops() const {
    Matrix out(kTileElements, 98);
    for (std::size_t query = 0; query < kTile; ++query) {
      kernels::OctaveRow row;
      for (std::size_t tile = 0; tile < k.size(); ++tile) {
        row.add(q.data() + query * kTile, k[tile].data(), v[tile].data(), keys_of(tile),
                kernels::octave_scale(nats_per_unit));
      }
      row.finish(out.data() + query * kTile);
    }
    return out;
  }

  double exact(std::size_t query, std::size_t d) const {
    double best = -1e9, total = 0, sum = 0;
    for (int pass = 0; pass < 2; ++pass) {
      for (int key = 0; key < count; ++key) {
        const std::size_t tile = static_cast<std::size_t>(key / kTile), row = key % kTile;
        double product = 0;
        for (std::size_t i = 0; i < kTile; ++i) {
          product += q[query * kTile + i] * k[tile][row * kTile + i];
        }
        const double score = product * static_cast<double>(nats_per_unit);
        if (pass == 0) {
          best = std::max(best, score);
        } else {
          total += std::exp(score - best);
          sum += std::exp(score - best) * v[tile][row * kTile + d];
        }
      }
    }
    return sum / total;
  }
};

TEST(AttentionCore, IsBitEqualToThePlainLoops) {
  AttentionCore core;
  const std::vector<AttentionProblem> problems = {
      {1, 64, 1e-4f, 1},     {2, 1500, 3e-4f, 1.0}, {3, 640, 1e-3f, 1.2},  // maxima that rise
      {4, 65, 1e-4f, 1},     {5, 1, 1e-4f, 1},      {6, 127, 5e-3f, 1},    // one-hot
      {7, 200, 0.0f, 1},     {8, 320, 1e-7f, 1},    {9, 256, 1.0f, 1},     // the largest scale
      {10, 192, 1e-3f, 0.25}};
  for (const AttentionProblem& problem : problems) {
    EXPECT_EQ(problem.on_core(core), problem.in_plain_loops())
        << problem.count << " keys, " << problem.nats_per_unit;
  }
}

TEST(AttentionCore, IsASoftmax) {
  AttentionCore core;
  const AttentionProblem problem(11, 300, 4e-4f, 1.05);
  const Matrix out = problem.on_core(core);
  double error = 0, size = 0;
  for (std::size_t query = 0; query < kTile; query += 7) {
    for (std::size_t d = 0; d < kTile; d += 5) {
      const double exact = problem.exact(query, d);
      error += (out[query * kTile + d] - exact) * (out[query * kTile + d] - exact);
      size += exact * exact;
    }
  }
  // Weights in bytes of at least 127, half a step of 1/32 octave (1.1 %), and the output's own
  // rounding, 0.29 in the mean square of 10 x 13 numbers.
  EXPECT_LT(std::sqrt(error), 0.02 * std::sqrt(size) + 0.35 * std::sqrt(130.0));
  EXPECT_GT(size, 130 * 4.0) << "a result of zeros would pass";
}

TEST(AttentionCore, RefusesTilesWithoutKeys) {
  AttentionCore core;
  const Matrix tile(kTileElements);
  core.begin(tile.data());
  for (const int keys : {0, -1, 65}) {
    try {
      core.add(tile.data(), tile.data(), keys, {});
      FAIL() << keys;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("expected 1 to 64 keys"), std::string::npos);
    }
  }
}

// The bounds of the slots for one tile of 64 keys whose maxima do not rise, from the counts: the
// multiplier does nothing else in both products, and lookups bound the weights.
TEST(AttentionCore, IssuesWhatTheDesignSays) {
  AttentionCore core;
  const AttentionProblem problem(12, 64, 3e-4f, 1);
  core.begin(problem.q.data());
  core.add(problem.k[0].data(), problem.v[0].data(), 64, kernels::octave_scale(3e-4f));
  core.clear_counts();
  core.add(problem.k[0].data(), problem.v[0].data(), 64, kernels::octave_scale(3e-4f));
  ASSERT_EQ(core.counts().size(), 1U);
  const KernelCounts& pair = core.counts()[0];
  EXPECT_EQ(pair.kernel, "attention_i8_pair");
  const auto loop = [&](const std::string& name) {
    const auto found = std::find_if(pair.loops.begin(), pair.loops.end(),
                                    [&](const LoopCounts& one) { return one.name == name; });
    EXPECT_NE(found, pair.loops.end()) << name;
    return found == pair.loops.end() ? LoopCounts() : *found;
  };
  const LoopCounts scores = loop("scores"), values = loop("values"), weights = loop("weights");
  EXPECT_EQ(scores.issued.products, 1024) << "64^3 / 256";
  EXPECT_EQ(scores.issued.moves, 512) << "a transpose for each block of keys and group";
  EXPECT_EQ(scores.issued.loads, 1536);
  EXPECT_EQ(scores.bank_conflicts, 0);
  EXPECT_EQ(values.issued.products, 1024);
  EXPECT_EQ(values.issued.loads + values.issued.accumulator_loads, 2048) << "two a bundle";
  EXPECT_EQ(values.issued.accumulator_loads, 512);
  EXPECT_EQ(values.issued.stores, 512);
  EXPECT_EQ(values.bank_conflicts, 0);
  EXPECT_EQ(weights.issued.gathers, 1024);
  EXPECT_EQ(weights.issued.moves, 1280) << "10 for 32 lanes: what bounds it";
  EXPECT_EQ(weights.issued.products, 256) << "scale, and sum";
  EXPECT_EQ(weights.bank_conflicts, 32) << "82 accesses of bank 0 in 80 bundles, 16 times";
  EXPECT_EQ(std::count_if(pair.loops.begin(), pair.loops.end(),
                          [](const LoopCounts& one) { return one.name == "scaled sums"; }),
            0)
      << "no maximum rose";
}

}  // namespace
}  // namespace tessera::compute::npu
