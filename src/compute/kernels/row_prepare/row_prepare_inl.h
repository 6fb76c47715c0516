// row_prepare for any Lanes.
#pragma once

#include "src/compute/kernels/row_abi.h"
#include "src/compute/kernels/row_lanes_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Scales are at least this over 127, so that nothing is divided by zero.
inline constexpr float kSmallestOfRow = 1e-20f;

/// What a row's numbers become: (x - rough - rest) * scale, times gain plus offset of the column.
template <class Lanes>
struct RowNorm {
  typename Lanes::Floats rough, rest, scale;
};

/// The mean in two steps: distances from one that is only nearly right tell by how much it is wrong
/// and correct the variance too (Chan, Golub and LeVeque 1983).
template <class Lanes>
RowNorm<Lanes> norm_of(const RowPrepareParams& p, const float* x) {
  using Floats = typename Lanes::Floats;
  const auto count = static_cast<float>(p.columns);
  const Floats zero = Lanes::all(0.0f);
  RowNorm<Lanes> norm{zero, zero, Lanes::all(1.0f)};
  if (p.norm == LaneNorm::none) return norm;
  float rough = 0;
  if (p.norm == LaneNorm::layer) {
    Floats even = zero, odd = zero;
    int i = 0;
    for (; i + 2 * Lanes::kLanes <= p.columns; i += 2 * Lanes::kLanes) {
      even = Lanes::add(even, Lanes::load(x + i));
      odd = Lanes::add(odd, Lanes::load(x + i + Lanes::kLanes));
    }
    for (; i < p.columns; i += Lanes::kLanes) even = Lanes::add(even, Lanes::load(x + i));
    rough = sum_across<Lanes>(Lanes::add(even, odd)) / count;
  }
  norm.rough = Lanes::all(rough);
  Floats sums = zero, even = zero, odd = zero;
  int i = 0;
  for (; i + 2 * Lanes::kLanes <= p.columns; i += 2 * Lanes::kLanes) {
    const Floats a = Lanes::subtract(Lanes::load(x + i), norm.rough);
    const Floats b = Lanes::subtract(Lanes::load(x + i + Lanes::kLanes), norm.rough);
    sums = Lanes::add(sums, Lanes::add(a, b));
    even = Lanes::multiply_add(a, a, even);
    odd = Lanes::multiply_add(b, b, odd);
  }
  for (; i < p.columns; i += Lanes::kLanes) {
    const Floats a = Lanes::subtract(Lanes::load(x + i), norm.rough);
    sums = Lanes::add(sums, a);
    even = Lanes::multiply_add(a, a, even);
  }
  float squares = sum_across<Lanes>(Lanes::add(even, odd));
  if (p.norm == LaneNorm::layer) {
    const float sum = sum_across<Lanes>(sums), rest = sum / count;
    norm.rest = Lanes::all(rest);
    squares -= sum * rest;
  }
  const float variance = squares > 0 ? squares / count : 0;
  norm.scale = Lanes::all(1.0f / __builtin_sqrtf(variance + p.epsilon));
  return norm;
}

template <class Lanes>
inline typename Lanes::Floats normed(const RowPrepareParams& p, const RowNorm<Lanes>& norm,
                                     const float* x, int i) {
  const auto distance = Lanes::subtract(Lanes::subtract(Lanes::load(x + i), norm.rough), norm.rest);
  const auto value = Lanes::multiply(distance, norm.scale);
  if (p.gamma == nullptr) return value;
  return Lanes::multiply_add(value, Lanes::load(p.gamma + i), Lanes::load(p.beta + i));
}

template <class Lanes>
float largest_of(const RowPrepareParams& p, const RowNorm<Lanes>& norm, const float* x) {
  auto largest = Lanes::all(kSmallestOfRow);
  for (int i = 0; i < p.columns; i += Lanes::kLanes) {
    largest = Lanes::max(largest, Lanes::size(normed<Lanes>(p, norm, x, i)));
  }
  return max_across<Lanes>(largest);
}

template <class Lanes>
__attribute__((noinline)) void norm_part(const RowPrepareParams& p, const RowNorm<Lanes>& norm,
                                         const float* x, int first, int count, float* out) {
  for (int i = 0; i < count; i += Lanes::kLanes) {
    Lanes::store(out + i, normed<Lanes>(p, norm, x, first + i));
  }
}

/// A row in fewer bytes per number, 48 numbers at a time as Lanes narrows them.
template <class Lanes>
void narrow_row(const RowPrepareParams& p, const RowNorm<Lanes>& norm, const float* x,
                float to_byte, std::uint8_t* out) {
  const bool bytes = p.format == LaneFormat::s8;
  const int size = bytes ? 1 : 2;
  for (int first = 0; first < p.columns; first += kBlockTokens) {
    alignas(64) float values[kBlockTokens] = {};
    alignas(64) std::uint8_t narrow[2 * kBlockTokens];
    const int left = p.columns - first, count = left < kBlockTokens ? left : kBlockTokens;
    norm_part<Lanes>(p, norm, x, first, count, values);
    if (bytes) {
      Lanes::narrow_to_bytes(values, to_byte, narrow);
    } else {
      Lanes::narrow_to_bf16(values, narrow);
    }
    __builtin_memcpy(out + first * size, narrow, static_cast<std::size_t>(count * size));
  }
}

template <class Lanes>
void row_prepare(const RowPrepareParams& p) {
  static_assert(16 % Lanes::kLanes == 0);
  for (int row = 0; row < p.rows; ++row) {
    const float* x = p.in + row * p.in_stride;
    const RowNorm<Lanes> norm = norm_of<Lanes>(p, x);
    const std::ptrdiff_t at = row * p.out_stride;
    if (p.format == LaneFormat::f32) {
      norm_part<Lanes>(p, norm, x, 0, p.columns, static_cast<float*>(p.out) + at);
    } else if (p.format == LaneFormat::s8) {
      const float largest = largest_of<Lanes>(p, norm, x);
      p.scales[row] = largest / 127.0f;
      narrow_row<Lanes>(p, norm, x, 127.0f / largest, static_cast<std::uint8_t*>(p.out) + at);
    } else {
      narrow_row<Lanes>(p, norm, x, 0, static_cast<std::uint8_t*>(p.out) + 2 * at);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
