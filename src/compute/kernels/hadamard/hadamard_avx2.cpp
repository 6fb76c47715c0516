// Stages of distance 1, 2, 4 within a register, the others between registers, two stages to a pass
// over the row. The additions are those of hadamard_of_row: a - b as a + (-b), which is the same
// number.
#include <immintrin.h>

#include "src/compute/kernels/hadamard/hadamard_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kLanes = 8;

// One stage: `partner` holds the other number of each lane's pair, `signs` is -0 for the pairs'
// second numbers.
inline __m256 add_pairs(__m256 x, __m256 partner, __m256 signs) {
  return _mm256_add_ps(partner, _mm256_xor_ps(x, signs));
}

inline __m256 stages_inside(__m256 x) {
  const float n = -0.0f;
  x = add_pairs(x, _mm256_permute_ps(x, 0xb1), _mm256_setr_ps(0, n, 0, n, 0, n, 0, n));
  x = add_pairs(x, _mm256_permute_ps(x, 0x4e), _mm256_setr_ps(0, 0, n, n, 0, 0, n, n));
  return add_pairs(x, _mm256_permute2f128_ps(x, x, 1), _mm256_setr_ps(0, 0, 0, 0, n, n, n, n));
}

inline void stage_between(__m256& a, __m256& b) {
  const __m256 sum = _mm256_add_ps(a, b);
  b = _mm256_sub_ps(a, b);
  a = sum;
}

// The stages of `distance` and of twice that; before them, if `Inside`, those within registers.
template <bool Inside>
void two_stages(float* row, int columns, int distance, float factor) {
  const __m256 factors = _mm256_set1_ps(factor);
  for (int block = 0; block < columns; block += 4 * distance) {
    for (int i = block; i < block + distance; i += kLanes) {
      __m256 x[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        x[j] = _mm256_loadu_ps(row + i + j * distance);
        if (Inside) x[j] = stages_inside(x[j]);
      }
      stage_between(x[0], x[1]);
      stage_between(x[2], x[3]);
      stage_between(x[0], x[2]);
      stage_between(x[1], x[3]);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        _mm256_storeu_ps(row + i + j * distance, _mm256_mul_ps(x[j], factors));
      }
    }
  }
}

// The last stage, whose distance is half the row.
void last_stage(float* row, int columns, float factor) {
  const __m256 factors = _mm256_set1_ps(factor);
  const int half = columns / 2;
  for (int i = 0; i < half; i += kLanes) {
    __m256 a = _mm256_loadu_ps(row + i), b = _mm256_loadu_ps(row + i + half);
    stage_between(a, b);
    _mm256_storeu_ps(row + i, _mm256_mul_ps(a, factors));
    _mm256_storeu_ps(row + i + half, _mm256_mul_ps(b, factors));
  }
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

const char* hadamard_avx2(const HadamardParams& p) noexcept {
  const float factor = hadamard_factor(p.columns);
  for (int row = 0; row < p.rows; ++row) {
    float* data = p.data + row * p.stride;
    if (p.columns < 4 * kLanes) {
      hadamard_of_row(data, p.columns);
    } else {
      long_row(data, p.columns, factor);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
