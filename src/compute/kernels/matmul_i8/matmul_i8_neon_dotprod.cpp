// 6 rows by 16 columns in 24 accumulators: per 4 channels of depth 4 loads of B, 6 words of A and
// 24 sdot, which with the operands fill 29 of the 32 registers.
//
// sdot takes both sides as signed, so the bit that makes B's bytes value + 128 is turned back as
// they are loaded: 4 instructions to 24 dot products.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/matmul_i8/matmul_i8_neon_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRows = 6;
constexpr int kColumns = 16;
constexpr int kRegisters = kColumns / 4;

template <int Rows>
inline void step(const MatmulI8Params& p, const std::int8_t* a, const std::uint8_t* b, int count,
                 int32x4_t (&sums)[Rows][kRegisters]) {
  int8x16_t columns[kRegisters];
#pragma GCC unroll 4
  for (int j = 0; j < kRegisters; ++j) columns[j] = load_columns(b + j * 16);
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    const std::int8_t* row = a + i * p.a_stride;
    const int8x8_t channels = vcreate_s8(load_channels(row, count));
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
  // 48 rows of A: 24 KB at k = 512, so that they stay near.
  multiply_blocks<MatmulBlocking{kRows, kColumns, 8 * kRows, 4}>(p, kMultiply);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
