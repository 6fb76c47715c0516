// What the operating system says of an NPU, without any of AMD's software: so that each thing that
// may be missing has a name.
#pragma once

#include <filesystem>
#include <string>

namespace tessera::compute::npu {

/// Where Linux shows its devices; tests have folders of their own.
struct HostPlaces {
  std::filesystem::path sys = "/sys";
  std::filesystem::path dev = "/dev";
};

/// An NPU of the first generation (Phoenix, Hawk Point: PCI 1022:1502) as this machine sees it.
struct HostNpu {
  enum class State {
    absent,          ///< no such device on the PCI bus
    other_npu,       ///< an NPU of AMD's, of a later generation
    without_driver,  ///< amdxdna has not taken it
    without_access,  ///< the device's node cannot be opened by this user
    old_firmware,    ///< older than any that is known to work
    ready
  };
  State state = State::absent;
  std::string firmware;  ///< "1.5.5.391"; empty if the driver does not tell
  std::string problem;   ///< one line that says what is missing and what helps; empty when ready
};

HostNpu find_host_npu(const HostPlaces& places = {});

}  // namespace tessera::compute::npu
