#include "src/base/cpu_quota.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <string>

namespace tessera::base {
namespace {

constexpr int kNoQuota = 1 << 20;

int whole_cores(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return kNoQuota;  // version 1 says -1 where there is no quota
  return static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, double{kNoQuota}));
}

std::optional<double> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  double number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

// "200000 100000", or "max 100000" where there is no quota.
int quota_of_group(const std::filesystem::path& group) {
  std::ifstream file(group / "cpu.max");
  double quota = 0, period = 0;
  if (file >> quota >> period) return whole_cores(quota, period);
  return whole_cores(number_in(group / "cpu.cfs_quota_us").value_or(0),
                     number_in(group / "cpu.cfs_period_us").value_or(0));
}

// A container may be told the group's name on its host while it sees nothing but that group: names
// that are not there are passed over, and the top always is.
int quota_up_to(const std::filesystem::path& top, std::filesystem::path group) {
  int cores = quota_of_group(top);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path()) {
    cores = std::min(cores, quota_of_group(top / group));
  }
  return cores;
}

bool names_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

}  // namespace

int quota_cores(const std::filesystem::path& root) {
  const std::filesystem::path groups = root / "sys/fs/cgroup";
  int cores = kNoQuota;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string number, controllers, group; std::getline(file, number, ':') &&
                                               std::getline(file, controllers, ':') &&
                                               std::getline(file, group);) {
    if (controllers.empty()) {  // version 2
      cores = std::min(cores, quota_up_to(groups, group));
    } else if (names_cpu(controllers)) {
      for (const char* mount : {"cpu", "cpu,cpuacct"}) {
        cores = std::min(cores, quota_up_to(groups / mount, group));
      }
    }
  }
  return cores;
}

}  // namespace tessera::base
