// The dot product of 256-bit AVX-VNNI for the lane_* kernels. Inline assembler, since GCC 12
// allocates registers badly around its intrinsic.
#pragma once

#include <immintrin.h>

namespace tessera::compute::kernels {
namespace {

struct DotBytes {
  using Sum = __m256i;
  static constexpr int kMost = 255;
  static constexpr bool kIsCentred = false;
  static void add(__m256i& sum, __m256i x, __m256i weight) {
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(x), "x"(weight));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
