#include "src/compute/npu/runtime/npu_device.h"

#include <charconv>
#include <string_view>
#include <utility>

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

std::unique_ptr<Device> open_npu_device(const DeviceSpec& spec) {
  const auto runner =
      open_xrt_runner(parse_npu_options(spec), plugin_places(), find_host_npu());
  throw Error(ErrorCode::unsupported, "device npu: no engine uses " + runner->describe() + " yet");
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
