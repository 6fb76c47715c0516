// 4 rows by 8 columns in 8 accumulators of 4 columns in pairs of lanes, which with the operands
// fill the 16 registers. Both sides are widened to 16 bits, whose products in pairs vpmaddwd sums
// in 32 bits: exact for every int8. The faster vpmaddubsw saturates at 2 x 255 x 127 and would need
// one side to stay below 128.
//
// One row alone waits for memory: it goes through a panel once, all 48 columns in 12 accumulators.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 4;
constexpr int kColumns = 8;
constexpr int kRegisters = kColumns / 4;

// 4 columns of 4 channels of the panel as 16-bit integers, 128 taken off.
inline __m256i load_columns(const std::uint8_t* from) {
  const __m128i bytes = _mm_load_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_sub_epi16(_mm256_cvtepu8_epi16(bytes), _mm256_set1_epi16(128));
}

// 4 channels of a row as 16-bit integers, four times. `count` of them are there, the rest are zero.
inline __m256i load_channels(const std::int8_t* from, int count) {
  std::int32_t word = 0;
  __builtin_memcpy(&word, from, static_cast<std::size_t>(count));
  return _mm256_broadcastq_epi64(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(word)));
}

template <int Rows>
inline void step(const MatmulI8Params& p, const std::int8_t* a, const std::uint8_t* b, int count,
                 __m256i (&sums)[Rows][kRegisters]) {
  __m256i channels[Rows];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) channels[i] = load_channels(a + i * p.a_stride, count);
#pragma GCC unroll 2
  for (int j = 0; j < kRegisters; ++j) {
    const __m256i columns = load_columns(b + j * 16);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      sums[i][j] = _mm256_add_epi32(sums[i][j], _mm256_madd_epi16(columns, channels[i]));
    }
  }
}

// `Rows` rows of A by 8 columns of a panel; a sum is two neighbouring lanes. `columns`: how many
// there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulI8Params& p, const std::int8_t* a,
                                        const std::uint8_t* b, std::int32_t* c, int columns) {
  __m256i sums[Rows][kRegisters];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = _mm256_setzero_si256();
  }
  const int whole = p.k / 4;
#pragma GCC unroll 1
  for (int group = 0; group < whole; ++group) {
    step<Rows>(p, a + group * 4, b, 4, sums);
    b += kPanelColumns * 4;
  }
  if (p.k % 4 != 0) step<Rows>(p, a + whole * 4, b, p.k % 4, sums);
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
    alignas(32) std::int32_t row[kColumns];
    // Within each half of 128 bits: two columns of the first register, two of the second.
    const __m256i pairs = _mm256_hadd_epi32(sums[i][0], sums[i][1]);
    _mm256_store_si256(reinterpret_cast<__m256i*>(row),
                       _mm256_permute4x64_epi64(pairs, _MM_SHUFFLE(3, 1, 2, 0)));
    const int count = columns < kColumns ? columns : kColumns;
    __builtin_memcpy(c + i * p.c_stride, row, static_cast<std::size_t>(count) * sizeof *row);
  }
}

using Multiply = void (*)(const MatmulI8Params&, const std::int8_t*, const std::uint8_t*,
                          std::int32_t*, int);
constexpr Multiply kMultiply[] = {nullptr, multiply<1>, multiply<2>, multiply<3>, multiply<4>};

// The accumulator's layout of a row's own sum: what columns of ones would give.
__m256i sum_of_row(const MatmulI8Params& p) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256();
  for (int at = 0; at < p.k; at += 4) {
    const __m256i channels = load_channels(p.a + at, smaller(4, p.k - at));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(ones, channels));
  }
  return sum;
}

// The row by a whole panel, to c; `columns`: how many there are in C. Bytes are taken as they lie,
// and 128 times the row's sum off the result.
__attribute__((noinline)) void multiply_row(const MatmulI8Params& p, const std::uint8_t* b,
                                            __m256i row_sum, std::int32_t* c, int columns) {
  constexpr int kAll = kPanelColumns / 4;
  __m256i sums[kAll];
#pragma GCC unroll 12
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  const auto add = [&](__m256i channels) __attribute__((always_inline)) {
#pragma GCC unroll 12
    for (int j = 0; j < kAll; ++j) {
      const __m256i bytes = _mm256_cvtepu8_epi16(_mm_load_si128(
          reinterpret_cast<const __m128i*>(b + static_cast<std::ptrdiff_t>(j) * 16)));
      sums[j] = _mm256_add_epi32(sums[j], _mm256_madd_epi16(bytes, channels));
    }
    b += kPanelColumns * 4;
  };
  const int whole = p.k / 4;
#pragma GCC unroll 1
  for (int group = 0; group < whole; ++group) add(load_channels(p.a + group * 4, 4));
  if (p.k % 4 != 0) add(load_channels(p.a + whole * 4, p.k % 4));
  const __m256i excess = _mm256_slli_epi32(row_sum, 7);
  alignas(32) std::int32_t row[kPanelColumns];
#pragma GCC unroll 6
  for (int j = 0; j < kAll; j += 2) {
    const __m256i pairs =
        _mm256_hadd_epi32(_mm256_sub_epi32(sums[j], excess), _mm256_sub_epi32(sums[j + 1], excess));
    _mm256_store_si256(reinterpret_cast<__m256i*>(row + static_cast<std::ptrdiff_t>(j) * 4),
                       _mm256_permute4x64_epi64(pairs, _MM_SHUFFLE(3, 1, 2, 0)));
  }
  __builtin_memcpy(c, row, static_cast<std::size_t>(smaller(columns, kPanelColumns)) * sizeof *row);
}

void multiply_one_row(const MatmulI8Params& p) {
  const std::ptrdiff_t panel_size = static_cast<std::ptrdiff_t>((p.k + 3) / 4) * kPanelColumns * 4;
  const __m256i row_sum = sum_of_row(p);
  for (int column = 0; column < p.n; column += kPanelColumns) {
    multiply_row(p, p.b + column / kPanelColumns * panel_size, row_sum, p.c + column, p.n - column);
  }
}

}  // namespace

const char* matmul_i8_avx2(const MatmulI8Params& p) noexcept {
  if (p.m == 1) {
    multiply_one_row(p);
    return TESSERA_KERNEL_NAME;
  }
  // 32 rows of A: 16 KB at k = 512, so that they stay near while B streams.
  multiply_blocks<MatmulBlocking{kRows, kColumns, 32, 4}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
