// 8 rows by 48 columns in 24 accumulators: per channel of depth 3 loads of B, 8 broadcasts of A and
// 24 fused multiply-adds.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 8;
constexpr int kRegisters = kPanelColumns / 16;

// `Rows` rows of A by one panel. `columns`: how many of the panel's there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulF32Params& p, const float* a,
                                        const float* panel, float* c, int columns) {
  __m512 sums[Rows][kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm512_setzero_ps();
  }
#pragma GCC unroll 1
  for (int depth = 0; depth < p.k; ++depth) {
    __m512 b[kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) b[j] = _mm512_load_ps(panel + j * 16);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const __m512 value = _mm512_set1_ps(a[i * p.a_stride + depth]);
#pragma GCC unroll 3
      for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm512_fmadd_ps(value, b[j], sums[i][j]);
    }
    panel += kPanelColumns;
  }
#pragma GCC unroll 3
  for (int j = 0; j < kRegisters; ++j) {
    const int left = columns - j * 16;
    if (left <= 0) break;
    const __mmask16 mask = left >= 16 ? __mmask16{0xffff} : static_cast<__mmask16>((1 << left) - 1);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      _mm512_mask_storeu_ps(c + i * p.c_stride + j * 16, mask, sums[i][j]);
    }
  }
}

using Multiply = void (*)(const MatmulF32Params&, const float*, const float*, float*, int);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>, multiply<4>,
                                  multiply<5>, multiply<6>, multiply<7>, multiply<8>};

}  // namespace

const char* matmul_f32_avx512(const MatmulF32Params& p) noexcept {
  constexpr int kBlockRows = 16;  // of A: 32 KB at k = 512, so that it stays near while B streams
  const std::ptrdiff_t panel_size = static_cast<std::ptrdiff_t>(p.k) * kPanelColumns;
  for (int first = 0; first < p.m; first += kBlockRows) {
    const int last = first + kBlockRows < p.m ? first + kBlockRows : p.m;
    for (int column = 0; column < p.n; column += kPanelColumns) {
      const float* panel = p.b + column / kPanelColumns * panel_size;
      for (int row = first; row < last; row += kRows) {
        const int rows = last - row < kRows ? last - row : kRows;
        kMultiply[rows](p, p.a + row * p.a_stride, panel, p.c + row * p.c_stride + column,
                        p.n - column);
      }
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
