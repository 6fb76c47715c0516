// From the options that a caller gives to a device.
#pragma once

#include <memory>

#include "src/compute/device.h"
#include "tessera/transcriber.h"

namespace tessera::whisper {

/// Opens the device with options.threads threads, or $TESSERA_THREADS. Throws Error{bad_argument}
/// for what is neither.
std::unique_ptr<compute::Device> open_device(const DeviceOptions& options);

}  // namespace tessera::whisper
