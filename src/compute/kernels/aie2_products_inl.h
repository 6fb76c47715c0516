// A product of 64 x 64 x 64 bytes on an AIE2 core, which its kernels share.
#pragma once

#include "src/compute/kernels/aie2_kernel.h"

namespace tessera::compute::kernels::aie2 {

/// sums (16, 8, 4, 8) += left (16, 8, 4, 8) right (8, 8, 8, 8): blocks of mmul 4x8x8. It goes by 2
/// x 2 blocks with the depth of 64 unrolled: 32 products with 64 loads, the sums' own among them,
/// fill the bundles, and four accumulators at a time leave five of nine to load and store the
/// neighbours'.
template <class Left>
static inline void add_tile_product(const char* name, const Left* __restrict left,
                                    const int8_t* __restrict right, int32_t* __restrict sums) {
  using Product = aie::mmul<4, 8, 8, Left, int8_t>;
  constexpr int kLeft = Product::size_A, kRight = Product::size_B, kSums = Product::size_C;
  constexpr int kDepth = 8, kColumns = 8;  // blocks
  AIE2_LOOP(group, 32, 32, name, integer_sum) {
    const int row = group / 4 * 2, column = group % 4 * 2;
    const Left* const a = left + row * kDepth * kLeft;
    const int8_t* const b = right + column * kRight;
    int32_t* const c0 = sums + (row * kColumns + column) * kSums;
    int32_t* const c1 = c0 + kColumns * kSums;
    Product s00(aie::load_v<kSums>(c0)), s01(aie::load_v<kSums>(c0 + kSums));
    Product s10(aie::load_v<kSums>(c1)), s11(aie::load_v<kSums>(c1 + kSums));
    AIE2_UNROLL
    for (int block = 0; block < kDepth; ++block) {
      const auto a0 = aie::load_v<kLeft>(a + block * kLeft);
      const auto a1 = aie::load_v<kLeft>(a + (kDepth + block) * kLeft);
      const auto b0 = aie::load_v<kRight>(b + block * kColumns * kRight);
      const auto b1 = aie::load_v<kRight>(b + (block * kColumns + 1) * kRight);
      s00.mac(a0, b0);
      s01.mac(a0, b1);
      s10.mac(a1, b0);
      s11.mac(a1, b1);
    }
    aie::store_v(c0, s00.template to_vector<int32_t>());
    aie::store_v(c0 + kSums, s01.template to_vector<int32_t>());
    aie::store_v(c1, s10.template to_vector<int32_t>());
    aie::store_v(c1 + kSums, s11.template to_vector<int32_t>());
  }
}

}  // namespace tessera::compute::kernels::aie2
