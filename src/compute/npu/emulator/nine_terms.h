// How the bfloat16 multiplier of an AIE2 core adds: eight products and the sum so far are aligned
// to the largest of them, each rounded to 24 bits there, added exactly, and rounded once more.
// Probed on silicon by ignite-xdna (docs/SILICON.md); the same in xdna-emu. It follows that small
// terms vanish, and that the result is not that of additions one after the other.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
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

/// Bits of the exponents between which add_scaled_terms works: what is scaled stays normal.
inline constexpr std::int32_t kLeastExponent = 24 << 23, kMostExponent = 250 << 23;

/// Four lanes at a time: vectors of GCC and Clang, which any instruction set has registers for.
using FourFloats = float __attribute__((vector_size(16)));
using FourInts = std::int32_t __attribute__((vector_size(16)));
using FourWords = std::uint32_t __attribute__((vector_size(16)));

/// The nearest integers, halves to even.
inline FourInts nearest_integers(FourFloats x) {
  FourFloats whole = {};
  for (int n = 0; n < 4; ++n) whole[n] = std::rint(x[n]);
  return __builtin_convertvector(whole, FourInts);
}

/// Four sums of the same by float32 and integers, where the largest term of every lane is normal
/// and far from both ends of float32, or all its terms are zero: terms are scaled to units of the
/// 24th bit, rounded to integers and added. False, and nothing done, elsewhere. Rows of b are
/// `stride` apart.
inline bool add_scaled_terms(const float* a, const float* b, int stride, float* sums) {
  constexpr std::int32_t kMagnitude = 0x7fffffff, kExponent = 0x7f800000;
  // 1 and the bits of a mantissa, as exponents.
  constexpr std::uint32_t kOne = 127U << 23, kBits = 23U << 23;
  FourFloats sum, terms[kProductsPerStep];
  std::memcpy(&sum, sums, sizeof sum);
  FourInts largest = std::bit_cast<FourInts>(sum) & kMagnitude;
#pragma GCC unroll 8
  for (int k = 0; k < kProductsPerStep; ++k) {
    FourFloats row;
    std::memcpy(&row, b + k * stride, sizeof row);
    terms[k] = row * a[k];
    const FourInts size = std::bit_cast<FourInts>(terms[k]) & kMagnitude;
    largest = size > largest ? size : largest;
  }
  const FourInts exponent = largest & kExponent;
  const FourInts is_low = exponent < kLeastExponent;
  const FourInts outside = (is_low & largest) | (exponent > kMostExponent);
  if ((outside[0] | outside[1] | outside[2] | outside[3]) != 0) return false;
  const auto kept = std::bit_cast<FourWords>(is_low ? FourInts{} + kLeastExponent : exponent);
  const auto scale = std::bit_cast<FourFloats>(2 * kOne + kBits - kept);
  const auto unit = std::bit_cast<FourFloats>(kept - kBits);
  FourInts total = nearest_integers(sum * scale);
#pragma GCC unroll 8
  for (int k = 0; k < kProductsPerStep; ++k) total += nearest_integers(terms[k] * scale);
  sum = __builtin_convertvector(total, FourFloats) * unit;
  std::memcpy(sums, &sum, sizeof sum);
  return true;
}

/// sums (M, N) += a (M, 8) b (8, N) by the rule of nine terms, of bfloat16 as float32. Where a
/// product could be too small for float32, and so seem zero, all go the way that is sure.
template <int M, int N>
void add_nine_bf16_terms(const float* a, const float* b, float* sums) {
  static_assert(N % 4 == 0);
  // Products of what has exponents from -62 on are normal.
  constexpr std::uint32_t kSmall = 65U << 24, kSign = 1;
  std::uint32_t small = 0;
  const auto look = [&](float x) {
    const std::uint32_t size = std::bit_cast<std::uint32_t>(x) << kSign;
    small |= size - 1 < kSmall - 1 ? 1U : 0U;  // not zero
  };
  for (int i = 0; i < M * kProductsPerStep; ++i) look(a[i]);
  for (int i = 0; i < kProductsPerStep * N; ++i) look(b[i]);
  for (int m = 0; m < M; ++m) {
    for (int n = 0; n < N; n += 4) {
      const float* const row = a + m * kProductsPerStep;
      float* const four = sums + m * N + n;
      if (small == 0 && add_scaled_terms(row, b + n, N, four)) continue;
      double wide_a[kProductsPerStep], wide_b[kProductsPerStep * 4];
      for (int k = 0; k < kProductsPerStep; ++k) {
        wide_a[k] = row[k];
        for (int i = 0; i < 4; ++i) wide_b[k * 4 + i] = b[k * N + n + i];
      }
      add_nine_terms<4>(wide_a, wide_b, four);
    }
  }
}

}  // namespace tessera::compute::npu
