// exp by a polynomial instead of a table, of scores that keep all their bits: no step of a table
// widens what is a small difference of two keys. Step 2 of the seed's plan, strategy B.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_exp_avx512_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_exp_polynomial_avx512_vnni(const TileAttentionParams& p) noexcept {
  ExactTile& tile = *reinterpret_cast<ExactTile*>(p.scratch);
  if (!p.operands_are_packed) pack_tile(p, tile.packed);
  score_exactly(p.k, tile);
  weigh_by_exp(p.nats_per_unit, tile);
  weigh_values(tile.packed, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
