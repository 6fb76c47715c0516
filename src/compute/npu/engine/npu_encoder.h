// An encoder engine whose layers run on the simulated array.
#pragma once

#include <memory>

#include "src/compute/device.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/engine/modelled_time.h"

namespace tessera::compute::npu {

class NpuEncoderEngine : public EncoderEngine {
 public:
  /// Of a window.
  virtual ModelledTime modelled_time() const = 0;
};

/// A plan that the array holds. Throws Error{unsupported} for others.
ArrayPlan checked_encoder_plan(const EncoderShape& shape, const EncoderKernels& kernels);

/// `ends` computes what the layers do not; `threads` run the kernels. Throws Error{unsupported} for
/// a model whose plan the array does not hold.
std::unique_ptr<NpuEncoderEngine> make_npu_encoder(EncoderImage image,
                                                   std::unique_ptr<EncoderEnds> ends,
                                                   const ArrayPace& pace, int threads);

}  // namespace tessera::compute::npu
