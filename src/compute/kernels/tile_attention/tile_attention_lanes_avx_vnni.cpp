// Queries in lanes with the 256-bit VEX form of vpdpbusd: steps 1, 2, 3 and 6 of the seed's plan
// for desktop processors without AVX-512.
#include <immintrin.h>

#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

// sum += a . b in groups of 4, a unsigned. By itself because GCC 12 spills around the intrinsic.
void dot_accumulate(__m256i& sum, __m256i a, __m256i b) {
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
}

}  // namespace
}  // namespace tessera::compute::kernels

#include "src/compute/kernels/tile_attention/tile_dot_256_inl.h"

namespace tessera::compute::kernels {

const char* tile_attention_lanes_avx_vnni(const TileAttentionParams& p) noexcept {
  attend(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
