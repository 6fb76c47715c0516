#include "src/compute/npu/runtime/npu_device.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "src/compute/npu/engine/npu_encoder.h"
#include "src/compute/npu/engine/npu_sim_device.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t kMostMilliseconds = 3'600'000;

[[noreturn]] void refuse(const std::string& wanted, const std::string& got) {
  throw Error(ErrorCode::bad_argument, "device npu: expected " + wanted + ", got '" + got + "'");
}

std::chrono::milliseconds parse_timeout(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 ||
      value > kMostMilliseconds) {
    refuse("timeout=MS of 1 to 3600000", text);
  }
  return std::chrono::milliseconds(value);
}

DesignFiles design_of(const NpuDeviceOptions& options) {
  return options.design.empty() ? read_design(options.xclbin, options.instructions)
                                : read_design(options.design);
}

/// The encoder's numbers: bfloat16 unless int8 is asked for.
Precision number_of(Precision precision) {
  if (precision == Precision::automatic) return Precision::bf16;
  if (precision == Precision::bf16 || precision == Precision::int8) return precision;
  throw Error(ErrorCode::unsupported,
              std::string("device npu: expected precision bf16, int8 or auto, got ") +
                  precision_name(precision));
}

class NpuDevice : public Device {
 public:
  NpuDevice(std::unique_ptr<PlanRunner> runner, std::unique_ptr<Device> host)
      : runner_(std::move(runner)), host_(std::move(host)) {}

  std::string describe() const override {
    return "npu: the encoder's layers on " + runner_->describe() +
           "; convolutions, last norm and decoder in f32 by " + host_->describe();
  }

  std::unique_ptr<EncoderEngine> load_encoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    EncoderImage image = pack_encoder(*weights, number_of(precision));
    return make_npu_encoder(std::move(image),
                            host_->load_encoder_ends(std::move(weights), Precision::f32), *runner_,
                            SelfCheck::echo);
  }

  std::unique_ptr<DecoderEngine> load_decoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    number_of(precision);
    return host_->load_decoder(std::move(weights), Precision::f32);
  }

  std::string describe_plan(const ModelWeights&, Precision precision) const override {
    return std::string("encoder layers: ") + precision_name(number_of(precision)) +
           "\neverything else: f32\n";
  }

 private:
  std::unique_ptr<PlanRunner> runner_;
  std::unique_ptr<Device> host_;
};

}  // namespace

NpuDeviceOptions parse_npu_options(const DeviceSpec& spec) {
  NpuDeviceOptions options;
  for (const auto& [key, value] : spec.options) {
    if (key == "design") {
      options.design = value;
    } else if (key == "xclbin") {
      options.xclbin = value;
    } else if (key == "instructions") {
      options.instructions = value;
    } else if (key == "timeout") {
      options.xrt.timeout = parse_timeout(value);
    } else if (key == "launches") {
      if (value != "list" && value != "single") refuse("launches=list or launches=single", value);
      options.xrt.as_list = value == "list";
    } else {
      refuse("the options design, xclbin, instructions, timeout and launches", key);
    }
  }
  const bool folder = !options.design.empty();
  const bool both = !options.xclbin.empty() && !options.instructions.empty();
  const bool either = !options.xclbin.empty() || !options.instructions.empty();
  if (folder ? either : !both && either) {
    refuse("design=FOLDER, or both xclbin=FILE and instructions=FILE", spec.name);
  }
  return options;
}

std::unique_ptr<PlanRunner> open_xrt_runner(const NpuDeviceOptions& options,
                                            const PluginPlaces& places, const HostNpu& host) {
  NpuPlugin plugin = load_npu_plugin(places, host);
  std::string device = probe_npu(plugin, host);
  if (options.design.empty() && options.xclbin.empty()) {
    throw Error(ErrorCode::bad_argument,
                "device npu: expected npu:design=FOLDER, a folder that tools/npu_build made for "
                "the model and the precision");
  }
  return std::make_unique<XrtRunner>(std::move(plugin), std::move(device), design_of(options),
                                     options.xrt);
}

std::unique_ptr<Device> make_npu_device(std::unique_ptr<PlanRunner> runner,
                                        std::unique_ptr<Device> host) {
  return std::make_unique<NpuDevice>(std::move(runner), std::move(host));
}

std::unique_ptr<Device> open_npu_device(const DeviceSpec& spec, std::unique_ptr<Device> host) {
  return make_npu_device(open_xrt_runner(parse_npu_options(spec), plugin_places(), find_host_npu()),
                         std::move(host));
}

std::string npu_obstacle() {
  try {
    const HostNpu host = find_host_npu();
    probe_npu(load_npu_plugin(plugin_places(), host), host);
    return "";
  } catch (const Error& error) {
    const std::string message = error.what();
    constexpr std::string_view kPrefix = "npu: ";  // which a list of devices says by itself
    return message.starts_with(kPrefix) ? message.substr(kPrefix.size()) : message;
  }
}

}  // namespace tessera::compute::npu
