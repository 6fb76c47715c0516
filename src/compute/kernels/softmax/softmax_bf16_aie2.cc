// Softmax of rows in bfloat16 for an AIE2 core, three passes over a row in the core's memory:
// maximum, powers of two with a float32 sum, times the sum's reciprocal in two parts (whisper-xdna
// found that without the second part errors are three times larger).
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/bf16_kernels_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

Lanes largest(const bfloat16* in, int columns) {
  constexpr int16_t kLowestBits = static_cast<int16_t>(0xff7f);
  auto most = aie::broadcast<int16_t, 32>(kLowestBits).cast_to<bfloat16>();
  AIE2_LOOP(pair, columns / 32, 1, "maximum", vector_move) {
    most = aie::max(most, aie::load_v<32>(in + pair * 32));
  }
  return aie::broadcast<bfloat16, 16>(aie::reduce_max(most));
}

// The sum of all weights, in all lanes.
Sums weigh(const bfloat16* in, bfloat16* out, int columns, const Exp2& exp2) {
  // All exponents of a row are rounded relative to the same base: what rounds the base cancels.
  const Sums base = aie::msc(all_sums(kShifter), largest(in, columns), exp2.one);
  Sums total = aie::zeros<accfloat, 16>();
  AIE2_LOOP(part, columns / 16, 2, "weights", float_sum) {
    const Sums shifted = aie::add(Sums(aie::load_v<16>(in + part * 16)), base);
    const Lanes weight = exp2(shifted).to_vector<bfloat16>();
    aie::store_v(out + part * 16, weight);
    total = aie::mac(total, weight, exp2.one);
  }
  return sum_of_lanes(total);
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" void softmax_bf16(const bfloat16* in, bfloat16* out, int32_t rows, int32_t columns) {
  using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)
  set_modes();
  const Exp2 exp2;
  for (int row = 0; row < rows; ++row, in += columns, out += columns) {
    const Reciprocal by = reciprocal(weigh(in, out, columns, exp2), exp2.one);
    AIE2_LOOP(part, columns / 16, 2, "scale", none) {
      const Lanes weight = aie::load_v<16>(out + part * 16);
      const Sums share = aie::mac(aie::mul(weight, by.high), weight, by.low);
      aie::store_v(out + part * 16, share.to_vector<bfloat16>());
    }
  }
}
