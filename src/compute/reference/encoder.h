// The encoder of the reference device: log-mel windows to states and cross-attention keys and
// values.
#pragma once

#include <memory>
#include <vector>

#include "src/compute/device.h"
#include "src/compute/reference/layers.h"

namespace tessera::compute::reference {

/// A window as the reference decoder reads it.
class ReferenceWindow : public EncodedWindow {
 public:
  ReferenceWindow(Tensor states, std::vector<PackedHeads> cross)
      : states_(std::move(states)), cross_(std::move(cross)) {}

  TensorView states() const override { return states_.view(); }
  const std::vector<PackedHeads>& cross() const { return cross_; }

 private:
  Tensor states_;                   // (n_audio_ctx, n_audio_state)
  std::vector<PackedHeads> cross_;  // per decoder layer
};

/// Unpacks the weights to float32. The pool must outlive the engine.
std::unique_ptr<EncoderEngine> make_encoder(std::shared_ptr<const ModelWeights> weights,
                                            base::ThreadPool& pool);

}  // namespace tessera::compute::reference
