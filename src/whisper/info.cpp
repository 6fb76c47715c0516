#include "tessera/info.h"

#include "src/base/cpu_features.h"
#include "src/base/thread_pool.h"
#include "src/compute/devices.h"
#include "src/compute/kernel_info.h"
#include "src/whisper/languages.h"

namespace tessera {

const char* version() noexcept { return TESSERA_VERSION; }

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices;
  for (const compute::DeviceEntry& entry : compute::known_devices()) {
    devices.push_back({entry.name, entry.available, entry.description});
  }
  return devices;
}

std::vector<std::string> cpu_features() { return base::cpu_features(); }

std::vector<KernelInfo> list_kernels(const std::string& isa) {
  return compute::describe_kernels(isa);
}

int available_cores() { return base::available_cores(); }

std::vector<Language> list_languages() {
  std::vector<Language> languages;
  for (const whisper::Language& language : whisper::kLanguages) {
    languages.push_back({std::string(language.code), std::string(language.name)});
  }
  return languages;
}

std::string find_language(const std::string& name_or_code) {
  return whisper::language_code(name_or_code).value_or("");
}

}  // namespace tessera
