#include "src/base/cpu_quota.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tessera::base {
namespace {

/// A made-up /proc and /sys.
class CpuQuota : public testing::Test {
 protected:
  CpuQuota()
      : root_(std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~CpuQuota() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  bool unlimited() const { return quota_cores(root_) > 10'000; }

  std::filesystem::path root_;
};

TEST_F(CpuQuota, NoControlGroupsMeanNoLimit) { EXPECT_TRUE(unlimited()); }

TEST_F(CpuQuota, IsRoundedUpToWholeCores) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_TRUE(unlimited());
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota_cores(root_), 1);
  write("sys/fs/cgroup/cpu.max", "100001 100000\n");
  EXPECT_EQ(quota_cores(root_), 2);
  write("sys/fs/cgroup/cpu.max", "1000 100000\n");
  EXPECT_EQ(quota_cores(root_), 1);
}

TEST_F(CpuQuota, TheSmallestOfAllGroupsAboveCounts) {
  write("proc/self/cgroup", "0::/work.slice/speech.service\n");
  write("sys/fs/cgroup/work.slice/speech.service/cpu.max", "300000 100000\n");
  EXPECT_EQ(quota_cores(root_), 3);
  write("sys/fs/cgroup/work.slice/cpu.max", "100000 50000\n");
  EXPECT_EQ(quota_cores(root_), 2);
  write("sys/fs/cgroup/other.slice/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota_cores(root_), 2) << "another group's quota is not this process's";
}

TEST_F(CpuQuota, IsReadFromTheFirstVersionToo) {
  write("proc/self/cgroup", "5:cpuset:/\n4:cpu,cpuacct:/jobs/a:b\n1:name=systemd:/\n0::/\n");
  const std::string group = "sys/fs/cgroup/cpu,cpuacct/jobs/a:b/";
  write(group + "cpu.cfs_period_us", "100000\n");
  write(group + "cpu.cfs_quota_us", "-1\n");
  EXPECT_TRUE(unlimited());
  write(group + "cpu.cfs_quota_us", "150000\n");
  EXPECT_EQ(quota_cores(root_), 2);
}

TEST_F(CpuQuota, AContainerSeesItsGroupAtTheTopUnderItsNameOnTheHost) {
  write("proc/self/cgroup", "7:cpu:/docker/0123abcd\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  EXPECT_EQ(quota_cores(root_), 1);
}

TEST_F(CpuQuota, WhatIsNoNumberLimitsNothing) {
  write("proc/self/cgroup", "0::/\nnonsense\n");
  write("sys/fs/cgroup/cpu.max", "many few\n");
  EXPECT_TRUE(unlimited());
  write("sys/fs/cgroup/cpu.max", "100000 0\n");
  EXPECT_TRUE(unlimited());
}

}  // namespace
}  // namespace tessera::base
