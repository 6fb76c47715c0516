// The variants that keep only the best keys of each query.
#include <algorithm>

#include "src/compute/kernels/kernel_test.h"
#include "src/compute/kernels/tile_attention/test_tiles.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kKept[] = {1, 2, 5, 31, 32, 63, 64};

std::vector<std::int8_t> run_sparse(const Kernel& kernel, const Tile& tile, int top_k) {
  const std::vector<std::uint8_t> table = tile_exp_table();
  const base::AlignedBytes scratch = base::allocate_aligned(kTileScratchBytes);
  std::vector<std::int8_t> out(kTileElements, 99);
  TileAttentionParams params;
  params.q = tile.q.data();
  params.k = tile.k.data();
  params.v = tile.v.data();
  params.out = out.data();
  params.score_scale = tile.score_scale;
  params.exp_table = table.data();
  params.top_k = top_k;
  params.scratch = scratch.get();
  run_named(kernel, params);
  return out;
}

// The same by sorting.
std::vector<std::int8_t> expected_sparse(const Tile& tile, int top_k) {
  const std::vector<std::uint8_t> table = tile_exp_table();
  std::vector<std::int8_t> out;
  for (std::size_t query = 0; query < kTile; ++query) {
    std::vector<int> scores;
    for (std::size_t key = 0; key < kTile; ++key) {
      const auto product = static_cast<float>(tile.product(query, key));
      scores.push_back(
          std::clamp(static_cast<int>(std::lrintf(product * tile.score_scale)), -127, 127));
    }
    std::vector<int> sorted = scores;
    std::sort(sorted.rbegin(), sorted.rend());
    const int least = sorted[static_cast<std::size_t>(top_k) - 1];
    int total = 0;
    std::vector<int> sums(kTile);
    for (std::size_t key = 0; key < kTile; ++key) {
      if (scores[key] < least) continue;
      const int weight = table[static_cast<std::size_t>(sorted[0] - scores[key])];
      total += weight;
      for (std::size_t d = 0; d < kTile; ++d) sums[d] += weight * tile.v[key * kTile + d];
    }
    for (const int sum : sums) {
      out.push_back(to_int8(
          static_cast<double>(static_cast<float>(sum) * (1.0f / static_cast<float>(total)))));
    }
  }
  return out;
}

TEST(SparseTile, EveryVariantKeepsTheBestKeys) {
  int compared = 0;
  for (const Kernel* kernel : runnable(TileAttentionParams::kOp)) {
    if (std::string_view(kernel->name).substr(0, 12) != "sparse_top_k") continue;
    for (const Tile& tile : test_tiles()) {
      for (const int top_k : kKept) {
        EXPECT_EQ(run_sparse(*kernel, tile, top_k), expected_sparse(tile, top_k))
            << kernel->name << " on " << tile.name << ", " << top_k << " keys";
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 0);
}

TEST(SparseTile, WithAllKeysIsTheDenseTile) {
  for (const Tile& tile : test_tiles()) {
    EXPECT_EQ(run_sparse(force("tile_attention", "sparse_top_k"), tile, kTile),
              tile.run(force("tile_attention", "scalar")));
  }
}

// Eight keys of 64 keep nearly all where scores differ, and little where they do not.
TEST(SparseTile, FewKeysAreEnoughWhereScoresDiffer) {
  for (const Tile& tile : test_tiles()) {
    const std::vector<std::int8_t> dense =
        run_sparse(force("tile_attention", "sparse_top_k"), tile, kTile);
    const std::vector<double> expected(dense.begin(), dense.end());
    const double kept =
        correlation(run_sparse(force("tile_attention", "sparse_top_k"), tile, 8), expected);
    if (tile.name == "gaussian") {
      EXPECT_GT(kept, 0.99);
    } else if (tile.name == "far from all keys") {
      EXPECT_LT(kept, 0.6);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
