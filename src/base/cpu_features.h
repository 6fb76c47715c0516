// What this CPU can do, as the kernel tells it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

/// The instruction sets that matter for speed among those in a text like /proc/cpuinfo of x86, in
/// our order: {"avx2", "avx512_vnni"}. The kernel leaves out what it has not enabled.
std::vector<std::string> features_in_cpuinfo(std::string_view cpuinfo);

/// The same for Armv8 from AT_HWCAP and AT_HWCAP2 (Linux, Documentation/arm64/elf_hwcaps.rst), by
/// the names that /proc/cpuinfo has for them there: {"asimd", "asimddp"}.
std::vector<std::string> features_in_hwcaps(unsigned long hwcap, unsigned long hwcap2);

/// Those of the CPU that this runs on; empty on x86 where there is no /proc. Asks the kernel for
/// AMX's tile registers, and leaves AMX out where it refuses them.
std::vector<std::string> cpu_features();

/// What the processor calls itself in a text like /proc/cpuinfo: its model name, or on Armv8, which
/// has none, its implementer and part. "" when the text has neither.
std::string model_in_cpuinfo(std::string_view cpuinfo);

/// That of the CPU that this runs on.
std::string cpu_model();

}  // namespace tessera::base
