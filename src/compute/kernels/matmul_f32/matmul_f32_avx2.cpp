// 4 rows by 24 columns, half a panel, in 12 accumulators: per channel of depth 3 loads of B, 4
// broadcasts of A and 12 fused multiply-adds.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_f32/matmul_f32_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 4;
constexpr int kRegisters = 3;
constexpr int kColumns = kRegisters * 8;

// Lanes of which the first `count` are set, for masked stores.
inline __m256i first_lanes(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

// `Rows` rows of A by half a panel. `Whole`: C has all of its columns. Masked stores take some 40
// micro-operations each on Zen processors, an eighth of the time if all were masked.
template <int Rows, bool Whole>
__attribute__((noinline)) void multiply(const MatmulF32Params& p, const Block& block) {
  const float* a = block.a;
  const float* b = block.b;
  __m256 sums[Rows][kRegisters];
#pragma GCC unroll 3
  for (int j = 0; j < kRegisters; ++j) {
    const __m256i mask = first_lanes(block.columns - j * 8);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      const float* c = block.c + i * p.c_stride + j * 8;
      if (!block.adds) {
        sums[i][j] = _mm256_setzero_ps();
      } else {
        sums[i][j] = Whole ? _mm256_loadu_ps(c) : _mm256_maskload_ps(c, mask);
      }
    }
  }
#pragma GCC unroll 1
  for (int depth = 0; depth < block.depths; ++depth) {
    fetch_ahead<4 * kColumns>(b);
    __m256 line[kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) line[j] = _mm256_load_ps(b + j * 8);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      const __m256 value = _mm256_broadcast_ss(a + i * p.a_stride + depth);
#pragma GCC unroll 3
      for (int j = 0; j < kRegisters; ++j) {
        sums[i][j] = _mm256_fmadd_ps(value, line[j], sums[i][j]);
      }
    }
    b += kPanelColumns;
  }
#pragma GCC unroll 3
  for (int j = 0; j < kRegisters; ++j) {
    const __m256i mask = first_lanes(block.columns - j * 8);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      float* c = block.c + i * p.c_stride + j * 8;
      if (Whole) {
        _mm256_storeu_ps(c, sums[i][j]);
      } else {
        _mm256_maskstore_ps(c, mask, sums[i][j]);
      }
    }
  }
}

using Multiply = void (*)(const MatmulF32Params&, const Block&);
constexpr Multiply kMultiply[] = {nullptr, multiply<1, false>, multiply<2, false>,
                                  multiply<3, false>, multiply<4, false>};
constexpr Multiply kMultiplyWhole[] = {nullptr, multiply<1, true>, multiply<2, true>,
                                       multiply<3, true>, multiply<4, true>};

}  // namespace

const char* matmul_f32_avx2(const MatmulF32Params& p) noexcept {
  multiply_parts<kRows, kColumns>(p, [&](int rows, const Block& block) {
    const Multiply* multiply = block.columns >= kColumns ? kMultiplyWhole : kMultiply;
    multiply[rows](p, block);
  });
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
