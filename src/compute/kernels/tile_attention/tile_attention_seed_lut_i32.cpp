// Variant D of the seed's original: int32 scores, exp by a table of 256 units a step.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_seed_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_seed_lut_i32(const TileAttentionParams& p) noexcept {
  seed_tile<SeedLutI32>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
