// 8 rows by 48 columns in 24 accumulators: per channel of depth 3 loads of B, 8 broadcasts of A and
// 24 fused multiply-adds.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_f32/matmul_f32_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 8;
constexpr int kRegisters = kPanelColumns / 16;

// A bit for each of the first `count` lanes.
inline __mmask16 first_lanes(int count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffff : count > 0 ? (1 << count) - 1 : 0);
}

// `Rows` rows of A by one panel.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulF32Params& p, const Block& block) {
  const float* a = block.a;
  const float* panel = block.b;
  __m512 sums[Rows][kRegisters];
#pragma GCC unroll 3
  for (int j = 0; j < kRegisters; ++j) {
    const __mmask16 mask = first_lanes(block.columns - j * 16);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      sums[i][j] = block.adds ? _mm512_maskz_loadu_ps(mask, block.c + i * p.c_stride + j * 16)
                              : _mm512_setzero_ps();
    }
  }
#pragma GCC unroll 1
  for (int depth = 0; depth < block.depths; ++depth) {
    fetch_ahead<64 * kRegisters>(panel);
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
    const __mmask16 mask = first_lanes(block.columns - j * 16);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      _mm512_mask_storeu_ps(block.c + i * p.c_stride + j * 16, mask, sums[i][j]);
    }
  }
}

using Multiply = void (*)(const MatmulF32Params&, const Block&);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>, multiply<4>,
                                  multiply<5>, multiply<6>, multiply<7>, multiply<8>};

}  // namespace

const char* matmul_f32_avx512(const MatmulF32Params& p) noexcept {
  multiply_parts<kRows, kPanelColumns>(
      p, [&](int rows, const Block& block) { kMultiply[rows](p, block); });
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
