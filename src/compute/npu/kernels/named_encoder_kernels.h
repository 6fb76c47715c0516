// The kernels of an encoder layer by their names.
#pragma once

#include <string>

#include "src/compute/npu/kernels/core_kernels.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"

namespace tessera::compute::npu {

/// Those of core_kernels() that are called `prefix` and what they are for: "encoder_i8_begin" ...
/// `store_wide` is the last part of the name of the one that stores elements of 2 bytes.
inline EncoderKernels named_encoder_kernels(const std::string& prefix,
                                            const std::string& store_wide = "store_wide") {
  const auto kernel = [&](const std::string& name) { return core_kernel(prefix + name); };
  return {.begin = kernel("begin"),
          .multiply = kernel("multiply"),
          .store = kernel("store"),
          .store_gelu = kernel("store_gelu"),
          .store_wide = kernel(store_wide),
          .take = kernel("take"),
          .attend_begin = kernel("attend_begin"),
          .attend_keys = kernel("attend_keys"),
          .attend_values = kernel("attend_values"),
          .attend_finish = kernel("attend_finish"),
          .norm_begin = kernel("norm_begin"),
          .norm_add = kernel("norm_add"),
          .norm_write = kernel("norm_write")};
}

}  // namespace tessera::compute::npu
