// The dot product of AVX-512 VNNI for the lane_* kernels. Inline assembler, since GCC 12 allocates
// registers badly around its intrinsic.
#pragma once

#include <immintrin.h>

namespace tessera::compute::kernels {
namespace {

struct Dot {
  using Sum = __m512i;
  static constexpr int kMost = 255;
  static constexpr bool kIsCentred = false;
  static void add(__m512i& sum, __m512i x, __m512i weight) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(weight));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
