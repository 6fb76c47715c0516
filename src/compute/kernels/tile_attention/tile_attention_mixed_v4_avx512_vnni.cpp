// Queries and keys in 8 bits, values in 4: what the softmax decides stays exact, what it averages
// is coarse. Step 5 of the seed's plan, option B.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_int4_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

struct MixedTile {
  ExactTile exact;
  alignas(64) std::uint32_t values[8 * kTile];  // as pack_values_int4 gives them
};
static_assert(sizeof(MixedTile) <= kTileScratchBytes);

}  // namespace

const char* tile_attention_mixed_v4_avx512_vnni(const TileAttentionParams& p) noexcept {
  MixedTile& tile = *reinterpret_cast<MixedTile*>(p.scratch);
  if (!p.operands_are_packed) {
    pack_queries(p.q, tile.exact.packed);
    sum_keys(p.k, tile.exact.packed);
    pack_values_int4(p.v, tile.exact.packed, tile.values);
  }
  score_exactly(p.k, tile.exact);
  weigh_by_exp(p.nats_per_unit, tile.exact);
  weigh_values_int4(tile.exact.packed, tile.values, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
