#include "src/compute/cpu/cpu_device.h"

#include <string>
#include <utility>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/decoder.h"
#include "src/compute/cpu/encoder.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

kernels::IsaTier tier_of(const DeviceSpec& spec) {
  for (const auto& [key, value] : spec.options) {
    if (key == "isa") return kernels::IsaTier::parse(value);
    throw Error(ErrorCode::bad_argument, "device cpu: expected the option isa, got '" + key + "'");
  }
  return kernels::IsaTier::from_environment();
}

/// "int8", or "int8, with some parts in bf16".
std::string precision_text(const PrecisionPlan& plan) {
  const Number first = plan.logits;
  bool mixed = false;
  for (const EncoderLayerPlan& layer : plan.encoder) {
    for (const Number number : {layer.qkv, layer.attention, layer.out, layer.up, layer.down}) {
      mixed = mixed || number != first;
    }
  }
  return std::string(number_name(first)) + (mixed ? " with parts in other numbers" : "");
}

class CpuDevice : public Device {
 public:
  explicit CpuDevice(const DeviceSpec& spec)
      : kernels_(KernelSet::fastest(tier_of(spec))),
        pool_(spec.threads > 0 ? spec.threads : base::available_cores()) {}

  std::string describe() const override {
    std::string text = std::string("cpu: ") + kernels::isa_name(kernels_.isa) +
                       ", encoder and decoder on " + std::to_string(pool_.threads()) +
                       (pool_.threads() == 1 ? " thread" : " threads");
    if (!precision_.empty()) text += " in " + precision_;
    return text;
  }

  std::unique_ptr<EncoderEngine> load_encoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    return make_encoder(model_of(std::move(weights), precision), kernels_, pool_);
  }

  std::unique_ptr<DecoderEngine> load_decoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    return make_decoder(model_of(std::move(weights), precision), kernels_, pool_);
  }

 private:
  /// Both engines of a model share its packed weights.
  std::shared_ptr<const CpuModel> model_of(std::shared_ptr<const ModelWeights> weights,
                                           Precision precision) {
    std::shared_ptr<const CpuModel> model = last_.lock();
    if (model == nullptr || model->weights() != weights || last_precision_ != precision) {
      const PrecisionPlan plan = PrecisionPlan::uniform(weights->dims, precision);
      model = packed_model(std::move(weights), plan, kernels_, pool_);
      last_ = model;
      last_precision_ = precision;
      precision_ = precision_text(plan);
    }
    return model;
  }

  KernelSet kernels_;
  base::ThreadPool pool_;
  std::weak_ptr<const CpuModel> last_;
  Precision last_precision_ = Precision::automatic;
  std::string precision_;
};

}  // namespace

std::unique_ptr<Device> open_cpu_device(const DeviceSpec& spec) {
  return std::make_unique<CpuDevice>(spec);
}

}  // namespace tessera::compute::cpu
