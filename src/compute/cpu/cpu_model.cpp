#include "src/compute/cpu/cpu_model.h"

#include <string>
#include <utility>

#include "src/compute/cpu/finite_weights.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kHeadWidth;

void check(const ModelDims& dims) {
  const auto require = [](bool holds, const char* wanted, int got) {
    if (holds) return;
    throw Error(ErrorCode::unsupported,
                std::string("device cpu: expected ") + wanted + ", got " + std::to_string(got));
  };
  require(dims.n_audio_state == dims.n_audio_heads * kHeadWidth, "encoder heads of 64 channels",
          dims.n_audio_state / dims.n_audio_heads);
  require(dims.n_text_state == dims.n_text_heads * kHeadWidth, "decoder heads of 64 channels",
          dims.n_text_state / dims.n_text_heads);
  require(dims.n_audio_ffn % kHeadWidth == 0, "a multiple of 64 hidden channels", dims.n_audio_ffn);
  require(dims.n_text_ffn % kHeadWidth == 0, "a multiple of 64 hidden channels", dims.n_text_ffn);
  require(dims.n_mels % 4 == 0, "a multiple of 4 mel bands", dims.n_mels);
}

}  // namespace

CpuModel::CpuModel(std::shared_ptr<const ModelWeights> weights, const PrecisionPlan& plan,
                   const KernelSet& kernels, const ModelParts& parts)
    : weights_(std::move(weights)), plan_(plan) {
  check(weights_->dims);
  if (parts.encoder) encoder_.emplace(weights_, plan_, kernels, store_);
  if (parts.decoder) decoder_.emplace(DecoderNet::from(weights_, plan_, store_));
}

void CpuModel::pack(base::ThreadPool& pool) {
  check_finite(*weights_, pool);
  store_.fill(pool);
}

std::shared_ptr<const CpuModel> packed_model(std::shared_ptr<const ModelWeights> weights,
                                             const PrecisionPlan& plan, const KernelSet& kernels,
                                             base::ThreadPool& pool, const ModelParts& parts) {
  auto model = std::make_shared<CpuModel>(std::move(weights), plan, kernels, parts);
  model->pack(pool);
  return model;
}

}  // namespace tessera::compute::cpu
