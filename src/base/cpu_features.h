// What this CPU can do, as the kernel lists it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

/// The instruction sets that matter for speed among those in a text like /proc/cpuinfo, in our
/// order: {"avx2", "avx512_vnni"}. The kernel leaves out what it has not enabled.
std::vector<std::string> features_in_cpuinfo(std::string_view cpuinfo);

/// Those of the CPU that this runs on; empty where there is no /proc.
std::vector<std::string> cpu_features();

}  // namespace tessera::base
