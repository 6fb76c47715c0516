// 8 rows by 48 columns in 24 accumulators: per 2 channels of depth 3 loads of B, 8 broadcasts of A
// and 24 vdpbf16ps.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 8;
constexpr int kRegisters = kPanelColumns / 16;

inline void dot_accumulate(__m512& a, __m512i b, __m512i c) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(a) : "v"(b), "v"(c));
}

// `Rows` rows of A by one panel. `columns`: how many of the panel's there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulBf16Params& p, const std::uint16_t* a,
                                        const std::uint16_t* panel, float* c, int columns) {
  __m512 sums[Rows][kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm512_setzero_ps();
  }
  const int whole = p.k / 2;
#pragma GCC unroll 1
  for (int group = 0; group < whole; ++group) {
    fetch_ahead<64 * kRegisters>(panel);
    __m512i b[kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) b[j] = _mm512_load_si512(panel + j * 32);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      std::int32_t pair;
      __builtin_memcpy(&pair, a + i * p.a_stride + group * 2, sizeof pair);
      const __m512i channels = _mm512_set1_epi32(pair);
#pragma GCC unroll 3
      for (int j = 0; j < kRegisters; ++j) dot_accumulate(sums[i][j], b[j], channels);
    }
    panel += kPanelColumns * 2;
  }
  if (p.k % 2 != 0) {  // the last channel and a zero
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const __m512i channels = _mm512_set1_epi32(a[i * p.a_stride + p.k - 1]);
#pragma GCC unroll 3
      for (int j = 0; j < kRegisters; ++j) {
        dot_accumulate(sums[i][j], _mm512_load_si512(panel + j * 32), channels);
      }
    }
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

using Multiply = void (*)(const MatmulBf16Params&, const std::uint16_t*, const std::uint16_t*,
                          float*, int);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>, multiply<4>,
                                  multiply<5>, multiply<6>, multiply<7>, multiply<8>};

}  // namespace

const char* matmul_bf16_avx512_bf16(const MatmulBf16Params& p) noexcept {
  // 32 rows of A: 32 KB at k = 512, so that they stay near while B streams.
  multiply_blocks<MatmulBlocking{kRows, kPanelColumns, 32, 2}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
