// The products of an encoder layer in bfloat16 for an AIE2 core, panel by panel along k; sums stay
// in memory between panels.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/encoder/encoder_bf16_aie2.h"
#include "src/compute/kernels/gelu/gelu_bf16_inl.h"
#include "src/compute/kernels/matmul_bf16/matmul_bf16_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

using matmul::kBlock;

constexpr int kRowBlocks = 16, kColumnBlocks = 16;
constexpr int kPartBlocks = 8;  // of columns in a panel of C

// Calls store(sums of a block, its place in the panel) for all blocks of a part.
template <class Store>
void store_part(const float* sums, bfloat16* out, int part, const char* name, Store store) {
  for (int row = 0; row < kRowBlocks; ++row) {
    AIE2_LOOP(column, kPartBlocks, 8, name, none) {
      const float* const block =
          sums + (row * kColumnBlocks + part * kPartBlocks + column) * kBlock;
      store(Sums(aie::load_v<kBlock>(block)), out + (row * kPartBlocks + column) * kBlock);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void encoder_bf16_begin(const bfloat16* panel, float* sums, bfloat16*) {
  set_modes();
  const Lanes one = all_lanes(kOneBits);
  for (int column = 0; column < kColumnBlocks; ++column) {
    // Rows 0 to 7 of a block of four columns: both parts of its bias as blocks of C.
    const auto parts = aie::load_v<2 * kBlock>(panel + column * 2 * kBlock);
    const auto bias =
        aie::mac(Sums(parts.extract<kBlock>(0)), parts.extract<kBlock>(1), one).to_vector<float>();
    AIE2_LOOP(row, kRowBlocks, 16, "bias", none) {
      aie::store_v(sums + (row * kColumnBlocks + column) * kBlock, bias);
    }
  }
}

void encoder_bf16_multiply(const bfloat16* a, const bfloat16* b, float* sums) {
  set_modes();
  matmul::add_products(a, b, sums, 64, 32, 64);
}

void encoder_bf16_store(const float* sums, const bfloat16*, bfloat16* out, int32_t part) {
  set_modes();
  store_part(sums, out, part, "store", [](const Sums& block, bfloat16* place) {
    aie::store_v(place, block.to_vector<bfloat16>());
  });
}

void encoder_bf16_store_gelu(const float* sums, const bfloat16*, bfloat16* out, int32_t part) {
  set_modes();
  const Gelu gelu;
  store_part(sums, out, part, "gelu", [&gelu](const Sums& block, bfloat16* place) {
    aie::store_v(place, gelu(block.to_vector<bfloat16>()).to_vector<bfloat16>());
  });
}

void encoder_bf16_take(const bfloat16* panel, bfloat16* kept, int32_t part) {
  constexpr int kElements = kEncoderPanelBytes / 2, kVector = 32;
  AIE2_LOOP(i, kElements / kVector, 64, "take", none) {
    aie::store_v(kept + part * kElements + i * kVector, aie::load_v<kVector>(panel + i * kVector));
  }
}
}
