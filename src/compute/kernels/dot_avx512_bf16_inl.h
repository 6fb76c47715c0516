// The dot product of AVX-512 BF16 for the lane_* kernels. Inline assembler, as for bytes.
#pragma once

#include <immintrin.h>

namespace tessera::compute::kernels {
namespace {

struct Dot {
  using Sum = __m512;
  static void add(__m512& sum, __m512i x, __m512i weight) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(weight));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
