// 4 rows by 8 columns in 16 accumulators of 2 columns in pairs of lanes. smull multiplies 8 bytes
// into 16 bits, where sadalp takes them up in pairs before another product could overflow them
// (two of -128 x -128 already would): exact for every int8, without the dot products of Armv8.2.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_i8/matmul_i8_neon_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 4;
constexpr int kColumns = 8;
constexpr int kRegisters = kColumns / 4;

// Two neighbouring lanes are one column: channels 0 and 1, channels 2 and 3 of each group.
struct Sums {
  int32x4_t low, high;  // columns 0 and 1, columns 2 and 3
};

template <int Rows>
inline void step(const MatmulI8Params& p, const std::int8_t* a, const std::uint8_t* b, int count,
                 Sums (&sums)[Rows][kRegisters]) {
  int8x8_t channels[Rows];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
    const std::int8_t* row = a + i * p.a_stride;
    channels[i] = vreinterpret_s8_u32(vdup_n_u32(load_channels(row, count)));
  }
#pragma GCC unroll 2
  for (int j = 0; j < kRegisters; ++j) {
    const int8x16_t columns = load_columns(b + j * 16);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      Sums& sum = sums[i][j];
      sum.low = vpadalq_s16(sum.low, vmull_s8(vget_low_s8(columns), channels[i]));
      sum.high = vpadalq_s16(sum.high, vmull_s8(vget_high_s8(columns), channels[i]));
    }
  }
}

// `Rows` rows of A by 8 columns of a panel. `columns`: how many there are in C.
template <int Rows>
__attribute__((noinline)) void multiply(const MatmulI8Params& p, const std::int8_t* a,
                                        const std::uint8_t* b, std::int32_t* c, int columns) {
  Sums sums[Rows][kRegisters];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) sums[i][j] = {vdupq_n_s32(0), vdupq_n_s32(0)};
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
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i) {
    std::int32_t* to = is_whole ? c + i * p.c_stride : edge[i];
#pragma GCC unroll 2
    for (int j = 0; j < kRegisters; ++j) {
      vst1q_s32(to + j * 4, vpaddq_s32(sums[i][j].low, sums[i][j].high));
    }
  }
  for (int i = 0; i < Rows && !is_whole; ++i) {
    for (int j = 0; j < columns; ++j) c[i * p.c_stride + j] = edge[i][j];
  }
}

using Multiply = void (*)(const MatmulI8Params&, const std::int8_t*, const std::uint8_t*,
                          std::int32_t*, int);
constexpr Multiply kMultiply[] = {nullptr, multiply<1>, multiply<2>, multiply<3>, multiply<4>};

}  // namespace

const char* matmul_i8_neon(const MatmulI8Params& p) noexcept {
  // 32 rows of A: 16 KB at k = 512, half of the smallest first-level caches.
  multiply_blocks<MatmulBlocking{kRows, kColumns, 32, 4}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
