// The encoder of the cpu device without its layers.
#pragma once

#include <memory>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/cpu_model.h"
#include "src/compute/cpu/kernel_set.h"
#include "src/compute/device.h"

namespace tessera::compute::cpu {

/// Kernels and pool outlive it. Its windows are those of an encoder of this device with that plan.
std::unique_ptr<EncoderEnds> make_encoder_ends(std::shared_ptr<const CpuModel> model,
                                               const KernelSet& kernels, base::ThreadPool& pool);

}  // namespace tessera::compute::cpu
