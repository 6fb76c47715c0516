// 2 to the exponent, as a whole number and a polynomial of the rest, of 32 numbers at a time.
#include <immintrin.h>

#include "src/compute/kernels/exp_sum/exp_sum_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/logits_abi.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRegisters = 4;

/// Adds exp((x - shift) / ln 2 * factor) of each lane to `sums`.
template <int N>
inline void add_exp(const __m256 (&x)[N], __m512d shift, __m512d factor, __m512d (&sums)[N]) {
  __m512d exponent[N], y[N];
  __mmask8 counts[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    exponent[i] = _mm512_mul_pd(_mm512_sub_pd(_mm512_cvtps_pd(x[i]), shift), factor);
    counts[i] = _mm512_cmp_pd_mask(exponent[i], _mm512_set1_pd(kLeastExponent), _CMP_GT_OQ);
    y[i] = _mm512_set1_pd(kExp2Double[0]);
  }
  __m512d rest[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    // The exponent less the whole number that is nearest, which vreduce gives at once.
    rest[i] = _mm512_reduce_pd(exponent[i], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    exponent[i] = _mm512_sub_pd(exponent[i], rest[i]);
  }
#pragma GCC unroll 10
  for (int c = 1; c < kExp2DoubleTerms; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i)
      y[i] = _mm512_fmadd_pd(y[i], rest[i], _mm512_set1_pd(kExp2Double[c]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    sums[i] = _mm512_mask_add_pd(sums[i], counts[i], sums[i], _mm512_scalef_pd(y[i], exponent[i]));
  }
}

}  // namespace

const char* exp_sum_avx512(const ExpSumParams& p) noexcept {
  const __m512d shift = _mm512_set1_pd(p.shift);
  const __m512d factor = _mm512_set1_pd(p.scale * kLog2EDouble);
  __m512d sums[kRegisters];
#pragma GCC unroll 4
  for (int j = 0; j < kRegisters; ++j) sums[j] = _mm512_setzero_pd();
  std::ptrdiff_t i = 0;
  for (; i + 8 * kRegisters <= p.count; i += 8 * kRegisters) {
    __m256 x[kRegisters];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) x[j] = _mm256_loadu_ps(p.in + i + 8 * j);
    add_exp(x, shift, factor, sums);
  }
  __m512d few[1] = {_mm512_setzero_pd()};
  for (; i < p.count; i += 8) {
    const auto lanes = static_cast<__mmask8>(i + 8 <= p.count ? 0xff : (1 << (p.count - i)) - 1);
    const __m256 nothing = _mm256_set1_ps(-__builtin_inff());
    const __m256 x[1] = {_mm256_mask_loadu_ps(nothing, lanes, p.in + i)};
    add_exp(x, shift, factor, few);
  }
  const __m512d all =
      _mm512_add_pd(_mm512_add_pd(sums[0], sums[1]), _mm512_add_pd(sums[2], sums[3]));
  *p.sum = _mm512_reduce_add_pd(_mm512_add_pd(all, few[0]));
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
