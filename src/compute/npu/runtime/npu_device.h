// The device "npu": the encoder on the chip.
#pragma once

#include <memory>
#include <string>

#include "src/compute/device.h"
#include "src/compute/npu/runtime/npu_runtime.h"
#include "src/compute/npu/runtime/xrt_runner.h"

namespace tessera::compute::npu {

/// What a device's options say.
struct NpuDeviceOptions {
  std::filesystem::path design;                ///< a folder of tools/npu_build, or
  std::filesystem::path xclbin, instructions;  ///< two files
  XrtOptions xrt;
};

/// design=FOLDER, or xclbin=FILE,instructions=FILE; timeout=MS, of a window; launches=list or
/// single. Throws Error{bad_argument} for other options and values.
NpuDeviceOptions parse_npu_options(const DeviceSpec& spec);

/// Throws Error{unsupported} that says what to install when there is no plugin or no device, and
/// Error{bad_file} when the design is not there.
std::unique_ptr<PlanRunner> open_xrt_runner(const NpuDeviceOptions& options,
                                            const PluginPlaces& places, const HostNpu& host);

/// The device on whatever runs plans. `host` computes the encoder's ends and the decoder, in
/// float32.
std::unique_ptr<Device> make_npu_device(std::unique_ptr<PlanRunner> runner,
                                        std::unique_ptr<Device> host);

/// Opens it on this machine.
std::unique_ptr<Device> open_npu_device(const DeviceSpec& spec, std::unique_ptr<Device> host);

/// Why it cannot be had on this machine; empty if it can.
std::string npu_obstacle();

}  // namespace tessera::compute::npu
