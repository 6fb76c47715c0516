// The attention of an encoder layer in bfloat16 for an AIE2 core: keys and their values come one
// after the other, so that what the keys ask of the sums waits for the values.
#include "src/compute/kernels/aie2_bf16_inl.h"
#include "src/compute/kernels/encoder/encoder_bf16_aie2.h"
#include "src/compute/kernels/flash_attention/flash_attention_bf16_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

using namespace flash;  // NOLINT(google-build-using-namespace)

// The parts of the state, by the places in encoder_bf16_aie2.h.
struct Parts {
  explicit Parts(bfloat16* state)
      : scores(reinterpret_cast<float*>(state)),
        flash(state_of(state + kAttendMaxima / 2,
                       reinterpret_cast<float*>(state + kAttendTotals / 2))),
        factors(state + kAttendFactors / 2),
        changed(reinterpret_cast<uint32_t*>(state + kAttendChanged / 2)) {}

  float* scores;
  State flash;
  bfloat16* factors;
  uint32_t* changed;  // a bit for each block of rows
};

constexpr int kPanelSteps = 4;  // of 8 columns in a panel of q
constexpr int kPanelElements = kRowBlocks * kPanelSteps * kOperand;

// Of 8 keys, in two blocks of 8 keys x 4 columns: 4 keys x 8 columns twice, transposed.
void load_keys(const bfloat16* keys, int key, int step, aie::vector<bfloat16, kOperand>* operands) {
  const bfloat16* const block = keys + (key / 2 * kWidthBlocks + 2 * step) * kOperand;
  const auto [first, second] =
      aie::interleave_zip(aie::load_v<kOperand>(block), aie::load_v<kOperand>(block + kOperand), 4);
  operands[0] = aie::transpose(first, 4, 8);
  operands[1] = aie::transpose(second, 4, 8);
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void encoder_bf16_attend_begin(float* sums, bfloat16* state) {
  set_modes();
  const Parts parts(state);
  flash::clear(parts.flash, sums);
  *parts.changed = 0;
  scalar_work(0, 1);
}

void encoder_bf16_attend_keys(const bfloat16* q, const bfloat16* keys, bfloat16* state,
                              int32_t valid) {
  set_modes();
  const Parts parts(state);
  flash::compute_scores(
      [q](int row, int step) {
        const bfloat16* const panel = q + step / kPanelSteps * kPanelElements;
        return aie::load_v<flash::kOperand>(panel + (row * kPanelSteps + step % kPanelSteps) *
                                                        flash::kOperand);
      },
      [keys](int key, int step, aie::vector<bfloat16, flash::kOperand>* operands) {
        load_keys(keys, key, step, operands);
      },
      parts.scores);
  if (valid < flash::kKeys) flash::mask_scores(parts.scores, valid);
  const uint32_t changed = flash::find_maxima(parts.scores, parts.flash);
  for (int row = 0; changed >> row != 0; ++row) {
    if ((changed >> row & 1) == 0) continue;
    aie::store_v(parts.factors + row * flash::kBlock, flash::raise_maxima(row, parts.flash));
  }
  *parts.changed = changed;
  flash::compute_weights(parts.scores, parts.flash);
}

void encoder_bf16_attend_values(const bfloat16* values, float* sums, bfloat16* state) {
  set_modes();
  const Parts parts(state);
  const uint32_t changed = *parts.changed;
  for (int row = 0; changed >> row != 0; ++row) {
    if ((changed >> row & 1) == 0) continue;
    flash::rescale(row, aie::load_v<flash::kBlock>(parts.factors + row * flash::kBlock), sums);
  }
  flash::add_values(flash::weights_in(parts.scores), values, sums);
}

void encoder_bf16_attend_finish(const float* sums, bfloat16* state, bfloat16* out, int32_t part) {
  constexpr int kColumns = flash::kWidthBlocks / 2;
  set_modes();
  flash::finish(Parts(state).flash, sums, part * kColumns, kColumns, out);
}
}
