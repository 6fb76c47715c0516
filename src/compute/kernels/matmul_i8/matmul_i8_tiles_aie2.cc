// Products of int8 blocks by the multiplier of 4 x 8 x 8: 4 x 2 blocks of C at a time, so that a
// step of 8 products needs 8 loads; the ninth accumulator is the one that leaves.
#include "src/compute/kernels/aie2_kernel.h"
#include "src/compute/kernels/matmul_i8/matmul_i8_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

// The largest of the published int8 tiles (arXiv 2512.13282): 112 x 112 x 112, inputs twice.
static_assert(2 * 2 * 112 * 112 + 112 * 112 + 1024 <= kMemoryBytes, "tiles of 112 fit a core");

using Product = aie::mmul<4, 8, 8, int8_t, int8_t>;
inline constexpr int kA = Product::size_A, kB = Product::size_B, kC = Product::size_C;

static inline void set_modes() {
  aie::set_rounding(aie::rounding_mode::conv_even);
  aie::set_saturation(aie::saturation_mode::saturate);
}

// C of four by two blocks: each starts as `start` of its place says, and leaves by `finish`.
template <class Start, class Finish>
void multiply(const int8_t* __restrict a, const int8_t* __restrict b, int32_t rows, int32_t depth,
              int32_t columns, Start start, Finish finish) {
  for (int row = 0; row < rows; row += kRowBlocksAtOnce) {
    for (int column = 0; column < columns; column += kColumnBlocksAtOnce) {
      Product sums[kRowBlocksAtOnce][kColumnBlocksAtOnce];
      AIE2_UNROLL
      for (int i = 0; i < kRowBlocksAtOnce; ++i) {
        start(sums[i][0], (row + i) * columns + column);
        start(sums[i][1], (row + i) * columns + column + 1);
      }
      AIE2_LOOP(step, depth, 1, "products", integer_sum) {
        const auto b0 = aie::load_v<kB>(b + (step * columns + column) * kB);
        const auto b1 = aie::load_v<kB>(b + (step * columns + column + 1) * kB);
        AIE2_UNROLL
        for (int i = 0; i < kRowBlocksAtOnce; ++i) {
          const auto left = aie::load_v<kA>(a + ((row + i) * depth + step) * kA);
          sums[i][0].mac(left, b0);
          sums[i][1].mac(left, b1);
        }
      }
      AIE2_UNROLL
      for (int i = 0; i < kRowBlocksAtOnce; ++i) {
        finish(sums[i][0], (row + i) * columns + column);
        finish(sums[i][1], (row + i) * columns + column + 1);
      }
    }
  }
}

template <class Out>
void multiply_and_narrow(const int8_t* a, const int8_t* b, Out* __restrict c, int32_t rows,
                         int32_t depth, int32_t columns, int32_t shift) {
  set_modes();
  multiply(
      a, b, rows, depth, columns, [](Product&, int) {},
      [c, shift](const Product& sums, int block) {
        aie::store_v(c + block * kC, sums.to_vector<Out>(shift));
      });
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void matmul_i8_i32(const int8_t* a, const int8_t* b, int32_t* c, int32_t rows, int32_t depth,
                   int32_t columns) {
  set_modes();
  multiply(
      a, b, rows, depth, columns,
      [c](Product& sums, int block) { sums = Product(aie::load_v<kC>(c + block * kC)); },
      [c](const Product& sums, int block) {
        aie::store_v(c + block * kC, sums.to_vector<int32_t>());
      });
}

void matmul_i8_i16(const int8_t* a, const int8_t* b, int16_t* c, int32_t rows, int32_t depth,
                   int32_t columns, int32_t shift) {
  multiply_and_narrow(a, b, c, rows, depth, columns, shift);
}

void matmul_i8_i8(const int8_t* a, const int8_t* b, int8_t* c, int32_t rows, int32_t depth,
                  int32_t columns, int32_t shift) {
  multiply_and_narrow(a, b, c, rows, depth, columns, shift);
}

void clear_i32(int32_t* c, int32_t blocks) {
  const auto zeros = aie::zeros<int32_t, 32>();
  AIE2_LOOP(block, blocks, 1, "zeros", none) { aie::store_v(c + block * 32, zeros); }
}

void requantise_i32_i8(const int32_t* c, int8_t* out, int32_t blocks, int32_t multiplier,
                       int32_t shift) {
  set_modes();
  const auto factor = aie::broadcast<int16_t, 16>(static_cast<int16_t>(multiplier));
  AIE2_LOOP(block, blocks, 1, "requantise", none) {
    aie::vector<int8_t, 32> bytes;
    AIE2_UNROLL
    for (int half = 0; half < 2; ++half) {
      const auto scaled = aie::mul(aie::load_v<16>(c + block * 32 + half * 16), factor);
      bytes.insert(half, scaled.to_vector<int8_t>(shift));
    }
    aie::store_v(out + block * 32, bytes);
  }
}

void transpose_i8(const int8_t* in, int8_t* out, int32_t rows, int32_t columns) {
  for (int row = 0; row < rows; ++row) {
    AIE2_LOOP(column, columns, 1, "transpose", none) {
      const auto block = aie::load_v<64>(in + (row * columns + column) * 64);
      aie::store_v(out + (column * rows + row) * 64, aie::transpose(block, 8, 8));
    }
  }
}
}
