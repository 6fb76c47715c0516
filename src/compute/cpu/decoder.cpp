#include "src/compute/cpu/decoder.h"

#include <utility>

#include "src/compute/cpu/decoder_session.h"

namespace tessera::compute::cpu {
namespace {

class CpuDecoder : public DecoderEngine {
 public:
  CpuDecoder(std::shared_ptr<const CpuModel> model, const KernelSet& kernels,
             base::ThreadPool& pool)
      : model_(std::move(model)), kernels_(kernels), pool_(pool) {}

  std::unique_ptr<DecoderSession> open_session() override {
    return std::make_unique<CpuSession>(model_->decoder(), kernels_, pool_);
  }

 private:
  std::shared_ptr<const CpuModel> model_;
  const KernelSet& kernels_;
  base::ThreadPool& pool_;
};

}  // namespace

std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const CpuModel> model,
                                            const KernelSet& kernels, base::ThreadPool& pool) {
  return std::make_unique<CpuDecoder>(std::move(model), kernels, pool);
}

std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const ModelWeights> weights,
                                            const PrecisionPlan& plan, const KernelSet& kernels,
                                            base::ThreadPool& pool) {
  return make_decoder(packed_model(std::move(weights), plan, kernels, pool, {false, true}), kernels,
                      pool);
}

}  // namespace tessera::compute::cpu
