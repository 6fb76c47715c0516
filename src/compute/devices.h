// The one place that knows which devices exist.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/compute/device.h"

namespace tessera::compute {

struct DeviceEntry {
  std::string name;
  bool available;
  std::string description;  ///< what it is, or why it cannot be had
};

/// Every device this version knows by name, the one that "auto" takes first.
std::vector<DeviceEntry> known_devices();

/// Opens a device. "auto" takes the first that is available; any other name is that device or an
/// error: bad_argument when there is no such name, unsupported when it is not available.
std::unique_ptr<Device> open_device(const DeviceSpec& spec);

}  // namespace tessera::compute
