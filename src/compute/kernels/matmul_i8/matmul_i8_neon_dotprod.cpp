// 6 rows by 16 columns in 24 accumulators: per 4 channels of depth 4 loads of B, 6 words of A and
// 24 sdot, which with the operands fill 29 of the 32 registers.
//
// sdot takes both sides as signed, so the bit that makes B's bytes value + 128 is turned back as
// they are loaded: 4 instructions to 24 dot products.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 6;
constexpr int kColumns = 16;
constexpr int kRegisters = kColumns / 4;
static_assert(kPanelColumns % kColumns == 0);

constexpr int smaller(int a, int b) { return a < b ? a : b; }

// 4 columns of 4 channels of the panel, 128 taken off.
inline int8x16_t load_columns(const std::uint8_t* from) {
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from), vdupq_n_u8(0x80)));
}

inline std::uint32_t load_word(const std::int8_t* from) {
  std::uint32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return word;
}

// The 1 to 3 channels that are left of a row, and zeros. By shifts, for a call of memcpy would move
// all accumulators to the stack and back.
inline std::uint32_t load_rest(const std::int8_t* from, int count) {
  std::uint32_t word = 0;
  for (int i = 0; i < count; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(from[i])) << (8 * i);
  }
  return word;
}

template <int Rows>
inline void step(const MatmulI8Params& p, const std::int8_t* a, const std::uint8_t* b, int count,
                 int32x4_t (&sums)[Rows][kRegisters]) {
  int8x16_t columns[kRegisters];
#pragma GCC unroll 4
  for (int j = 0; j < kRegisters; ++j) columns[j] = load_columns(b + j * 16);
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    const std::int8_t* row = a + i * p.a_stride;
    const int8x8_t channels = vcreate_s8(count == 4 ? load_word(row) : load_rest(row, count));
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) {
      sums[i][j] = vdotq_lane_s32(sums[i][j], columns[j], channels, 0);
    }
  }
}

// `Rows` rows of A by 16 columns of a panel. `columns`: how many there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulI8Params& p, const std::int8_t* a,
                                        const std::uint8_t* b, std::int32_t* c, int columns) {
  int32x4_t sums[Rows][kRegisters];
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = vdupq_n_s32(0);
  }
  const int whole = p.k / 4;
#pragma GCC unroll 1
  for (int group = 0; group < whole; ++group) {
    step<Rows>(p, a + group * 4, b, 4, sums);
    b += kPanelColumns * 4;
  }
  if (p.k % 4 != 0) step<Rows>(p, a + whole * 4, b, p.k % 4, sums);
  std::int32_t edge[Rows][kColumns];  // of C, where it has fewer columns
  const bool is_whole = columns >= kColumns;
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    std::int32_t* to = is_whole ? c + i * p.c_stride : edge[i];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) vst1q_s32(to + j * 4, sums[i][j]);
  }
  for (int i = 0; i < Rows && !is_whole; ++i) {
    for (int j = 0; j < columns; ++j) c[i * p.c_stride + j] = edge[i][j];
  }
}

using Multiply = void (*)(const MatmulI8Params&, const std::int8_t*, const std::uint8_t*,
                          std::int32_t*, int);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>,
                                  multiply<4>, multiply<5>, multiply<6>};

}  // namespace

const char* matmul_i8_neon_dotprod(const MatmulI8Params& p) noexcept {
  constexpr int kBlockRows = 8 * kRows;  // of A: 24 KB at k = 512, so that it stays near
  const std::ptrdiff_t panel_bytes = static_cast<std::ptrdiff_t>((p.k + 3) / 4) * kPanelColumns * 4;
  for (int first = 0; first < p.m; first += kBlockRows) {
    const int last = smaller(first + kBlockRows, p.m);
    for (int column = 0; column < p.n; column += kColumns) {
      const std::uint8_t* b =
          p.b + column / kPanelColumns * panel_bytes + column % kPanelColumns * 4;
      for (int row = first; row < last; row += kRows) {
        kMultiply[smaller(kRows, last - row)](p, p.a + row * p.a_stride, b,
                                              p.c + row * p.c_stride + column, p.n - column);
      }
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
