// 8 rows by 48 columns in 24 accumulators. A bfloat16 is the upper half of a float: per 2 channels
// of depth first the odd one of each pair, then the even one, so that there are registers enough.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 8;
constexpr int kRegisters = kPanelColumns / 16;

inline __m512 odd(__m512i pairs) {
  return _mm512_castsi512_ps(_mm512_maskz_mov_epi16(0xaaaaaaaau, pairs));
}

inline __m512 even(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }

// Adds one channel: half(x) of each pair of a panel's line, with `channels` of each row.
template <int Rows, class Half, class Channels>
inline __attribute__((always_inline)) void add_channel(__m512 (&sums)[Rows][kRegisters],
                                                       const std::uint16_t* line, Half half,
                                                       Channels channels) {
  __m512 b[kRegisters];
#pragma GCC unroll 3
  for (int j = 0; j < kRegisters; ++j) b[j] = half(_mm512_load_si512(line + j * 32));
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
    const __m512 value = half(_mm512_set1_epi32(channels(i)));
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm512_fmadd_ps(b[j], value, sums[i][j]);
  }
  // What comes later is loaded later.
  asm volatile("" ::: "memory");
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
    fetch_ahead<4 * kPanelColumns>(panel);
    const auto pair_of = [&](int row) {
      std::int32_t pair;
      __builtin_memcpy(&pair, a + row * p.a_stride + group * 2, sizeof pair);
      return pair;
    };
    add_channel<Rows>(sums, panel, odd, pair_of);
    add_channel<Rows>(sums, panel, even, pair_of);
    panel += kPanelColumns * 2;
  }
  if (p.k % 2 != 0) {
    add_channel<Rows>(sums, panel, even, [&](int row) {
      return static_cast<std::int32_t>(a[row * p.a_stride + p.k - 1]);
    });
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

const char* matmul_bf16_avx512(const MatmulBf16Params& p) noexcept {
  // 32 rows of A: 32 KB at k = 512, so that they stay near while B streams.
  multiply_blocks<MatmulBlocking{kRows, kPanelColumns, 32, 2}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
