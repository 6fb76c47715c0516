// GELU of bfloat16 numbers in the memory of an AIE2 core.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/bf16_kernels_aie2.h"
#include "src/compute/kernels/gelu/gelu_bf16_inl.h"

extern "C" void gelu_bf16(const bfloat16* in, bfloat16* out, int32_t count) {
  using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)
  set_modes();
  const Gelu gelu;
  AIE2_LOOP(part, count / 16, 2, "gelu", none) {
    const Sums y = gelu(aie::load_v<16>(in + part * 16));
    aie::store_v(out + part * 16, y.to_vector<bfloat16>());
  }
}
