// How much of the processor the control groups of Linux leave to this process.
#pragma once

#include <filesystem>

namespace tessera::base {

/// Whole cores that the quotas of this process's control group and of those above it allow, rounded
/// up; a number above all machines' when there is none. Both versions of control groups are read
/// (Linux, Documentation/admin-guide/cgroup-v2.rst "cpu.max" and scheduler/sched-bwc.rst) below
/// `root`, which is "/" but in tests.
int quota_cores(const std::filesystem::path& root = "/");

}  // namespace tessera::base
