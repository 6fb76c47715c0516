// 4 rows by 24 columns, half a panel, in 12 accumulators: per channel of depth 3 loads of B, 4
// broadcasts of A and 12 fused multiply-adds.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 4;
constexpr int kRegisters = 3;
constexpr int kColumns = kRegisters * 8;
static_assert(kPanelColumns == 2 * kColumns);

// Lanes of which the first `count` are set, for masked stores.
inline __m256i first_lanes(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

// `Rows` rows of A by half a panel. `columns`: how many of its there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulF32Params& p, const float* a, const float* b,
                                        float* c, int columns) {
  __m256 sums[Rows][kRegisters];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm256_setzero_ps();
  }
#pragma GCC unroll 1
  for (int depth = 0; depth < p.k; ++depth) {
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
    const int left = columns - j * 8;
    if (left <= 0) break;
    const __m256i mask = first_lanes(left);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i)
      _mm256_maskstore_ps(c + i * p.c_stride + j * 8, mask, sums[i][j]);
  }
}

using Multiply = void (*)(const MatmulF32Params&, const float*, const float*, float*, int);
constexpr Multiply kMultiply[] = {nullptr, multiply<1>, multiply<2>, multiply<3>, multiply<4>};

}  // namespace

const char* matmul_f32_avx2(const MatmulF32Params& p) noexcept {
  constexpr int kBlockRows = 16;  // of A: 32 KB at k = 512, so that it stays near while B streams
  const std::ptrdiff_t panel_size = static_cast<std::ptrdiff_t>(p.k) * kPanelColumns;
  for (int first = 0; first < p.m; first += kBlockRows) {
    const int last = first + kBlockRows < p.m ? first + kBlockRows : p.m;
    for (int column = 0; column < p.n; column += kColumns) {
      const float* half = p.b + column / kPanelColumns * panel_size + column % kPanelColumns;
      for (int row = first; row < last; row += kRows) {
        const int rows = last - row < kRows ? last - row : kRows;
        kMultiply[rows](p, p.a + row * p.a_stride, half, p.c + row * p.c_stride + column,
                        p.n - column);
      }
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
