// Stages of distance 1 ... 8 within a register, the others between registers, two stages to a pass
// over the row. The additions are those of hadamard_of_row: a - b as a + (-b), which is the same
// number.
#include <immintrin.h>

#include "src/compute/kernels/hadamard/hadamard_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/math_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kLanes = 16;

// One stage: `partner` holds the other number of each lane's pair, `second` marks the pairs' second
// numbers.
inline __m512 add_pairs(__m512 x, __m512 partner, __mmask16 second) {
  return _mm512_add_ps(partner, _mm512_mask_xor_ps(x, second, x, _mm512_set1_ps(-0.0f)));
}

// The stages of distance 1 ... 8 that a row of so many columns has.
inline __m512 stages_inside(__m512 x, int columns) {
  if (columns > 1) x = add_pairs(x, _mm512_permute_ps(x, 0xb1), 0xaaaa);
  if (columns > 2) x = add_pairs(x, _mm512_permute_ps(x, 0x4e), 0xcccc);
  if (columns > 4) x = add_pairs(x, _mm512_shuffle_f32x4(x, x, 0xb1), 0xf0f0);
  if (columns > 8) x = add_pairs(x, _mm512_shuffle_f32x4(x, x, 0x4e), 0xff00);
  return x;
}

inline void stage_between(__m512& a, __m512& b) {
  const __m512 sum = _mm512_add_ps(a, b);
  b = _mm512_sub_ps(a, b);
  a = sum;
}

// The stages of `distance` and of twice that; before them, if `Inside`, those within registers.
template <bool Inside>
void two_stages(float* row, int columns, int distance, float factor) {
  const __m512 factors = _mm512_set1_ps(factor);
  for (int block = 0; block < columns; block += 4 * distance) {
    for (int i = block; i < block + distance; i += kLanes) {
      __m512 x[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        x[j] = _mm512_loadu_ps(row + i + j * distance);
        if (Inside) x[j] = stages_inside(x[j], kLanes);
      }
      stage_between(x[0], x[1]);
      stage_between(x[2], x[3]);
      stage_between(x[0], x[2]);
      stage_between(x[1], x[3]);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        _mm512_storeu_ps(row + i + j * distance, _mm512_mul_ps(x[j], factors));
      }
    }
  }
}

// The last stage, whose distance is half the row.
void last_stage(float* row, int columns, float factor) {
  const __m512 factors = _mm512_set1_ps(factor);
  const int half = columns / 2;
  for (int i = 0; i < half; i += kLanes) {
    __m512 a = _mm512_loadu_ps(row + i), b = _mm512_loadu_ps(row + i + half);
    stage_between(a, b);
    _mm512_storeu_ps(row + i, _mm512_mul_ps(a, factors));
    _mm512_storeu_ps(row + i + half, _mm512_mul_ps(b, factors));
  }
}

// A row of one register, or less, or two.
void short_row(float* row, int columns, float factor) {
  const __m512 factors = _mm512_set1_ps(columns > kLanes ? 1 : factor);
  for (int i = 0; i < columns; i += kLanes) {
    const __mmask16 lanes = lanes_of(columns - i);
    const __m512 x = stages_inside(_mm512_maskz_loadu_ps(lanes, row + i), columns);
    _mm512_mask_storeu_ps(row + i, lanes, _mm512_mul_ps(x, factors));
  }
  if (columns > kLanes) last_stage(row, columns, factor);
}

void long_row(float* row, int columns, float factor) {
  int distance = 4 * kLanes;  // of the next stage
  two_stages<true>(row, columns, kLanes, distance == columns ? factor : 1);
  for (; 4 * distance <= columns; distance *= 4) {
    two_stages<false>(row, columns, distance, 4 * distance == columns ? factor : 1);
  }
  if (distance < columns) last_stage(row, columns, factor);
}

}  // namespace

const char* hadamard_avx512(const HadamardParams& p) noexcept {
  const float factor = hadamard_factor(p.columns);
  for (int row = 0; row < p.rows; ++row) {
    float* data = p.data + row * p.stride;
    if (p.columns < 4 * kLanes) {
      short_row(data, p.columns, factor);
    } else {
      long_row(data, p.columns, factor);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
