// Scores from int8, weighted sum in bfloat16: small weights keep 8 bits of their own size, where
// bytes would round them to 1/255 of the largest. Step 5 of the seed's plan, mixed the other way.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_bf16_inl.h"

namespace tessera::compute::kernels {
namespace {

struct MixedTile {
  ExactTile exact;
  alignas(64) std::uint32_t weights[32 * kTile];  // (key / 2, query, 2)
  alignas(64) std::uint32_t values[32 * kTile];   // (key / 2, channel, 2)
};
static_assert(sizeof(MixedTile) <= kTileScratchBytes);

}  // namespace

const char* tile_attention_i8_qk_bf16_pv_avx512_bf16(const TileAttentionParams& p) noexcept {
  MixedTile& tile = *reinterpret_cast<MixedTile*>(p.scratch);
  PackedTile& packed = tile.exact.packed;
  if (!p.operands_are_packed) {
    pack_queries(p.q, packed);
    sum_keys(p.k, packed);
    pack_values_bf16(p.v, tile.values);
  }
  score_exactly(p.k, tile.exact);
  weigh_by_exp_bf16(p.nats_per_unit, tile.exact.scores, tile.exact.best, tile.weights,
                    packed.reciprocals);
  weigh_values_bf16(tile.weights, tile.values, packed.reciprocals, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
