// 4 rows by 8 columns in 8 accumulators of 4 columns in pairs of lanes, which with the operands
// fill the 16 registers. Both sides are widened to 16 bits, whose products in pairs vpmaddwd sums
// in 32 bits: exact for every int8. The faster vpmaddubsw saturates at 2 x 255 x 127 and would need
// one side to stay below 128.
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

}  // namespace

const char* matmul_i8_avx2(const MatmulI8Params& p) noexcept {
  // 32 rows of A: 16 KB at k = 512, so that they stay near while B streams.
  multiply_blocks<MatmulBlocking{kRows, kColumns, 32, 4}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
