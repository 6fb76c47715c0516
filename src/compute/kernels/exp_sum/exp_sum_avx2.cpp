// 2 to the exponent, as a whole number and a polynomial of the rest, of 16 numbers at a time.
#include <immintrin.h>

#include "src/compute/kernels/exp_sum/exp_sum_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/logits_abi.h"
#include "src/compute/kernels/math_avx2_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRegisters = 4;

/// Adds exp((x - shift) / ln 2 * factor) of each lane to `sums`.
template <int N>
inline void add_exp(const __m128 (&x)[N], __m256d shift, __m256d factor, __m256d (&sums)[N]) {
  const __m256d to_whole = _mm256_set1_pd(kRoundToWhole);
  __m256d exponent[N], rest[N], y[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    exponent[i] = _mm256_mul_pd(_mm256_sub_pd(_mm256_cvtps_pd(x[i]), shift), factor);
    rest[i] = exponent[i];
  }
  __m256d whole[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    whole[i] = _mm256_add_pd(exponent[i], to_whole);
    rest[i] = _mm256_sub_pd(exponent[i], _mm256_sub_pd(whole[i], to_whole));
    y[i] = _mm256_set1_pd(kExp2Double[0]);
  }
#pragma GCC unroll 10
  for (int c = 1; c < kExp2DoubleTerms; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i)
      y[i] = _mm256_fmadd_pd(y[i], rest[i], _mm256_set1_pd(kExp2Double[c]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    // times 2^whole: it is added to the exponent, which stays one of a normal number where it
    // counts
    const __m256i shifted = _mm256_slli_epi64(_mm256_castpd_si256(whole[i]), 52);
    const __m256i bits = _mm256_add_epi64(_mm256_castpd_si256(y[i]), shifted);
    const __m256d counts = _mm256_cmp_pd(exponent[i], _mm256_set1_pd(kLeastExponent), _CMP_GT_OQ);
    sums[i] = _mm256_add_pd(sums[i], _mm256_and_pd(_mm256_castsi256_pd(bits), counts));
  }
}

}  // namespace

const char* exp_sum_avx2(const ExpSumParams& p) noexcept {
  const __m256d shift = _mm256_set1_pd(p.shift);
  const __m256d factor = _mm256_set1_pd(p.scale * kLog2EDouble);
  __m256d sums[kRegisters];
#pragma GCC unroll 4
  for (int j = 0; j < kRegisters; ++j) sums[j] = _mm256_setzero_pd();
  std::ptrdiff_t i = 0;
  for (; i + 4 * kRegisters <= p.count; i += 4 * kRegisters) {
    __m128 x[kRegisters];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) x[j] = _mm_loadu_ps(p.in + i + 4 * j);
    add_exp(x, shift, factor, sums);
  }
  __m256d few[1] = {_mm256_setzero_pd()};
  for (; i < p.count; i += 8) {
    const __m256i lanes = lanes_of(static_cast<int>(p.count - i));
    const __m256 values =
        choose(lanes, _mm256_maskload_ps(p.in + i, lanes), _mm256_set1_ps(-__builtin_inff()));
    const __m128 low[1] = {_mm256_castps256_ps128(values)};
    const __m128 high[1] = {_mm256_extractf128_ps(values, 1)};
    add_exp(low, shift, factor, few);
    add_exp(high, shift, factor, few);
  }
  __m256d all = _mm256_add_pd(_mm256_add_pd(sums[0], sums[1]), _mm256_add_pd(sums[2], sums[3]));
  all = _mm256_add_pd(all, few[0]);
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(all), _mm256_extractf128_pd(all, 1));
  *p.sum = _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
