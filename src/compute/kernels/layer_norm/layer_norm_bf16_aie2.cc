// LayerNorm of rows in bfloat16 for an AIE2 core: mean, then variance of what is left, both in
// float32; differences go through the multiplier in two parts of 8 bits.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/bf16_kernels_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

Sums mean_of(const bfloat16* in, int columns, const Factor& share) {
  Sums sum = aie::zeros<accfloat, 16>();
  AIE2_LOOP(part, columns / 16, 1, "mean", float_sum) {
    const Lanes x = aie::load_v<16>(in + part * 16);
    sum = aie::mac(aie::mac(sum, x, share.high), x, share.low);
  }
  return sum_of_lanes(sum);
}

// The sum of squares of in - mean.
Sums squares_of(const bfloat16* in, int columns, const Sums& minus_mean, const Lanes& one) {
  Sums sum = aie::zeros<accfloat, 16>();
  AIE2_LOOP(part, columns / 16, 1, "variance", float_sum) {
    const Factor x = factor_of(aie::add(Sums(aie::load_v<16>(in + part * 16)), minus_mean), one);
    sum = aie::mac(aie::mac(aie::mac(sum, x.high, x.high), x.high, x.low), x.high, x.low);
  }
  return sum_of_lanes(sum);
}

// 1 / sqrt(sum * share + eps), in all lanes.
Factor inverse_deviation(const Sums& sum, const Factor& share, int32_t eps, const Lanes& one) {
  const Factor s = factor_of(sum, one);
  const Sums variance =
      aie::mac(aie::mac(aie::mul(s.high, share.high), s.high, share.low), s.low, share.high);
  const Sums raised = aie::add(variance, Sums(aie::broadcast<int32_t, 16>(eps).cast_to<float>()));
  const float root = aie::invsqrt(raised.to_vector<float>().get(0));
  return factor_of(all_sums(root), one);
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" void layer_norm_bf16(const bfloat16* in, bfloat16* out, int32_t rows, int32_t columns,
                                int32_t share_high, int32_t share_low, int32_t eps) {
  using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)
  set_modes();
  const Lanes one = all_lanes(kOneBits);
  const Factor share = {all_lanes(static_cast<int16_t>(share_high)),
                        all_lanes(static_cast<int16_t>(share_low))};
  for (int row = 0; row < rows; ++row, in += columns, out += columns) {
    const Sums minus_mean = negative(mean_of(in, columns, share));
    const Factor by = inverse_deviation(squares_of(in, columns, minus_mean, one), share, eps, one);
    AIE2_LOOP(part, columns / 16, 1, "normalise", none) {
      const Sums x = aie::add(Sums(aie::load_v<16>(in + part * 16)), minus_mean);
      aie::store_v(out + part * 16, product(x, by.high, by.low, one));
    }
  }
}
