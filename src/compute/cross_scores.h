// What the heads of the cross-attention listened to in one step, for callers that asked.
#pragma once

#include <span>
#include <vector>

#include "src/compute/device.h"
#include "src/compute/tensor.h"

namespace tessera::compute {

class CrossScores {
 public:
  /// Forgets the last step and takes the wishes of the next. Throws Error{bad_argument} for a head
  /// that the model does not have.
  void begin(std::span<const StreamInput> inputs, const ModelDims& dims);

  /// Whether any head of the layer is wanted.
  bool wants(int layer) const;
  /// Where the scores of a token of input `index` go, (n_audio_ctx), before those of its next one;
  /// null: not wanted. A head that was asked for more than once is stored in the first place, see
  /// finish.
  float* row(std::size_t index, int layer, int head, int token);
  /// Copies what was asked for more than once.
  void finish();

  /// (heads x tokens, n_audio_ctx) f32, see DecoderSession::attention. Throws Error{internal} for
  /// an input that asked for none.
  TensorView view(std::size_t index) const;

 private:
  struct Wish {
    std::vector<CrossHead> heads;
    int tokens;
    Tensor scores;  // (heads x tokens, n_audio_ctx)
  };
  std::vector<Wish> wishes_;  // per input
};

}  // namespace tessera::compute
