// Integers alone, with a maximum that moves by octaves: the arithmetic of an NPU's cores.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/octave_attention_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_online_octaves(const TileAttentionParams& p) noexcept {
  const OctaveScale scale = octave_scale(p.nats_per_unit);
  for (int query = 0; query < kTile; ++query) {
    OctaveRow row;
    row.add(p.q + query * kTile, p.k, p.v, kTile, scale);
    row.finish(p.out + query * kTile);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
