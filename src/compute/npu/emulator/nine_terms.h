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

/// Bits of the exponents between which add_nine_bf16_terms works: what is scaled stays normal.
inline constexpr std::int32_t kLeastExponent = 24 << 23, kMostExponent = 250 << 23;

/// A row of the same by float32 and integers, where the largest term of every lane is normal and
/// far from both ends of float32, or all terms are zero: terms are scaled to units of the 24th bit,
/// rounded to integers and added. False, and nothing done, elsewhere.
template <int N>
bool add_scaled_terms(const float* a, const float* b, float* sums) {
  constexpr std::int32_t kMagnitude = 0x7fffffff, kExponent = 0x7f800000;
  constexpr std::uint32_t kOne = 127U << 23, kBits = 23U << 23;
  float terms[kProductsPerStep][N], scale[N], unit[N];
  std::int32_t largest[N], total[N], outside = 0;
  for (int n = 0; n < N; ++n) largest[n] = std::bit_cast<std::int32_t>(sums[n]) & kMagnitude;
  for (int k = 0; k < kProductsPerStep; ++k) {
    for (int n = 0; n < N; ++n) terms[k][n] = a[k] * b[k * N + n];
    for (int n = 0; n < N; ++n) {
      const std::int32_t size = std::bit_cast<std::int32_t>(terms[k][n]) & kMagnitude;
      largest[n] = size > largest[n] ? size : largest[n];
    }
  }
  for (int n = 0; n < N; ++n) {
    const std::int32_t exponent = largest[n] & kExponent;
    outside |= exponent < kLeastExponent ? largest[n] : 0;
    outside |= exponent > kMostExponent ? 1 : 0;
    const auto kept =
        static_cast<std::uint32_t>(exponent < kLeastExponent ? kLeastExponent : exponent);
    scale[n] = std::bit_cast<float>(2 * kOne + kBits - kept);
    unit[n] = std::bit_cast<float>(kept - kBits);
  }
  if (outside != 0) return false;
  const auto units = [](float x) { return static_cast<std::int32_t>(std::rint(x)); };
  for (int n = 0; n < N; ++n) total[n] = units(sums[n] * scale[n]);
  for (int k = 0; k < kProductsPerStep; ++k) {
    for (int n = 0; n < N; ++n) total[n] += units(terms[k][n] * scale[n]);
  }
  for (int n = 0; n < N; ++n) sums[n] = static_cast<float>(total[n]) * unit[n];
  return true;
}

/// sums (M, N) += a (M, 8) b (8, N) by the rule of nine terms, of bfloat16 as float32. Where a
/// product could be too small for float32, and so seem zero, all rows go the way that is sure.
template <int M, int N>
void add_nine_bf16_terms(const float* a, const float* b, float* sums) {
  constexpr int kA = M * kProductsPerStep, kB = kProductsPerStep * N;
  // Products of what has exponents from -62 on are normal.
  constexpr std::uint32_t kSmall = 65U << 24, kSign = 1;
  std::uint32_t small = 0;
  const auto look = [&](float x) {
    const std::uint32_t size = std::bit_cast<std::uint32_t>(x) << kSign;
    small |= size - 1 < kSmall - 1 ? 1U : 0U;  // not zero
  };
  for (int i = 0; i < kA; ++i) look(a[i]);
  for (int i = 0; i < kB; ++i) look(b[i]);
  double wide_a[kA], wide_b[kB];
  bool widened = false;
  for (int m = 0; m < M; ++m) {
    if (small == 0 && add_scaled_terms<N>(a + m * kProductsPerStep, b, sums + m * N)) continue;
    if (!widened) {
      for (int i = 0; i < kA; ++i) wide_a[i] = a[i];
      for (int i = 0; i < kB; ++i) wide_b[i] = b[i];
      widened = true;
    }
    add_nine_terms<N>(wide_a + m * kProductsPerStep, wide_b, sums + m * N);
  }
}

}  // namespace tessera::compute::npu
