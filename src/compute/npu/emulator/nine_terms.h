// How the bfloat16 multiplier of an AIE2 core adds: eight products and the sum so far are aligned
// to the largest of them, each rounded to 24 bits there, added exactly, and rounded once more.
// Probed on silicon by ignite-xdna (docs/SILICON.md); the same in xdna-emu. It follows that small
// terms vanish, and that the result is not that of additions one after the other.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tessera::compute::npu {

/// Products of one step of the multiplier, besides the sum so far.
inline constexpr int kProductsPerStep = 8;

/// What is added to a number and taken off again to round it, to even, to 24 bits at the exponent
/// of `largest`: float64 has 53 bits, so 1.5 * 2^29 times the power of two below `largest` does.
inline double aligning(double largest) {
  constexpr std::uint64_t kExponent = 0x7ff0000000000000;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(largest) & kExponent) * 0x1.8p29;
}

/// The sum of terms of which one is no finite number; a NaN is canonical.
inline float sum_of_specials(double sum) {
  return std::isnan(sum) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(sum);
}

/// Two terms by the same rule.
inline float add_aligned(float sum, float product) {
  const double a = sum, b = product;
  const double magic = aligning(std::fmax(std::fabs(a), std::fabs(b)));
  const double total = ((a + magic) - magic) + ((b + magic) - magic);
  return std::isfinite(total) ? static_cast<float>(total) : sum_of_specials(a + b);
}

/// sums (N) += a (8) * b (8, N), all float32 that are exact products of bfloat16 when multiplied.
template <int N>
void add_nine_terms(const double* a, const double* b, float* sums) {
  double terms[kProductsPerStep + 1][N], largest[N], total[N];
  for (int n = 0; n < N; ++n) {
    terms[kProductsPerStep][n] = sums[n];
    largest[n] = std::fabs(terms[kProductsPerStep][n]);
  }
  for (int k = 0; k < kProductsPerStep; ++k) {
    for (int n = 0; n < N; ++n) {
      terms[k][n] = a[k] * b[k * N + n];
      const double size = std::fabs(terms[k][n]);
      largest[n] = size > largest[n] ? size : largest[n];
    }
  }
  for (int n = 0; n < N; ++n) {
    largest[n] = aligning(largest[n]);
    total[n] = 0;
  }
  for (int k = 0; k <= kProductsPerStep; ++k) {
    for (int n = 0; n < N; ++n) total[n] += (terms[k][n] + largest[n]) - largest[n];
  }
  for (int n = 0; n < N; ++n) {
    if (std::isfinite(total[n])) {
      sums[n] = static_cast<float>(total[n]);
    } else {
      double plain = 0;
      for (int k = 0; k <= kProductsPerStep; ++k) plain += terms[k][n];
      sums[n] = sum_of_specials(plain);
    }
  }
}

}  // namespace tessera::compute::npu
