#include "src/compute/devices_npu.h"
#include "src/whisper/model_data.h"
#include "tessera/npu.h"

namespace tessera {

NpuPlan plan_npu(const Model& model, const NpuPlanOptions& options) {
  return compute::plan_npu_encoder(model.data().weights->dims, model.name(), options);
}

}  // namespace tessera
