// Attention over any number of keys against float64, with every mask.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kFlashChannels = kTile;

struct FlashCase {
  int queries, keys;
  bool causal = false;
  bool tile_mask = false;  // every third tile is left out, and all of the second row of tiles
};

struct Operands {
  Operands(const FlashCase& c, double q_size) {
    std::mt19937 random(static_cast<unsigned>(c.queries * 7919 + c.keys));
    std::normal_distribution<double> normal;
    const auto draw = [&](std::vector<std::int8_t>& matrix, int rows, double size) {
      matrix.resize(static_cast<std::size_t>(rows) * kFlashChannels);
      for (auto& x : matrix) {
        x = static_cast<std::int8_t>(std::clamp(std::lrint(size * normal(random)), -128L, 127L));
      }
    };
    draw(q, c.queries, q_size);
    draw(k, c.keys, 30);
    draw(v, c.keys, 40);
    const int rows = (c.queries + kTile - 1) / kTile, columns = (c.keys + kTile - 1) / kTile;
    for (int i = 0; c.tile_mask && i < rows * columns; ++i) {
      mask.push_back(i % 3 != 1 && i / columns != 1 ? 1 : 0);
    }
  }
  std::vector<std::int8_t> q, k, v;
  std::vector<std::uint8_t> mask;
};

constexpr float kNatsPerUnit = 1.0f / 3000;

// Rows before and after the output must stay as they are.
std::vector<std::int8_t> run(const Kernel& kernel, const FlashCase& c, const Operands& operands) {
  const base::AlignedBytes scratch = base::allocate_aligned(kFlashScratchBytes);
  std::fill_n(scratch.get(), kFlashScratchBytes, std::byte{0x7f});
  std::vector<std::int8_t> out((static_cast<std::size_t>(c.queries) + 2) * kFlashChannels, 99);
  FlashAttentionParams params;
  params.q = operands.q.data();
  params.k = operands.k.data();
  params.v = operands.v.data();
  params.out = out.data() + kFlashChannels;
  params.queries = c.queries;
  params.keys = c.keys;
  params.nats_per_unit = kNatsPerUnit;
  params.causal = c.causal;
  params.tile_mask = operands.mask.empty() ? nullptr : operands.mask.data();
  params.scratch = scratch.get();
  run_named(kernel, params);
  for (int i = 0; i < kFlashChannels; ++i) {
    EXPECT_EQ(out[static_cast<std::size_t>(i)], 99) << kernel.name;
    EXPECT_EQ(out[out.size() - 1 - static_cast<std::size_t>(i)], 99) << kernel.name;
  }
  return {out.begin() + kFlashChannels, out.end() - kFlashChannels};
}

// One output row in float64 and how far from it a byte may be: half a step of rounding, and of each
// weight w, 1 for the best key, e <= 0.5 / 255 (it is a byte, which shrinks with every rise of the
// maximum; at most all of w, where it becomes 0) + w times 7.5e-5 of the polynomial for exp, once
// more for each rise by a tile. Then sum (w + e) v / sum (w + e) - mean = sum e (v - mean) / sum (w
// + e).
void expect_flash_row(const FlashCase& c, const Operands& o, int query, const std::int8_t* out,
                      const char* name) {
  const int columns = (c.keys + kTile - 1) / kTile;
  std::vector<double> weights(static_cast<std::size_t>(c.keys), -HUGE_VAL);
  double best = -HUGE_VAL, total = 0, total_error = 0;
  for (int key = 0; key < c.keys; ++key) {
    if (c.causal && key > query + c.keys - c.queries) continue;
    if (!o.mask.empty() &&
        o.mask[static_cast<std::size_t>(query / kTile * columns + key / kTile)] == 0)
      continue;
    double sum = 0;
    for (int d = 0; d < kFlashChannels; ++d) {
      sum += o.q[static_cast<std::size_t>(query * kFlashChannels + d)] *
             o.k[static_cast<std::size_t>(key * kFlashChannels + d)];
    }
    weights[static_cast<std::size_t>(key)] = sum * static_cast<double>(kNatsPerUnit);
    best = std::max(best, weights[static_cast<std::size_t>(key)]);
  }
  const auto error = [columns](double weight) {
    return std::min(0.5 / 255, weight) + weight * (columns + 1) * 7.5e-5;
  };
  for (double& weight : weights) {
    weight = best == -HUGE_VAL ? 0 : std::exp(weight - best);
    total += weight;
    total_error += error(weight);
  }
  for (int d = 0; d < kFlashChannels; ++d) {
    double mean = 0, wrong = 0;
    const auto value = [&](std::size_t key) {
      return o.v[key * kFlashChannels + static_cast<std::size_t>(d)];
    };
    for (std::size_t key = 0; key < weights.size(); ++key) mean += weights[key] * value(key);
    if (total > 0) mean /= total;
    for (std::size_t key = 0; key < weights.size(); ++key) {
      wrong += error(weights[key]) * std::abs(value(key) - mean);
    }
    const double allowed = 0.5 + 1e-3 + (total > 0 ? wrong / (total - total_error) : 0);
    ASSERT_LE(std::abs(out[d] - mean), allowed)
        << name << ": query " << query << " of " << c.queries << ", " << c.keys << " keys, channel "
        << d;
  }
}

