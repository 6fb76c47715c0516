// Queries in lanes as in lanes_avx512_vnni, with 16-bit multiplications and a table of byte
// shuffles. Steps 1, 2, 3 and 6 of the seed's plan for processors without VNNI.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx2_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_lanes_avx2(const TileAttentionParams& p) noexcept {
  WideTile& tile = *reinterpret_cast<WideTile*>(p.scratch);
  if (!p.operands_are_packed) {
    pack_queries(p.q, tile);
    pack_keys(p.k, tile);
    pack_values(p.v, tile);
  }
  __m256i best[8];
  score_keys(p.score_scale, tile, best);
  weigh_keys(p.exp_table, best, tile);
  weigh_values(tile, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
