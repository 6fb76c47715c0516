#include "src/compute/cpu/cpu_device.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "src/base/atomic_file.h"
#include "src/base/thread_pool.h"
#include "src/compute/cpu/calibration.h"
#include "src/compute/cpu/decoder.h"
#include "src/compute/cpu/encoder.h"
#include "src/compute/cpu/encoder_ends.h"
#include "src/compute/cpu/model_files.h"
#include "src/compute/cpu/pack_file.h"
#include "src/compute/cpu/plan_text.h"
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

/// The plan, and for people why it is so.
void write_plan(const std::string& path, const CalibratedPlan& found) {
  std::string text =
      "# Precision of each part, as tessera calibrate found it.\n# Error of the encoder: " +
      std::to_string(found.report.error) +
      "; all in int8: " + std::to_string(found.report.int8_error) + "\n";
  for (const CalibrationReport::Part& part : found.report.parts) {
    text += "# " + part.name + " alone: " + std::to_string(part.error) +
            (part.kept ? ", kept in bf16\n" : "\n");
  }
  base::write_file_atomically(path, text + text_of(found.plan));
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

  std::unique_ptr<EncoderEnds> load_encoder_ends(std::shared_ptr<const ModelWeights> weights,
                                                 Precision precision) override {
    return make_encoder_ends(model_of(std::move(weights), precision), kernels_, pool_);
  }

  std::string describe_plan(const ModelWeights& weights, Precision precision) const override {
    return text_of(plan_for(weights, precision));
  }

  std::string store_packed(std::shared_ptr<const ModelWeights> weights,
                           Precision precision) override {
    const PrecisionPlan plan = plan_for(*weights, precision);
    std::string path = pack_path(*weights, precision);
    if (path.empty()) {
      throw Error(ErrorCode::unsupported,
                  "pack: expected a model in files, got one that was made in memory");
    }
    const auto model = packed_model(weights, plan, kernels_, pool_);
    write_pack(path, pack_key(*weights, plan, kernels_), model->store(), pool_);
    return path;
  }

  CalibrationReport calibrate(std::shared_ptr<const ModelWeights> weights,
                              std::span<const TensorView> mels,
                              const CalibrationRequest& request) override {
    const std::string path = plan_path(*weights);
    if (path.empty()) {
      throw Error(ErrorCode::unsupported,
                  "calibrate: expected a model in files, got one that was made in memory");
    }
    CalibratedPlan found = calibrated_plan(weights, mels, request, kernels_, pool_);
    write_plan(path, found);
    found.report.path = path;
    return std::move(found.report);
  }

 private:
  /// Both engines of a model share its packed weights.
  std::shared_ptr<const CpuModel> model_of(std::shared_ptr<const ModelWeights> weights,
                                           Precision precision) {
    std::shared_ptr<const CpuModel> model = last_.lock();
    if (model == nullptr || model->weights() != weights || last_precision_ != precision) {
      const PrecisionPlan plan = plan_for(*weights, precision);
      precision_ = precision_text(plan);
      model = load(std::move(weights), precision, plan);
      last_ = model;
      last_precision_ = precision;
    }
    return model;
  }

  /// From the file beside the model where there is one of these very weights. A file of others was
  /// asked for once, and is made anew; if that cannot be done, all goes on without it.
  std::shared_ptr<const CpuModel> load(std::shared_ptr<const ModelWeights> weights,
                                       Precision precision, const PrecisionPlan& plan) {
    const std::string path = pack_path(*weights, precision);
    const std::string key = pack_key(*weights, plan, kernels_);
    auto model = std::make_shared<CpuModel>(std::move(weights), plan, kernels_);
    std::error_code ignored;
    const bool has_file = !path.empty() && std::filesystem::exists(path, ignored);
    if (has_file && adopt_pack(path, key, model->store(), pool_)) return model;
    model->pack(pool_);
    if (has_file) {
      try {
        write_pack(path, key, model->store(), pool_);
      } catch (const Error&) {
        // The folder may belong to somebody else.
      }
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
