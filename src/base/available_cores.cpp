// How many cores this process may use, read from the kernel.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "src/base/cpu_quota.h"
#include "src/base/thread_pool.h"

namespace tessera::base {
namespace {

// Cores in the affinity mask; the threads of one core share the list in thread_siblings_list.
int physical_cores_in_mask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) {
    return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  }
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &mask)) continue;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                       "/topology/thread_siblings_list");
    std::string siblings;
    cores.insert(std::getline(file, siblings) ? siblings : std::to_string(cpu));
  }
  return std::max(1, static_cast<int>(cores.size()));
}

}  // namespace

int available_cores() { return std::min(physical_cores_in_mask(), quota_cores()); }

}  // namespace tessera::base
