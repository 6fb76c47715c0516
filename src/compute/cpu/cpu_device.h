// The device "cpu": the fastest way to compute a model on this processor.
#pragma once

#include <memory>

#include "src/compute/device.h"

namespace tessera::compute::cpu {

/// Options: isa, the highest instruction set that may run (default: $TESSERA_ISA, or else what is
/// fastest, see KernelSet::fastest).
std::unique_ptr<Device> open_cpu_device(const DeviceSpec& spec);

}  // namespace tessera::compute::cpu
