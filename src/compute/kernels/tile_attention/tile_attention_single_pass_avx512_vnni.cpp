// Softmax while the keys go by, 16 at a time, as for a sequence whose end is not known: the running
// maximum decides the weights, and what was summed before is scaled when it rises. No matrix of all
// scores exists. Steps 2 (strategy C) and 6 of the seed's plan; Milakov and Gimelshein 2018.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_running_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kKeys = 16;  // of one step
static_assert(sizeof(RunningTile<kKeys>) <= kTileScratchBytes);

}  // namespace

const char* tile_attention_single_pass_avx512_vnni(const TileAttentionParams& p) noexcept {
  auto& tile = *reinterpret_cast<RunningTile<kKeys>*>(p.scratch);
  if (!p.operands_are_packed) pack_tile(p, tile.packed);
  start_running(tile);
  for (int key = 0; key < kTile; key += kKeys) {
    score_exactly(p.k, tile.packed, key, kKeys, tile.scores, tile.new_best);
    weigh_step(p.nats_per_unit, tile);
    add_step(key, tile);
  }
  finish_running(tile, p.out);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
