// The dot products of AVX2 for the lane_* kernels.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace tessera::compute::kernels {
namespace {

/// Of bytes, of which the unsigned ones are below 128: then vpmaddubsw, which adds two products in
/// 16 bits, does not saturate. The ways that are exact for 8 bits, moving the sign of x to the
/// weight or multiplying numbers of 16 bits, take 4 instructions instead of 3, and attention with
/// them 1.3 to 1.4 times as long.
struct DotBytes {
  using Sum = __m256i;
  static constexpr int kMost = 127;
  static constexpr bool kIsCentred = false;
  static void add(__m256i& sum, __m256i x, __m256i weight) {
    const __m256i pairs = _mm256_maddubs_epi16(x, weight);
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    // By itself because GCC 12 would add products first, and then has too few registers for sums.
    asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(fours));
  }
};

/// Of bytes, of which the unsigned ones use all 8 bits: by products of 16 bits.
struct DotFullBytes {
  using Sum = __m256i;
  static void add(__m256i& sum, __m256i x, __m256i weight) {
    const __m256i even = _mm256_and_si256(x, _mm256_set1_epi16(0xff));
    const __m256i evens =
        _mm256_madd_epi16(even, _mm256_srai_epi16(_mm256_slli_epi16(weight, 8), 8));
    const __m256i odds = _mm256_madd_epi16(_mm256_srli_epi16(x, 8), _mm256_srai_epi16(weight, 8));
    // As above: one by one, so that no product waits in a register.
    asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(evens));
    asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(odds));
  }
};

/// Of floats, 4 channels of 24 tokens. One statement, because what GCC 12 makes of single ones
/// keeps the two units of products waiting: 23 loads to 24 products, or sums that go to the stack
/// and back.
struct DotFloats {
  using Sum = __m256;
  /// `x`: 24 floats, `weight`: 4.
  static void add_group(__m256 (&sums)[4][3], const std::int32_t* x, const std::int32_t* weight) {
    asm("vmovaps (%[x]), %%ymm12\n\t"
        "vmovaps 32(%[x]), %%ymm13\n\t"
        "vmovaps 64(%[x]), %%ymm14\n\t"
        "vbroadcastss (%[weight]), %%ymm15\n\t"
        "vfmadd231ps %%ymm12, %%ymm15, %0\n\t"
        "vfmadd231ps %%ymm13, %%ymm15, %1\n\t"
        "vfmadd231ps %%ymm14, %%ymm15, %2\n\t"
        "vbroadcastss 4(%[weight]), %%ymm15\n\t"
        "vfmadd231ps %%ymm12, %%ymm15, %3\n\t"
        "vfmadd231ps %%ymm13, %%ymm15, %4\n\t"
        "vfmadd231ps %%ymm14, %%ymm15, %5\n\t"
        "vbroadcastss 8(%[weight]), %%ymm15\n\t"
        "vfmadd231ps %%ymm12, %%ymm15, %6\n\t"
        "vfmadd231ps %%ymm13, %%ymm15, %7\n\t"
        "vfmadd231ps %%ymm14, %%ymm15, %8\n\t"
        "vbroadcastss 12(%[weight]), %%ymm15\n\t"
        "vfmadd231ps %%ymm12, %%ymm15, %9\n\t"
        "vfmadd231ps %%ymm13, %%ymm15, %10\n\t"
        "vfmadd231ps %%ymm14, %%ymm15, %11"
        : "+x"(sums[0][0]), "+x"(sums[0][1]), "+x"(sums[0][2]), "+x"(sums[1][0]), "+x"(sums[1][1]),
          "+x"(sums[1][2]), "+x"(sums[2][0]), "+x"(sums[2][1]), "+x"(sums[2][2]), "+x"(sums[3][0]),
          "+x"(sums[3][1]), "+x"(sums[3][2])
        : [x] "r"(x), [weight] "r"(weight), "m"(*reinterpret_cast<const std::int32_t(*)[24]>(x)),
          "m"(*reinterpret_cast<const std::int32_t(*)[4]>(weight))
        : "xmm12", "xmm13", "xmm14", "xmm15");
  }
};

/// Of pairs of bfloat16, which are the upper halves of floats. The second first, as vdpbf16ps.
struct DotBf16 {
  using Sum = __m256;
  static void add(__m256& sum, __m256i x, __m256i weight) {
    sum = _mm256_fmadd_ps(second(x), second(weight), sum);
    sum = _mm256_fmadd_ps(first(x), first(weight), sum);
  }

 private:
  static __m256 first(__m256i pairs) { return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)); }
  static __m256 second(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(-65536)));
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
