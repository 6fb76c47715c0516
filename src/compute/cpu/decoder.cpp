#include "src/compute/cpu/decoder.h"

#include <utility>

#include "src/compute/cpu/decoder_net.h"
#include "src/compute/cpu/decoder_session.h"

namespace tessera::compute::cpu {
namespace {

class CpuDecoder : public DecoderEngine {
 public:
  CpuDecoder(std::shared_ptr<const ModelWeights> weights, const PrecisionPlan& plan,
             const KernelSet& kernels, base::ThreadPool& pool)
      : net_(DecoderNet::from(std::move(weights), plan, pool)), kernels_(kernels), pool_(pool) {}

  std::unique_ptr<DecoderSession> open_session() override {
    return std::make_unique<CpuSession>(net_, kernels_, pool_);
  }

 private:
  DecoderNet net_;
  const KernelSet& kernels_;
  base::ThreadPool& pool_;
};

}  // namespace

std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const ModelWeights> weights,
                                            const PrecisionPlan& plan, const KernelSet& kernels,
                                            base::ThreadPool& pool) {
  return std::make_unique<CpuDecoder>(std::move(weights), plan, kernels, pool);
}

}  // namespace tessera::compute::cpu
