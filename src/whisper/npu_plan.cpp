#include "src/compute/devices_npu.h"
#include "src/whisper/model_catalog.h"
#include "src/whisper/model_data.h"
#include "src/whisper/official_models.h"
#include "src/whisper/random_model.h"
#include "tessera/npu.h"

namespace tessera {
namespace {

bool is_here(const std::string& model, const std::string& model_dir) {
  if (whisper::is_random_model(model)) return true;
  try {
    whisper::find_model(model, model_dir);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

NpuPlan plan_npu(const Model& model, const NpuPlanOptions& options) {
  return compute::plan_npu_encoder(model.data().weights->dims, model.name(), options);
}

NpuPlan plan_npu(const std::string& model, const std::string& model_dir,
                 const NpuPlanOptions& options) {
  const whisper::OfficialModel* official = whisper::find_official_model(model);
  if (official != nullptr && !is_here(model, model_dir)) {
    return compute::plan_npu_encoder(official->dims, model, options);
  }
  return plan_npu(Model::load(model, model_dir), options);
}

}  // namespace tessera
