// Finds and loads the plugin that runs array plans on the chip. Each way in which that can fail is
// one line that says what to install.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/compute/npu/runtime/npu_host.h"
#include "src/compute/npu/runtime/npu_plugin.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

inline constexpr const char* kPluginFile = "libtessera-npu-xrt.so";

/// Where a plugin is looked for.
struct PluginPlaces {
  std::filesystem::path chosen;                ///< this one or none; empty: look for it
  std::vector<std::filesystem::path> folders;  ///< then what the system's loader finds
};

/// $TESSERA_NPU_PLUGIN; the folder of the library or program that holds this code, and the folder
/// `lib` beside that.
PluginPlaces plugin_places();

/// A plugin, loaded for the rest of the process's life: XRT has threads of its own.
class NpuPlugin {
 public:
  /// Throws Error{unsupported} when there is none, when what it needs is not there, or when it is
  /// for another version of this library.
  static NpuPlugin load(const PluginPlaces& places);

  /// For tests: a table that is already in this process.
  NpuPlugin(const tessera_npu_functions& functions, std::string path);

  const tessera_npu_functions& functions() const { return *functions_; }
  const std::string& path() const { return path_; }

 private:
  const tessera_npu_functions* functions_;
  std::string path_;
};

/// Throws unless the status is OK: Error{unsupported} for a missing device or wrong firmware,
/// {bad_file}, {bad_argument} or {device_failed} for the rest. `text` is the plugin's: a pointer,
/// for in require_ok(call(text), text) the call may come after what is made of its text.
void require_ok(tessera_npu_status status, const char* text);

/// The device's name as its driver tells it. Throws Error{unsupported} that says what is missing:
/// hardware, driver, firmware, access, or a library.
std::string probe_npu(const NpuPlugin& plugin, const HostNpu& host);

/// Loads the plugin and looks at the machine: what both say when neither will do is one line.
NpuPlugin load_npu_plugin(const PluginPlaces& places, const HostNpu& host);

}  // namespace tessera::compute::npu
