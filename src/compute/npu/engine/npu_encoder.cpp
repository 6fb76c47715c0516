#include "src/compute/npu/engine/npu_encoder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/engine/echo_check.h"
#include "src/compute/npu/engine/encoder_cycles.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/simulator.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// The plan's host buffers.
constexpr std::size_t kWork = 0, kWeights = 1;

ArrayPlan checked_plan(const EncoderImage& image) {
  ArrayPlan plan = encoder_plan(image.shape, image.kernels);
  const auto breaches = check_plan(plan);
  if (!breaches.empty()) {
    throw Error(ErrorCode::unsupported,
                "npu: the array does not hold this encoder: " + breaches[0].message);
  }
  return plan;
}

class NpuEncoder : public EncoderEngine {
 public:
  NpuEncoder(EncoderImage image, std::unique_ptr<EncoderEnds> ends, PlanRunner& runner,
             SelfCheck check)
      : image_(std::move(image)),
        ends_(std::move(ends)),
        loaded_(runner.load(checked_plan(image_))) {
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

ModelledTime modelled_time(const EncoderImage& image, const ArrayPace& pace) {
  const ArrayPlan plan = checked_plan(image);
  const auto cycles = encoder_call_cycles(image.shape, image.kernels, plan, pace.grade);
  const SimResult result =
      simulate(plan, {},
               {.cycles = [&](const CoreKernel& kernel, std::span<std::byte* const>,
                              std::span<const std::int32_t>) { return cycles.at(kernel.name); },
                .timing_only = true});
  return {result.array_microseconds(pace.clock_ghz) / 1000, result.launch_microseconds() / 1000};
}

std::unique_ptr<EncoderEngine> make_npu_encoder(EncoderImage image,
                                                std::unique_ptr<EncoderEnds> ends,
                                                PlanRunner& runner, SelfCheck check) {
  return std::make_unique<NpuEncoder>(std::move(image), std::move(ends), runner, check);
}

}  // namespace tessera::compute::npu
