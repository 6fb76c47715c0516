// Variant A of the seed's original: int8 scores, a parabola for exp.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_seed_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_seed_taylor(const TileAttentionParams& p) noexcept {
  seed_tile<SeedTaylor>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
