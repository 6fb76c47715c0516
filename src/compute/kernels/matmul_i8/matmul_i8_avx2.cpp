// 4 rows by 8 columns in 8 accumulators of 4 columns in pairs of lanes. Both sides are widened to
// 16 bits, whose products in pairs vpmaddwd sums in 32 bits: exact for every int8. The faster
// vpmaddubsw saturates at 2 x 255 x 127 and would need one side to stay below 128. Rows of A are
// widened once, so that 4 channels of one are a broadcast from memory.
//
// B holds value + 128; what that adds to each sum, 128 times the sum of A's row, is taken off where
// the sums begin.
//
// One row alone waits for memory: it goes through a panel once, all 48 columns in 12 accumulators.
#include <immintrin.h>

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_blocks_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 4;
constexpr int kColumns = 8;
constexpr int kRegisters = kColumns / 4;
constexpr int kAll = kPanelColumns / 4;

// 4 columns of 4 channels of the panel as 16-bit integers.
inline __m256i load_columns(const std::uint8_t* from) {
  return _mm256_cvtepu8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(from)));
}

// 16 bytes, or the `count` that there are and zeros.
inline __m128i load_bytes(const std::int8_t* from, int count) {
  if (count >= 16) return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  alignas(16) std::int8_t bytes[16] = {};
  __builtin_memcpy(bytes, from, static_cast<std::size_t>(count));
  return _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
}

// Some rows of A, a part of their depth: 32 KB, so that they stay near while B streams.
struct WideRows {
  static constexpr int kMost = 32, kDepth = 512;
  alignas(32) std::int16_t values[kMost][kDepth];  // zeros up to a multiple of 16
  std::int32_t starts[kMost];                      // -128 times the sum

  void widen(int row, const std::int8_t* from, int depth) {
    __m256i sums = _mm256_setzero_si256();
    for (int i = 0; i < depth; i += 16) {
      const __m256i wide = _mm256_cvtepi8_epi16(load_bytes(from + i, depth - i));
      _mm256_store_si256(reinterpret_cast<__m256i*>(values[row] + i), wide);
      sums = _mm256_add_epi32(sums, _mm256_madd_epi16(wide, _mm256_set1_epi16(1)));
    }
    alignas(32) std::int32_t lanes[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sums);
    std::int32_t sum = 0;
    for (const std::int32_t lane : lanes) sum += lane;
    starts[row] = -128 * sum;
  }
};

// A part of C and what is summed up for it.
struct Part {
  const std::uint8_t* b;
  int groups;  // of 4 channels
  std::int32_t* c;
  std::ptrdiff_t c_stride;
  int columns;  // there are in C, from c on
  bool adds;
};

// 8 columns to c, of which there are `columns`.
inline void store(__m256i sums, std::int32_t* c, int columns, bool adds) {
  if (columns >= kColumns) {
    auto* to = reinterpret_cast<__m256i*>(c);
    if (adds) sums = _mm256_add_epi32(sums, _mm256_loadu_si256(to));
    return _mm256_storeu_si256(to, sums);
  }
  const __m256i mask =
      _mm256_cmpgt_epi32(_mm256_set1_epi32(columns), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  if (adds) sums = _mm256_add_epi32(sums, _mm256_maskload_epi32(c, mask));
  _mm256_maskstore_epi32(c, mask, sums);
}

// Sums in pairs of lanes, of two neighbouring registers, to one lane each.
inline __m256i join_pairs(__m256i low, __m256i high) {
  // Within each half of 128 bits: two columns of the first register, two of the second.
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), _MM_SHUFFLE(3, 1, 2, 0));
}

// `Rows` rows from `first` on by 8 columns of a panel.
template <int Rows>
__attribute__((noinline)) void multiply(const WideRows& a, int first, const Part& part) {
  __m256i sums[Rows][kRegisters];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
    const __m256i start = _mm256_set1_epi64x(static_cast<std::uint32_t>(a.starts[first + i]));
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = start;
  }
  const std::uint8_t* b = part.b;
  const std::int16_t* channels = a.values[first];
