#include "src/base/cpu_features.h"

#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tessera::base {
namespace {

constexpr std::string_view kThatMatter[] = {"sse4_2",      "avx",      "f16c",       "fma",
                                            "avx2",        "avx_vnni", "avx512f",    "avx512bw",
                                            "avx512dq",    "avx512vl", "avx512vbmi", "avx512_vnni",
                                            "avx512_bf16", "amx_tile", "amx_int8",   "amx_bf16"};

struct Hwcap {
  int word;  // 0: AT_HWCAP, 1: AT_HWCAP2
  int bit;
  std::string_view name;
};

// From the kernel's arch/arm64/include/uapi/asm/hwcap.h, which only Arm's compilers find.
constexpr Hwcap kHwcapsThatMatter[] = {
    {0, 1, "asimd"}, {0, 20, "asimddp"}, {1, 13, "i8mm"}, {1, 14, "bf16"}};

/// The words of the first line that begins with `name`; every processor of a machine has one.
std::vector<std::string> words_of_line(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string_view::npos) continue;
    std::istringstream words{std::string(line.substr(colon + 1))};
    std::vector<std::string> result;
    for (std::string word; words >> word;) result.push_back(word);
    return result;
  }
  return {};
}

#if defined(__x86_64__)
/// Linux lets a process use AMX's tile registers only after it asked, since they make every
/// thread's saved state larger (Documentation/arch/x86/xstate.rst). Threads that there are already
/// may use them too.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM of asm/prctl.h
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

std::string text_of_cpuinfo() {
  std::ostringstream text;
  text << std::ifstream("/proc/cpuinfo").rdbuf();
  return text.str();
}

}  // namespace

std::vector<std::string> features_in_cpuinfo(std::string_view cpuinfo) {
  const std::vector<std::string> all = words_of_line(cpuinfo, "flags");
  std::vector<std::string> result;
  for (const std::string_view feature : kThatMatter) {
    if (std::find(all.begin(), all.end(), feature) != all.end()) result.emplace_back(feature);
  }
  return result;
}

std::vector<std::string> features_in_hwcaps(unsigned long hwcap, unsigned long hwcap2) {
  std::vector<std::string> result;
  for (const Hwcap& feature : kHwcapsThatMatter) {
    const unsigned long word = feature.word == 0 ? hwcap : hwcap2;
    if ((word >> feature.bit & 1) != 0) result.emplace_back(feature.name);
  }
  return result;
}

std::vector<std::string> cpu_features() {
#if defined(__aarch64__)
  // Not /proc/cpuinfo: where an emulator runs the program (qemu-user), that file is the host's and
  // lists the host's features. The auxiliary vector comes from whoever loaded the program.
  return features_in_hwcaps(getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
#else
  // On x86 the auxiliary vector has nothing newer than SSE2.
  std::vector<std::string> features = features_in_cpuinfo(text_of_cpuinfo());
  if (!may_use_tiles()) {
    std::erase_if(features, [](const std::string& name) { return name.starts_with("amx_"); });
  }
  return features;
#endif
}

std::string model_in_cpuinfo(std::string_view cpuinfo) {
  std::string model;
  for (const char* name : {"model name", "CPU implementer", "CPU part"}) {
    for (const std::string& word : words_of_line(cpuinfo, name)) {
      model += (model.empty() ? "" : " ") + word;
    }
  }
  return model;
}

std::string cpu_model() { return model_in_cpuinfo(text_of_cpuinfo()); }

}  // namespace tessera::base
