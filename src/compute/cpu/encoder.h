// The encoder of the cpu device: log-mel windows to keys and values of the cross-attention.
//
// A layer is one pass over blocks of 48 positions: attention over the keys and values that the pass
// before left, output projection, feed-forward, and at once the queries, keys and values of the
// next layer, while the block is in the cache. Passes meet at one barrier each.
#pragma once

#include <memory>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/cpu_model.h"
#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/precision_plan.h"
#include "src/compute/cpu/stage_times.h"
#include "src/compute/device.h"

namespace tessera::compute::cpu {

class CpuEncoderEngine : public EncoderEngine {
 public:
  /// From now on the parts of every window are timed.
  virtual void time_stages() = 0;
  /// Seconds per part since the last call, all threads together.
  virtual StageTimes::Seconds take_stage_times() = 0;
  /// Bytes of packed weights.
  virtual std::size_t weight_bytes() const = 0;
};

/// `kernels` and `pool` outlive the engine.
std::unique_ptr<CpuEncoderEngine> make_encoder(std::shared_ptr<const CpuModel> model,
                                               const KernelSet& kernels, base::ThreadPool& pool);

/// Packs the weights first, see packed_model.
std::unique_ptr<CpuEncoderEngine> make_encoder(std::shared_ptr<const ModelWeights> weights,
                                               const PrecisionPlan& plan, const KernelSet& kernels,
                                               base::ThreadPool& pool);

}  // namespace tessera::compute::cpu