#pragma GCC unroll 1
  for (int group = 0; group < part.groups; ++group) {
    fetch_ahead<4 * kColumns>(b);
    __m256i columns[kRegisters];
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) columns[j] = load_columns(b + j * 16);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      std::int64_t four;
      __builtin_memcpy(&four, channels + i * WideRows::kDepth, sizeof four);
      const __m256i value = _mm256_set1_epi64x(four);
#pragma GCC unroll 2
      for (int j = 0; j < kRegisters; ++j) {
        sums[i][j] = _mm256_add_epi32(sums[i][j], _mm256_madd_epi16(columns[j], value));
      }
    }
    b += kPanelColumns * 4;
    channels += 4;
  }
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
    store(join_pairs(sums[i][0], sums[i][1]), part.c + i * part.c_stride, part.columns, part.adds);
  }
}

// One row by a whole panel.
__attribute__((noinline)) void multiply_row(const WideRows& a, const Part& part) {
  __m256i sums[kAll];
#pragma GCC unroll 12
  for (__m256i& sum : sums) sum = _mm256_set1_epi64x(static_cast<std::uint32_t>(a.starts[0]));
  const std::uint8_t* b = part.b;
#pragma GCC unroll 1
  for (int group = 0; group < part.groups; ++group) {
    fetch_ahead<4 * kPanelColumns>(b);
    std::int64_t four;
    __builtin_memcpy(&four, a.values[0] + static_cast<std::ptrdiff_t>(group) * 4, sizeof four);
    const __m256i value = _mm256_set1_epi64x(four);
#pragma GCC unroll 12
    for (int j = 0; j < kAll; ++j) {
      const __m256i columns = load_columns(b + static_cast<std::ptrdiff_t>(j) * 16);
      sums[j] = _mm256_add_epi32(sums[j], _mm256_madd_epi16(columns, value));
    }
    b += kPanelColumns * 4;
  }
#pragma GCC unroll 6
  for (int j = 0; j < kAll; j += 2) {
    const int column = j * 4;
    if (column >= part.columns) break;
    store(join_pairs(sums[j], sums[j + 1]), part.c + column, part.columns - column, part.adds);
  }
}

using Multiply = void (*)(const WideRows&, int, const Part&);
constexpr Multiply kMultiply[] = {nullptr, multiply<1>, multiply<2>, multiply<3>, multiply<4>};

inline std::ptrdiff_t panel_bytes(const MatmulI8Params& p) {
  return static_cast<std::ptrdiff_t>((p.k + 3) / 4) * kPanelColumns * 4;
}

// `rows` rows from `first` on by the whole of B, `depth` channels from `channel` on.
void multiply_rows(const MatmulI8Params& p, int first, int rows, int channel, int depth) {
  WideRows a;
  for (int row = 0; row < rows; ++row) {
    a.widen(row, p.a + (first + row) * p.a_stride + channel, depth);
  }
  const int columns_at_once = rows == 1 ? kPanelColumns : kColumns;
  for (int column = 0; column < p.n; column += columns_at_once) {
    const std::uint8_t* b = p.b + column / kPanelColumns * panel_bytes(p) +
                            static_cast<std::ptrdiff_t>(channel) * kPanelColumns +
                            column % kPanelColumns * 4;
    for (int row = 0; row < rows; row += kRows) {
      std::int32_t* c = p.c + (first + row) * p.c_stride + column;
      const Part part{b, (depth + 3) / 4, c, p.c_stride, p.n - column, channel > 0};
      if (rows == 1) {
        multiply_row(a, part);
      } else {
        kMultiply[smaller(kRows, rows - row)](a, row, part);
      }
    }
  }
}

}  // namespace

const char* matmul_i8_avx2(const MatmulI8Params& p) noexcept {
  for (int row = 0; row < p.m; row += WideRows::kMost) {
    for (int channel = 0; channel < p.k; channel += WideRows::kDepth) {
      multiply_rows(p, row, smaller(WideRows::kMost, p.m - row), channel,
                    smaller(WideRows::kDepth, p.k - channel));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
