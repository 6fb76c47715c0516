// Queries in lanes, four keys at a time, the whole table in registers: the layout in which the
// output of each step is the input of the next. Steps 1, 2, 3 and 6 of the seed's plan together.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx512_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_lanes_avx512_vnni(const TileAttentionParams& p) noexcept {
  PackedTile& tile = *reinterpret_cast<PackedTile*>(p.scratch);
  if (!p.operands_are_packed) pack_tile(p, tile);
  __m512i best[4];
  score_keys(p.k, p.score_scale, tile, best);
  weigh_keys(p.exp_table, best, tile);
  weigh_values(tile, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
