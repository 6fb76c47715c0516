#include "src/compute/npu/runtime/npu_runtime.h"

#include <dlfcn.h>
#include <sys/resource.h>

#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace tessera::compute::npu {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInstall =
    "install XRT 2.19 or later (Debian 13: libxrt-npu2 from trixie-backports) and Tessera's "
    "plugin, which the build makes where XRT's headers are (libxrt-dev)";

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::unsupported, "npu: " + message);
}

std::string last_loader_error() {
  const char* message = ::dlerror();
  return message == nullptr ? "unknown error" : message;
}

/// Null when there is no such library in the loader's places.
void* open_library(const std::string& name) {
  // XRT's threads and destructors outlive a dlclose() badly.
  return ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

NpuPlugin plugin_of(void* library, const std::string& path) {
  const auto get =
      reinterpret_cast<tessera_npu_plugin_function>(::dlsym(library, TESSERA_NPU_PLUGIN_SYMBOL));
  if (get == nullptr) refuse(path + " is no plugin of ours: " + last_loader_error());
  const tessera_npu_functions* functions = get();
  if (functions == nullptr || functions->version != TESSERA_NPU_PLUGIN_VERSION) {
    refuse(path + ": expected a plugin of version " + std::to_string(TESSERA_NPU_PLUGIN_VERSION) +
           ", got " + (functions == nullptr ? "none" : std::to_string(functions->version)) +
           ": install the plugin and the library of one build");
  }
  return {*functions, path};
}

/// A file that is there must load: what it lacks is what the user wants to know.
NpuPlugin plugin_at(const fs::path& file) {
  void* library = open_library(file.string());
  if (library == nullptr)
    refuse("the plugin does not load: " + last_loader_error() + "; " + kInstall);
  return plugin_of(library, file.string());
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

/// Whether so little memory may be locked that the driver's mappings fail as if nothing were there.
std::string locked_memory_note() {
  rlimit limit = {};
  constexpr rlim_t kEnough = rlim_t{64} << 20;
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= kEnough) return "";
  return " (this process may lock " + std::to_string(limit.rlim_cur >> 10) +
         " KB of memory: `ulimit -l unlimited` may be all that is missing)";
}

}  // namespace

PluginPlaces plugin_places() {
  PluginPlaces places;
  if (const char* chosen = std::getenv("TESSERA_NPU_PLUGIN"); chosen != nullptr) {
    places.chosen = chosen;
  }
  Dl_info info = {};
  // Any address inside the library will do.
  if (::dladdr(reinterpret_cast<const void*>(&plugin_places), &info) == 0) return places;
  if (info.dli_fname == nullptr) return places;
  std::error_code error;
  fs::path file = fs::canonical(info.dli_fname, error);
  // A program is known by the name that it was called with, which need not be a path.
  if (error) file = fs::read_symlink("/proc/self/exe", error);
  if (error) return places;
  const fs::path folder = file.parent_path();
  places.folders = {folder, folder.parent_path() / "lib"};
  return places;
}

NpuPlugin::NpuPlugin(const tessera_npu_functions& functions, std::string path)
    : functions_(&functions), path_(std::move(path)) {}

NpuPlugin NpuPlugin::load(const PluginPlaces& places) {
  if (!places.chosen.empty()) {
    if (!is_there(places.chosen)) {
      refuse("$TESSERA_NPU_PLUGIN names " + places.chosen.string() + ", which is not there");
    }
    return plugin_at(places.chosen);
  }
  for (const fs::path& folder : places.folders) {
    if (is_there(folder / kPluginFile)) return plugin_at(folder / kPluginFile);
  }
  void* library = open_library(kPluginFile);
  if (library != nullptr) return plugin_of(library, kPluginFile);
  const std::string message = last_loader_error();
  if (message.find(std::string(kPluginFile) + ": cannot open") != std::string::npos) {
    refuse(std::string("the plugin ") + kPluginFile + " was not found: " + kInstall +
           ", or name it in $TESSERA_NPU_PLUGIN");
  }
  refuse("the plugin does not load: " + message + "; " + kInstall);
}

void require_ok(tessera_npu_status status, const char* text) {
  switch (status) {
    case TESSERA_NPU_OK:
      return;
    case TESSERA_NPU_NO_DEVICE:
      refuse(std::string("no device: ") + text + locked_memory_note());
    case TESSERA_NPU_WRONG_FIRMWARE:
      refuse(std::string("wrong firmware or driver: ") + text + locked_memory_note() +
             "; 1.5.5.391 with Linux 6.14 or later is known to work");
    case TESSERA_NPU_BAD_FILE:
      throw Error(ErrorCode::bad_file, std::string("npu: ") + text);
    case TESSERA_NPU_BAD_ARGUMENT:
      throw Error(ErrorCode::bad_argument, std::string("npu: ") + text);
    case TESSERA_NPU_TIMEOUT:
    case TESSERA_NPU_FAILED:
      break;
  }
  throw Error(ErrorCode::device_failed, std::string("npu: ") + text);
}

std::string probe_npu(const NpuPlugin& plugin, const HostNpu& host) {
  // What the kernel says is nearer to the cause than what XRT makes of it.
  if (!host.problem.empty()) refuse(host.problem);
  std::array<char, 512> text = {};
  require_ok(plugin.functions().probe(text.data(), text.size()), text.data());
  return text.data() + (host.firmware.empty() ? "" : ", firmware " + host.firmware);
}

NpuPlugin load_npu_plugin(const PluginPlaces& places, const HostNpu& host) {
  try {
    return NpuPlugin::load(places);
  } catch (const Error& error) {
    if (host.problem.empty()) throw;
    throw Error(error.code(), error.what() + std::string("; besides, ") + host.problem);
  }
}

}  // namespace tessera::compute::npu
