#include "src/compute/npu/engine/npu_sim_device.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "src/base/thread_pool.h"
#include "src/compute/npu/cost/clock.h"
#include "src/compute/npu/engine/modelled_time.h"
#include "src/compute/npu/engine/npu_encoder.h"
#include "src/compute/npu/engine/simulator_runner.h"
#include "src/compute/npu/kernels/bf16_core_kernels.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

[[noreturn]] void refuse(const std::string& wanted, const std::string& got) {
  throw Error(ErrorCode::bad_argument,
              "device npu-sim: expected " + wanted + ", got '" + got + "'");
}

double parse_clock(const std::string& text) {
  double ghz = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, ghz);
  if (error != std::errc() || stop != end || !(ghz >= 0.1 && ghz <= 5)) {
    refuse("a clock of 0.1 to 5 GHz", text);
  }
  return ghz;
}

Grade parse_compiler(const std::string& text) {
  for (const Grade grade : {Grade::hand, Grade::chess, Grade::peano}) {
    if (text == grade_name(grade)) return grade;
  }
  refuse("a grade of hand, chess or peano", text);
}

ArrayPace pace_of(const DeviceSpec& spec) {
  ArrayPace pace{kPaperClockGhz, Grade::peano};
  for (const auto& [key, value] : spec.options) {
    if (key == "clock") {
      pace.clock_ghz = parse_clock(value);
    } else if (key == "grade") {
      pace.grade = parse_compiler(value);
    } else if (key == "cores") {
      if (value != "16") refuse("16 cores, the whole array", value);
    } else {
      refuse("the options clock, grade and cores", key);
    }
  }
  return pace;
}

/// The encoder's numbers: bfloat16 unless int8 is asked for.
Precision number_of(Precision precision) {
  if (precision == Precision::automatic) return Precision::bf16;
  if (precision == Precision::bf16 || precision == Precision::int8) return precision;
  throw Error(ErrorCode::unsupported,
              std::string("device npu-sim: expected precision bf16, int8 or auto, got ") +
                  precision_name(precision));
}

EncoderImage pack(const ModelWeights& weights, Precision number) {
  return number == Precision::bf16 ? pack_encoder_bf16(weights) : pack_encoder_i8(weights);
}

std::string text_of(double number, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

class NpuSimDevice : public Device {
 public:
  NpuSimDevice(const DeviceSpec& spec, std::unique_ptr<Device> host)
      : pace_(pace_of(spec)),
        runner_(spec.threads > 0 ? spec.threads : base::available_cores()),
        host_(std::move(host)) {}

  std::string describe() const override {
    std::string text = "npu-sim: simulated Phoenix array, the encoder's layers in " +
                       std::string(precision_name(number_)) + " on 16 cores";
    if (time_) {
      text += ", modelled " + text_of(time_->total_ms(), "%.1f") + " ms per window (" +
              text_of(time_->launch_ms, "%.1f") + " of it launches) at " + pace_text();
    }
    return text + "; convolutions, last norm and decoder in f32 by " + host_->describe();
  }

  std::unique_ptr<EncoderEngine> load_encoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    const Precision number = number_of(precision);
    EncoderImage image = pack(*weights, number);
    const ModelledTime time = modelled_time(
        image.shape, image.kernels, checked_encoder_plan(image.shape, image.kernels), pace_);
    auto engine = make_npu_encoder(std::move(image),
                                   host_->load_encoder_ends(std::move(weights), Precision::f32),
                                   runner_, SelfCheck::none);
    number_ = number;
    time_ = time;
    return engine;
  }

  std::unique_ptr<DecoderEngine> load_decoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    number_of(precision);
    return host_->load_decoder(std::move(weights), Precision::f32);
  }

  std::string describe_plan(const ModelWeights& weights, Precision precision) const override {
    const Precision number = number_of(precision);
    std::string text = std::string("encoder layers: ") + precision_name(number) + "\n";
    if (number == Precision::bf16) {
      text += stages_text(encoder_shape(weights.dims, 2), encoder_bf16_kernels());
    }
    return text + "everything else: f32\n";
  }

 private:
  /// A line for each stage of the layers.
  std::string stages_text(const EncoderShape& shape, const EncoderKernels& kernels) const {
    const ModelledTime time =
        modelled_time(shape, kernels, checked_encoder_plan(shape, kernels), pace_);
    std::string text =
        "modelled at " + pace_text() + ": " + text_of(time.total_ms(), "%.2f") + " ms per window\n";
    for (const ModelledTime::Stage& stage : time.stages) {
      text += "  " + stage.name + ": " + text_of(stage.ms, "%.2f") + " ms\n";
    }
    return text + "  launches: " + text_of(time.launch_ms, "%.2f") + " ms\n";
  }
  std::string pace_text() const {
    return text_of(pace_.clock_ghz, "%.3g") + " GHz and grade " + grade_name(pace_.grade);
  }

  ArrayPace pace_;
  SimulatorRunner runner_;
  std::unique_ptr<Device> host_;
  Precision number_ = Precision::bf16;
  std::optional<ModelledTime> time_;
};

}  // namespace

EncoderImage pack_encoder(const ModelWeights& weights, Precision number) {
  return pack(weights, number);
}

std::unique_ptr<Device> open_npu_sim_device(const DeviceSpec& spec, std::unique_ptr<Device> host) {
  return std::make_unique<NpuSimDevice>(spec, std::move(host));
}

}  // namespace tessera::compute::npu
