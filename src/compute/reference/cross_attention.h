// What the heads of the cross-attention listened to in one step, for callers that asked.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "src/base/thread_pool.h"
#include "src/compute/device.h"
#include "src/compute/reference/layers.h"
#include "src/compute/tensor.h"
#include "src/compute/weights.h"

namespace tessera::compute::reference {

/// Collects the scores of StreamInput::attention_heads, layer by layer.
class AttentionScores {
 public:
  /// Forgets the last step and takes the wishes of the next. Throws Error{bad_argument} for a head
  /// that the model does not have.
  void begin(std::span<const StreamInput> inputs, const ModelDims& dims);

  /// Computes the wanted heads of one layer for input `index`. `queries`: (tokens, width) of that
  /// input; `window`: the layer's keys.
  void collect(std::size_t index, int layer, const PackedHeads& window, const Tensor& queries,
               base::ThreadPool& pool);

  /// (heads x tokens, n_audio_ctx) f32, see DecoderSession::attention. Throws Error{internal} for
  /// an input that asked for none.
  TensorView view(std::size_t index) const;

 private:
  struct Wish {
    std::vector<CrossHead> heads;
    Tensor scores;  // (heads x tokens, n_audio_ctx)
  };
  std::vector<Wish> wishes_;  // per input
};

}  // namespace tessera::compute::reference
