// An encoder engine whose layers run on the simulated array.
#pragma once

#include <memory>

#include "src/compute/device.h"
#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/engine/encoder_image.h"

namespace tessera::compute::npu {

/// A window's time on the array, modelled and not measured.
struct ModelledTime {
  double array_ms = 0;   ///< at the clock
  double launch_ms = 0;  ///< what starting the layers costs the host

  double total_ms() const { return array_ms + launch_ms; }
};

class NpuEncoderEngine : public EncoderEngine {
 public:
  /// Of what the kernels issue without data. Keys that raise a maximum cost more: on the shipped
  /// sample counts of the window itself make it 2 to 3 % longer.
  virtual ModelledTime modelled_time() const = 0;
};

/// How the array is taken to run.
struct ArrayPace {
  double clock_ghz = 1.0;
  Grade grade = Grade::peano;
};

/// `ends` computes what the layers do not; `threads` run the kernels. Throws Error{unsupported} for
/// a model whose plan the array does not hold.
std::unique_ptr<NpuEncoderEngine> make_npu_encoder(EncoderImage image,
                                                   std::unique_ptr<EncoderEnds> ends,
                                                   const ArrayPace& pace, int threads);

}  // namespace tessera::compute::npu
