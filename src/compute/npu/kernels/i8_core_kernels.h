// The kernels of an int8 encoder that an array plan can give a core.
#pragma once

#include <vector>

#include "src/compute/npu/plan/builders/encoder_plan.h"
#include "src/compute/npu/plan/core_kernel.h"

namespace tessera::compute::npu {

/// A part of core_kernels().
std::vector<CoreKernel> i8_encoder_core_kernels();

/// Those of an encoder layer, see encoder_i8_aie2.h.
EncoderKernels encoder_i8_kernels();

}  // namespace tessera::compute::npu
