// The dot product of pairs of bfloat16 on AVX-512 without its instruction for it, which not all
// processors have, and which on some takes twice as long as a multiply-add of floats.
#pragma once

#include <immintrin.h>

namespace tessera::compute::kernels {
namespace {

/// Each half of a pair is the upper half of a float. The second first, as vdpbf16ps.
struct DotBf16 {
  using Sum = __m512;
  static void add(__m512& sum, __m512i x, __m512i weight) {
    sum = _mm512_fmadd_ps(second(x), second(weight), sum);
    sum = _mm512_fmadd_ps(first(x), first(weight), sum);
  }

 private:
  static __m512 first(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }
  // Masked, not combined with a constant, which would take a register.
  static __m512 second(__m512i pairs) {
    return _mm512_castsi512_ps(_mm512_maskz_mov_epi16(0xaaaaaaaau, pairs));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
