// 4 rows by 16 columns, a third of a panel, in 8 accumulators. A bfloat16 is the upper half of a
// float: the odd one of a pair is its dword without the lower half, the even one its dword shifted.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 4;
constexpr int kRegisters = 2;
constexpr int kColumns = kRegisters * 8;

struct Halves {
  __m256 even, odd;
};

inline Halves widen(__m256i pairs) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)),
          _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(-65536)))};
}

// `Rows` rows of A by a third of a panel. `columns`: how many there are in C from here on.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulBf16Params& p, const std::uint16_t* a,
                                        const std::uint16_t* b, float* c, int columns) {
  __m256 sums[Rows][kRegisters];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm256_setzero_ps();
  }
  const int groups = (p.k + 1) / 2;
#pragma GCC unroll 1
  for (int group = 0; group < groups; ++group) {
    fetch_ahead<4 * kColumns>(b);
    Halves line[kRegisters];
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) {
      line[j] = widen(_mm256_load_si256(reinterpret_cast<const __m256i*>(b + j * 16)));
    }
    const bool is_half = 2 * group + 1 == p.k;  // the last channel and a zero
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      const std::uint16_t* at = a + i * p.a_stride + 2 * group;
      const std::int32_t pair =
          at[0] |
          (is_half ? 0 : static_cast<std::int32_t>(static_cast<std::uint32_t>(at[1]) << 16));
      const Halves value = widen(_mm256_set1_epi32(pair));
#pragma GCC unroll 2
      for (int j = 0; j < kRegisters; ++j) {
        sums[i][j] = _mm256_fmadd_ps(value.odd, line[j].odd, sums[i][j]);
        sums[i][j] = _mm256_fmadd_ps(value.even, line[j].even, sums[i][j]);
      }
    }
    b += kPanelColumns * 2;
  }
#pragma GCC unroll 2
  for (int j = 0; j < kRegisters; ++j) {
    const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(columns - j * 8),
                                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      _mm256_maskstore_ps(c + i * p.c_stride + j * 8, mask, sums[i][j]);
    }
  }
}

using Multiply = void (*)(const MatmulBf16Params&, const std::uint16_t*, const std::uint16_t*,
                          float*, int);
constexpr Multiply kMultiply[] = {nullptr, multiply<1>, multiply<2>, multiply<3>, multiply<4>};

}  // namespace

const char* matmul_bf16_avx2(const MatmulBf16Params& p) noexcept {
  // 32 rows of A: 32 KB at k = 512, so that they stay near while B streams.
  multiply_blocks<MatmulBlocking{kRows, kColumns, 32, 2}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
