#include "src/compute/devices.h"

#include <algorithm>

#include "src/compute/cpu/cpu_device.h"
#include "src/compute/npu/engine/npu_sim_device.h"
#include "src/compute/reference/reference_device.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

using OpenFunction = std::unique_ptr<Device> (*)(const DeviceSpec&);

struct DeviceRow {
  const char* name;
  const char* description;
  OpenFunction open;
};

/// What the array does not compute, the cpu device does.
std::unique_ptr<Device> open_npu_sim(const DeviceSpec& spec) {
  return npu::open_npu_sim_device(
      spec, cpu::open_cpu_device({.name = "cpu", .options = {}, .threads = spec.threads}));
}

constexpr DeviceRow kDevices[] = {
    {"cpu", "int8, bf16 or fp32 by the fastest instructions of this processor",
     cpu::open_cpu_device},
    {"reference", "fp32 loops with float64 sums, the oracle of all other devices",
     reference::open_reference_device},
    {"npu-sim", "the encoder on AMD's Phoenix NPU, simulated bit for bit: for development, slow",
     open_npu_sim},
};

const DeviceRow* find(const std::string& name) {
  const auto row = std::find_if(std::begin(kDevices), std::end(kDevices),
                                [&](const DeviceRow& entry) { return name == entry.name; });
  return row == std::end(kDevices) ? nullptr : row;
}

}  // namespace

std::vector<DeviceEntry> known_devices() {
  std::vector<DeviceEntry> entries;
  for (const DeviceRow& row : kDevices) entries.push_back({row.name, true, row.description});
  return entries;
}

std::unique_ptr<Device> open_device(const DeviceSpec& spec) {
  if (spec.name == "auto") return kDevices[0].open(spec);
  if (const DeviceRow* row = find(spec.name)) return row->open(spec);
  std::string names = "auto";
  for (const DeviceRow& row : kDevices) names += std::string(", ") + row.name;
  throw Error(ErrorCode::bad_argument,
              "device: expected one of " + names + "; got '" + spec.name + "'");
}

}  // namespace tessera::compute
