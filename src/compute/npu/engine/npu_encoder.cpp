#include "src/compute/npu/engine/npu_encoder.h"

#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/engine/emulated_array.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/simulator.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

class NpuEncoder : public NpuEncoderEngine {
 public:
  NpuEncoder(EncoderImage image, std::unique_ptr<EncoderEnds> ends, const ArrayPace& pace,
             int threads)
      : image_(std::move(image)),
        ends_(std::move(ends)),
        plan_(checked_encoder_plan(image_.shape, image_.kernels)),
        time_(npu::modelled_time(image_.shape, image_.kernels, plan_, pace)),
        threads_(threads) {}

  std::vector<std::shared_ptr<const EncodedWindow>> encode(std::span<const TensorView> mels,
                                                           const std::stop_token& stop) override {
    std::vector<std::shared_ptr<const EncodedWindow>> windows;
    for (const TensorView& mel : mels) windows.push_back(encode(mel, stop));
    return windows;
  }

  ModelledTime modelled_time() const override { return time_; }

 private:
  std::shared_ptr<const EncodedWindow> encode(const TensorView& mel, const std::stop_token& stop) {
    std::vector<std::byte> work(static_cast<std::size_t>(plan_.host_buffers[0].bytes));
    image_.enter(ends_->enter(mel).view(), work);
    const std::span<std::byte> buffers[] = {work, image_.weights};
    EmulatedArray array(plan_, threads_ - 1);
    // The bytes do not depend on the cycles: any will do.
    simulate(plan_, buffers,
             {.cycles = [](const CoreKernel&, std::span<std::byte* const>,
                           std::span<const std::int32_t>) { return std::int64_t{10000}; },
              .runner = &array,
              .stop = stop});
    return ends_->leave(image_.leave(work).view());
  }

  EncoderImage image_;
  std::unique_ptr<EncoderEnds> ends_;
  ArrayPlan plan_;
  ModelledTime time_;
  int threads_;
};

}  // namespace

ArrayPlan checked_encoder_plan(const EncoderShape& shape, const EncoderKernels& kernels) {
  ArrayPlan plan = encoder_plan(shape, kernels);
  const auto breaches = check_plan(plan);
  if (breaches.empty()) return plan;
  throw Error(ErrorCode::unsupported,
              "npu: the array does not hold this encoder: " + breaches[0].message);
}

std::unique_ptr<NpuEncoderEngine> make_npu_encoder(EncoderImage image,
                                                   std::unique_ptr<EncoderEnds> ends,
                                                   const ArrayPace& pace, int threads) {
  return std::make_unique<NpuEncoder>(std::move(image), std::move(ends), pace, threads);
}

}  // namespace tessera::compute::npu
