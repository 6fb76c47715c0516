// What is known of the NPU's plans without a device: composed here, like the devices themselves.
#pragma once

#include <string>

#include "src/compute/weights.h"
#include "tessera/npu.h"

namespace tessera::compute {

/// See tessera::plan_npu; `name` is the model's.
NpuPlan plan_npu_encoder(const ModelDims& dims, const std::string& name,
                         const NpuPlanOptions& options);

}  // namespace tessera::compute
