// 8 frames at a time.
#include <immintrin.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/log_mel/log_mel_inl.h"

namespace tessera::compute::kernels {
namespace {

struct MelLanes {
  static constexpr int kLanes = 8;
  using Number = float;
  using Floats = __m256;

  static Floats all(double x) { return _mm256_set1_ps(static_cast<float>(x)); }
  static Floats load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Floats x) { _mm256_storeu_ps(p, x); }
  static void store_floats(float* p, Floats x) { _mm256_storeu_ps(p, x); }
  static Floats size(Floats x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
  /// `b` where one is not a number.
  static Floats max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
  static Floats multiply_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
  static Floats windowed(Floats x, float window) { return x * _mm256_set1_ps(window); }
  /// `otherwise` only where x is not above `least`; `above` where it is not a number.
  static Floats choose_above(Floats x, Floats least, Floats above, Floats otherwise) {
    return _mm256_blendv_ps(otherwise, above, _mm256_cmp_ps(x, least, _CMP_NLE_UQ));
  }
  template <int N>
  static void log10(Floats (&x)[N]) {
    Floats exponents[N];
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      const __m256i bits = _mm256_castps_si256(x[i]);
      const __m256i exponent =
          _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(kRootHalfBits)), 23);
      x[i] = _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23)));
      exponents[i] = _mm256_cvtepi32_ps(exponent);
    }
    log10_by_polynomial<MelLanes>(x, exponents);
  }

  /// x[r][i] is column i of rows r to r + 7. Rows that belong in neighbouring lanes are loaded into
  /// different registers, so that what is left is to transpose 4 x 4 within each 128 bits.
  template <int kRows>
  static void transpose_4(const float* rows, Floats (&x)[kRows][4]) {
    const auto at = [rows](int row) { return _mm_loadu_ps(rows + row * kMelHopSamples); };
    __m256 y[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      y[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(at(i)), at(4 + i), 1);
    }
    const __m256 low01 = _mm256_unpacklo_ps(y[0], y[1]), high01 = _mm256_unpackhi_ps(y[0], y[1]);
    const __m256 low23 = _mm256_unpacklo_ps(y[2], y[3]), high23 = _mm256_unpackhi_ps(y[2], y[3]);
    x[0][0] = _mm256_shuffle_ps(low01, low23, 0x44);
    x[0][1] = _mm256_shuffle_ps(low01, low23, 0xee);
    x[0][2] = _mm256_shuffle_ps(high01, high23, 0x44);
    x[0][3] = _mm256_shuffle_ps(high01, high23, 0xee);
    const __m128 a = at(8), b = kRows == 3 ? at(9) : _mm_setzero_ps();
    const __m128 low = _mm_unpacklo_ps(a, b), high = _mm_unpackhi_ps(a, b);
    const __m128 next[4] = {low, _mm_movehl_ps(low, low), high, _mm_movehl_ps(high, high)};
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m256i lanes = _mm256_castps_si256(x[0][i]);
      const __m256i more = _mm256_castsi128_si256(_mm_castps_si128(next[i]));
      const __m256i halves = _mm256_permute2x128_si256(lanes, more, 0x21);
      x[1][i] = _mm256_castsi256_ps(_mm256_alignr_epi8(halves, lanes, 4));
      if constexpr (kRows == 3) {
        x[2][i] = _mm256_castsi256_ps(_mm256_alignr_epi8(halves, lanes, 8));
      }
    }
  }
};

}  // namespace

const char* log_mel_avx2(const LogMelParams& p) noexcept {
  log_mel<MelLanes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
