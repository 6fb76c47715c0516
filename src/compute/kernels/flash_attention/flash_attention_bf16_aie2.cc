// Attention of 64 queries over 32 keys at a time, in bfloat16 with float32 sums, for an AIE2 core.
#include "src/compute/kernels/flash_attention/flash_attention_bf16_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

// Keys and values twice: their fifos are two deep.
constexpr int kStackBytes = 2048;
static_assert(kFlashQueryBytes + 4 * kFlashKeyBytes + kFlashScoresBytes + kFlashSumsBytes +
                  kFlashMaximaBytes + kFlashTotalsBytes + kFlashQueryBytes + kStackBytes <=
              kMemoryBytes);

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;         // NOLINT(google-build-using-namespace)
using namespace tessera::compute::kernels::aie2::flash;  // NOLINT(google-build-using-namespace)

void attention_bf16_begin(float* sums, bfloat16* maxima, float* totals) {
  set_modes();
  clear(state_of(maxima, totals), sums);
}

void attention_bf16_pair(const bfloat16* q, const bfloat16* k, const bfloat16* v, float* scores,
                         float* sums, bfloat16* maxima, float* totals, int32_t keys) {
  constexpr int kSteps = kWidth / kStep;
  set_modes();
  const State state = state_of(maxima, totals);
  compute_scores(
      [q](int row, int step) {  // q (16, 8, 4, 8)
        return aie::load_v<kOperand>(q + (row * kSteps + step) * kOperand);
      },
      [k](int key, int step, aie::vector<bfloat16, kOperand>* operands) {  // k (8, 8, 4, 8)
        AIE2_UNROLL
        for (int j = 0; j < 2; ++j) {
          const bfloat16* const keys_of = k + ((key + j) * kSteps + step) * kOperand;
          operands[j] = aie::transpose(aie::load_v<kOperand>(keys_of), 4, 8);
        }
      },
      scores);
  if (keys < kKeys) mask_scores(scores, keys);
  const uint32_t changed = find_maxima(scores, state);
  for (int row = 0; changed >> row != 0; ++row) {
    if ((changed >> row & 1) != 0) rescale(row, raise_maxima(row, state), sums);
  }
  compute_weights(scores, state);
  add_values(weights_in(scores), v, sums);
}

void attention_bf16_end(const float* sums, bfloat16* maxima, float* totals, bfloat16* out) {
  set_modes();
  finish(state_of(maxima, totals), sums, 0, kWidthBlocks, out);
}
}
