#include "src/compute/npu/runtime/npu_host.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

namespace tessera::compute::npu {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVendor = "0x1022";   ///< AMD
constexpr const char* kPhoenix = "0x1502";  ///< Phoenix and Hawk Point
constexpr const char* kLater = "0x17f0";    ///< Strix and what followed: other cores, other kernels
/// What others saw work on Phoenix was 1.5.5.391, with whichever software (docs/npu.md).
constexpr int kLeastMajor = 1, kLeastMinor = 5;

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// The device's folder under /sys/bus/pci/devices; empty if there is none.
fs::path pci_device(const HostPlaces& places, const char* device) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(places.sys / "bus/pci/devices", error)) {
    if (first_line(entry.path() / "vendor") == kVendor &&
        first_line(entry.path() / "device") == device) {
      return entry.path();
    }
  }
  return {};
}

/// "accel0"; empty if the driver has made no node.
std::string accelerator_of(const fs::path& device) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(device / "accel", error)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with("accel")) return name;
  }
  return "";
}

bool is_old(const std::string& firmware) {
  int major = 0, minor = 0;
  if (std::sscanf(firmware.c_str(), "%d.%d", &major, &minor) != 2) return false;
  return major < kLeastMajor || (major == kLeastMajor && minor < kLeastMinor);
}

/// Empty when this process may use the node.
std::string open_problem(const fs::path& node) {
  const int file = ::open(node.c_str(), O_RDWR | O_CLOEXEC);
  if (file >= 0) {
    ::close(file);
    return "";
  }
  return std::strerror(errno);
}

}  // namespace

HostNpu find_host_npu(const HostPlaces& places) {
  const fs::path device = pci_device(places, kPhoenix);
  if (device.empty()) {
    if (!pci_device(places, kLater).empty()) {
      return {HostNpu::State::other_npu, "",
              "the NPU of this machine (PCI 1022:17f0, XDNA2) has other cores than the Phoenix "
              "array that the plans are for"};
    }
    return {HostNpu::State::absent, "",
            "this machine has no NPU of the Ryzen 7040 or 8040 series (PCI 1022:1502)"};
  }
  const std::string node = accelerator_of(device);
  if (node.empty()) {
    return {HostNpu::State::without_driver, "",
            "the NPU (PCI 1022:1502) has no driver: it wants amdxdna (Linux 6.14 or later) and "
            "its firmware /lib/firmware/amdnpu/1502_00/npu.sbin (Debian: firmware-amd-graphics "
            "or linux-firmware); `dmesg | grep amdxdna` says what it met"};
  }
  HostNpu found{HostNpu::State::ready, first_line(device / "fw_version"), ""};
  if (is_old(found.firmware)) {
    found.state = HostNpu::State::old_firmware;
    found.problem = "wrong firmware: the NPU runs " + found.firmware +
                    ", and 1.5.5.391 is known to work: install a newer linux-firmware";
    return found;
  }
  const fs::path path = places.dev / "accel" / node;
  if (const std::string problem = open_problem(path); !problem.empty()) {
    found.state = HostNpu::State::without_access;
    found.problem = "the NPU's " + path.string() + " cannot be opened (" + problem +
                    "): the user must be in the group render";
  }
  return found;
}

}  // namespace tessera::compute::npu
