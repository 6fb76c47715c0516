// The device npu-sim: the encoder's layers on a simulated Phoenix array, all else on another
// device.
#pragma once

#include <memory>

#include "src/compute/device.h"

namespace tessera::compute::npu {

/// `host` computes the encoder's ends and the decoder, in float32. Options: clock in GHz (0.1 to
/// 5), grade (hand, chess, peano), cores (16); they set what the modelled times say, and change no
/// number. Throws Error{bad_argument} for others.
std::unique_ptr<Device> open_npu_sim_device(const DeviceSpec& spec, std::unique_ptr<Device> host);

}  // namespace tessera::compute::npu
