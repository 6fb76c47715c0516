// The oracle: Whisper in plain fp32 with float64 sums, for comparing every other device with.
#pragma once

#include <memory>

#include "src/compute/device.h"

namespace tessera::compute::reference {

/// Opens the device. Options: none. Throws Error{bad_argument} for an option it does not have.
std::unique_ptr<Device> open_reference_device(const DeviceSpec& spec);

}  // namespace tessera::compute::reference
