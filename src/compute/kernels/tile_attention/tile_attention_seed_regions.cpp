// Variant B of the seed's original: int8 scores, exp by a formula for each of three regions.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_seed_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_seed_regions(const TileAttentionParams& p) noexcept {
  seed_tile<SeedRegions>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
