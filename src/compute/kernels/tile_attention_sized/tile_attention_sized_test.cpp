// Every variant of tile_attention_sized in the list, on all sizes, against the oracle; and the
// oracle against that of the 64 x 64 tile.
#include <set>

#include "src/compute/kernels/tile_attention/test_tiles.h"

namespace tessera::compute::kernels {
namespace {

using ByteMatrix = std::vector<std::int8_t>;

// The first rows of a 64 x 64 tile; where there are more keys than 64, its queries follow.
ByteMatrix attended(const Kernel& kernel, const Tile& tile, int queries, int keys) {
  ByteMatrix k = tile.k, v = tile.v;
  k.insert(k.end(), tile.q.begin(), tile.q.end());
  v.insert(v.end(), tile.k.begin(), tile.k.end());
  const std::vector<std::uint8_t> table = tile_exp_table();
  const base::AlignedBytes scratch = base::allocate_aligned(kTileScratchBytes);
  std::memset(scratch.get(), 0x7f, kTileScratchBytes);
  ByteMatrix out(kTileElements, 99);
  TileAttentionSizedParams params;
  params.q = tile.q.data();
  params.k = k.data();
  params.v = v.data();
  params.out = out.data();
  params.queries = queries;
  params.keys = keys;
  params.score_scale = tile.score_scale;
  params.exp_table = table.data();
  params.scratch = scratch.get();
  EXPECT_STREQ(kernel.run(params), kernel.name);
  const ByteMatrix first = out;
  std::fill(out.begin(), out.end(), std::int8_t{99});
  params.operands_are_packed = true;
  kernel.run(params);
  EXPECT_EQ(out, first) << kernel.name << ": another answer with packed operands";
  return out;
}

TEST(TileAttentionSized, EveryListedVariantIsTheOracleOnEverySize) {
  const IsaTier everything = IsaTier::best();
  const Kernel& oracle = force(TileAttentionSizedParams::kOp, "scalar");
  const std::vector<Tile> tiles = test_tiles();
  std::set<std::string> judged;
  for (const Kernel* kernel : kernels_of(TileAttentionSizedParams::kOp)) {
    if (!everything.allows(kernel->isa)) continue;
    ASSERT_EQ(kernel->exactness, Exactness::exact) << kernel->name << ": nothing judges it";
    for (int queries = kTileSizeStep; queries <= kMostTileQueries; queries += kTileSizeStep) {
      for (int keys = kTileSizeStep; keys <= kMostTileKeys; keys += kTileSizeStep) {
        const Tile& tile = tiles[static_cast<std::size_t>(queries + keys) / 16 % tiles.size()];
        EXPECT_EQ(attended(*kernel, tile, queries, keys), attended(oracle, tile, queries, keys))
            << kernel->name << ", " << queries << " x " << keys << " on " << tile.name;
      }
    }
    judged.insert(kernel->name);
  }
  EXPECT_TRUE(judged.contains("scalar"));
  EXPECT_EQ(judged.contains("lanes_avx512_vnni"), everything.allows(Isa::avx512_vnni));
}

TEST(TileAttentionSized, TheOracleIsThatOfTheSquareTile) {
  for (const Tile& tile : test_tiles()) {
    EXPECT_EQ(attended(force(TileAttentionSizedParams::kOp, "scalar"), tile, kTile, kTile),
              tile.run(force(TileAttentionParams::kOp, "scalar")))
        << tile.name;
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