TEST(FlashAttention, EveryVariantIsWithinItsBound) {
  for (const Kernel* kernel : runnable(FlashAttentionParams::kOp)) {
    for (const FlashCase& c :
         {FlashCase{1, 1}, FlashCase{64, 64}, FlashCase{63, 65}, FlashCase{65, 63},
          FlashCase{1, 1500}, FlashCase{130, 200}, FlashCase{64, 64, true}, FlashCase{65, 65, true},
          FlashCase{3, 130, true}, FlashCase{64, 126, true}, FlashCase{200, 200, true},
          FlashCase{130, 300, false, true}, FlashCase{200, 200, true, true}, FlashCase{70, 1500}}) {
      for (const double q_size : {10.0, 60.0}) {
        const Operands operands(c, q_size);
        const std::vector<std::int8_t> out = run(*kernel, c, operands);
        for (int query = 0; query < c.queries; ++query) {
          expect_flash_row(c, operands, query, out.data() + query * kFlashChannels, kernel->name);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(FlashAttention, MoreQueriesThanKeysSeeNothingAtFirst) {
  for (const Kernel* kernel : runnable(FlashAttentionParams::kOp)) {
    const FlashCase c{100, 30, true};
    const Operands operands(c, 30);
    const std::vector<std::int8_t> out = run(*kernel, c, operands);
    for (int query = 0; query < c.queries; ++query) {
      expect_flash_row(c, operands, query, out.data() + query * kFlashChannels, kernel->name);
    }
    EXPECT_EQ(std::vector<std::int8_t>(out.begin(), out.begin() + 70 * kFlashChannels),
              std::vector<std::int8_t>(70 * kFlashChannels, 0));
  }
}

// The first key that the first query must not see is the one that it would like best.
TEST(FlashAttention, WhatIsHiddenStaysHidden) {
  for (const Kernel* kernel : runnable(FlashAttentionParams::kOp)) {
    for (const int ahead : {0, 1, 61, 62, 63, 64, 126, 127}) {
      const FlashCase c{64, 64 + ahead, true};
      Operands operands(c, 30);
      std::fill(operands.v.begin(), operands.v.end(), std::int8_t{-50});
      for (int d = 0; d < kFlashChannels; ++d) {
        const auto place = static_cast<std::size_t>((ahead + 1) * kFlashChannels + d);
        operands.k[place] = operands.q[static_cast<std::size_t>(d)] > 0 ? 127 : -127;
        operands.v[place] = 127;
      }
      const std::vector<std::int8_t> out = run(*kernel, c, operands);
      EXPECT_EQ(std::vector<std::int8_t>(out.begin(), out.begin() + kFlashChannels),
                std::vector<std::int8_t>(kFlashChannels, -50))
          << kernel->name << ", " << ahead << " keys more than queries";
    }
  }
}

// The maximum rises with every key, which is the worst for what was summed before.
TEST(FlashAttention, TheMaximumMayRiseWithEveryTile) {
  for (const Kernel* kernel : runnable(FlashAttentionParams::kOp)) {
    const FlashCase c{64, 512};
    Operands operands(c, 30);
    for (std::size_t i = 0; i < operands.q.size(); ++i) operands.q[i] = 40;
    for (std::size_t i = 0; i < operands.k.size(); ++i) {
      operands.k[i] = static_cast<std::int8_t>(static_cast<int>(i / kFlashChannels) / 8 - 20);
    }
    const std::vector<std::int8_t> out = run(*kernel, c, operands);
    expect_flash_row(c, operands, 5, out.data() + 5 * kFlashChannels, kernel->name);
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
