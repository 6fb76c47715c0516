// 8 rows by 48 columns in 24 accumulators: per 4 channels of depth 3 loads of B, 8 broadcasts of A
// and 24 vpdpbusd, so the dot products are the only limit.
//
// B holds value + 128, because vpdpbusd takes its first operand as unsigned; what that adds to each
// sum, 128 times the sum of A's row, is taken off where the sums begin.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 8;
constexpr int kRegisters = kPanelColumns / 16;

inline void dot_accumulate(__m512i& a, __m512i b, __m512i c) {
  asm("vpdpbusd %2, %1, %0" : "+v"(a) : "v"(b), "v"(c));
}

inline std::int32_t load_word(const std::int8_t* from) {
  std::int32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return word;
}

// The 1 to 3 channels that are left of a row, and zeros.
inline std::int32_t load_rest(const std::int8_t* from, int count) {
  std::int32_t word = 0;
  __builtin_memcpy(&word, from, static_cast<std::size_t>(count));
  return word;
}

// -128 times the sum of a row.
std::int32_t row_start(const std::int8_t* row, int k) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sums = _mm512_setzero_si512();
  int i = 0;
  for (; i + 64 <= k; i += 64) dot_accumulate(sums, ones, _mm512_loadu_si512(row + i));
  if (i < k) {
    const __mmask64 rest = ~__mmask64{0} >> (64 - (k - i));
    dot_accumulate(sums, ones, _mm512_maskz_loadu_epi8(rest, row + i));
  }
  return -128 * _mm512_reduce_add_epi32(sums);
}

// `Rows` rows of A by one panel. `columns`: how many of the panel's there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulI8Params& p, const std::int8_t* a,
                                        const std::int32_t* starts, const std::uint8_t* panel,
                                        std::int32_t* c, int columns) {
  __m512i sums[Rows][kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm512_set1_epi32(starts[i]);
  }
  const int whole = p.k / 4;
#pragma GCC unroll 1
  for (int group = 0; group < whole; ++group) {
    fetch_ahead<64 * kRegisters>(panel);
    __m512i b[kRegisters];
#pragma GCC unroll 3
    for (int j = 0; j < kRegisters; ++j) b[j] = _mm512_load_si512(panel + j * 64);
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const __m512i channels = _mm512_set1_epi32(load_word(a + i * p.a_stride + group * 4));
#pragma GCC unroll 3
      for (int j = 0; j < kRegisters; ++j) dot_accumulate(sums[i][j], b[j], channels);
    }
    panel += kPanelColumns * 4;
  }
  if (const int rest = p.k % 4; rest != 0) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const __m512i channels = _mm512_set1_epi32(load_rest(a + i * p.a_stride + whole * 4, rest));
#pragma GCC unroll 3
      for (int j = 0; j < kRegisters; ++j) {
        dot_accumulate(sums[i][j], _mm512_load_si512(panel + j * 64), channels);
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
      _mm512_mask_storeu_epi32(c + i * p.c_stride + j * 16, mask, sums[i][j]);
    }
  }
}

using Multiply = void (*)(const MatmulI8Params&, const std::int8_t*, const std::int32_t*,
                          const std::uint8_t*, std::int32_t*, int);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>, multiply<4>,
                                  multiply<5>, multiply<6>, multiply<7>, multiply<8>};

}  // namespace

const char* matmul_i8_avx512_vnni(const MatmulI8Params& p) noexcept {
  constexpr int kBlockRows = 64;  // of A: 32 KB at k = 512, so that it stays near while B streams
  const std::ptrdiff_t panel_bytes = static_cast<std::ptrdiff_t>((p.k + 3) / 4) * kPanelColumns * 4;
  for (int first = 0; first < p.m; first += kBlockRows) {
    const int last = first + kBlockRows < p.m ? first + kBlockRows : p.m;
    std::int32_t starts[kBlockRows];
    for (int row = first; row < last; ++row) {
      starts[row - first] = row_start(p.a + row * p.a_stride, p.k);
    }
    for (int column = 0; column < p.n; column += kPanelColumns) {
      const std::uint8_t* panel = p.b + column / kPanelColumns * panel_bytes;
      for (int row = first; row < last; row += kRows) {
        const int rows = last - row < kRows ? last - row : kRows;
        kMultiply[rows](p, p.a + row * p.a_stride, starts + (row - first), panel,
                        p.c + row * p.c_stride + column, p.n - column);
      }
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
