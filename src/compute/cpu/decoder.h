// The decoder of the cpu device: tokens and cached keys to logits, the rows of all streams at once.
#pragma once

#include <memory>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/cpu_model.h"
#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/precision_plan.h"
#include "src/compute/device.h"

namespace tessera::compute::cpu {

/// Kernels and pool must outlive the engine, which must outlive its sessions;
/// these may be several, but only one of them is used at a time. Takes windows of this device whose
/// cross-attention is in the plan's numbers.
std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const CpuModel> model,
                                            const KernelSet& kernels, base::ThreadPool& pool);

/// Packs the weights first, see packed_model.
std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const ModelWeights> weights,
                                            const PrecisionPlan& plan, const KernelSet& kernels,
                                            base::ThreadPool& pool);

}  // namespace tessera::compute::cpu
