#include "src/compute/npu/engine/npu_encoder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/engine/echo_check.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// The plan's host buffers.
constexpr std::size_t kWork = 0, kWeights = 1;

class NpuEncoder : public EncoderEngine {
 public:
  NpuEncoder(EncoderImage image, std::unique_ptr<EncoderEnds> ends, PlanRunner& runner,
             SelfCheck check)
      : image_(std::move(image)),
        ends_(std::move(ends)),
        loaded_(runner.load(checked_encoder_plan(image_.shape, image_.kernels))) {
    if (check == SelfCheck::echo) check_echo(image_.shape, *loaded_);
    const std::span<std::byte> weights = loaded_->write(kWeights);
    std::copy(image_.weights.begin(), image_.weights.end(), weights.begin());
    image_.weights = {};  // they lie where the runner has them
  }

  std::vector<std::shared_ptr<const EncodedWindow>> encode(std::span<const TensorView> mels,
                                                           const std::stop_token& stop) override {
    std::vector<std::shared_ptr<const EncodedWindow>> windows;
    for (const TensorView& mel : mels) windows.push_back(encode(mel, stop));
    return windows;
  }

 private:
  std::shared_ptr<const EncodedWindow> encode(const TensorView& mel, const std::stop_token& stop) {
    const std::span<std::byte> work = loaded_->write(kWork);
    std::fill(work.begin(), work.end(), std::byte{0});
    image_.enter(ends_->enter(mel).view(), work);
    loaded_->run(stop);
    return ends_->leave(image_.leave(loaded_->read(kWork)).view());
  }

  EncoderImage image_;
  std::unique_ptr<EncoderEnds> ends_;
  std::unique_ptr<LoadedPlan> loaded_;
};

}  // namespace

ArrayPlan checked_encoder_plan(const EncoderShape& shape, const EncoderKernels& kernels) {
  ArrayPlan plan = encoder_plan(shape, kernels);
  const auto breaches = check_plan(plan);
  if (breaches.empty()) return plan;
  throw Error(ErrorCode::unsupported,
              "npu: the array does not hold this encoder: " + breaches[0].message);
}

std::unique_ptr<EncoderEngine> make_npu_encoder(EncoderImage image,
                                                std::unique_ptr<EncoderEnds> ends,
                                                PlanRunner& runner, SelfCheck check) {
  return std::make_unique<NpuEncoder>(std::move(image), std::move(ends), runner, check);
}

}  // namespace tessera::compute::npu
