#include "src/compute/cpu/kernel_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

namespace fs = std::filesystem;
using kernels::Isa;
using kernels::IsaTier;

/// Sets a variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = ::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class KernelSetTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tessera-kernels-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    cache_.emplace("TESSERA_CACHE", directory_ / "cache");
  }
  void TearDown() override {
    cache_.reset();
    fs::remove_all(directory_);
  }
  fs::path directory_;
  std::optional<Variable> cache_;
};

TEST_F(KernelSetTest, IsTheListsForEveryTier) {
  for (const Isa isa : kernels::machine_isas()) {
    const IsaTier tier = IsaTier::only(isa);
    const KernelSet set(tier);
    EXPECT_EQ(set.isa, isa);
    EXPECT_EQ(&set.matmul_f32, &kernels::select("matmul_f32", tier));
    EXPECT_EQ(&set.lane_linear_i8, &kernels::select("lane_linear_i8", tier));
    EXPECT_EQ(set.bounds_pairs, set.lane_linear_i8.isa == Isa::avx2) << isa_name(isa);
    EXPECT_TRUE(takes_centre(set.lane_attention_i8.isa, set.attention_centre)) << isa_name(isa);
  }
}

TEST_F(KernelSetTest, ATierThatWasAskedForIsNotMeasured) {
  for (const Isa isa : kernels::machine_isas()) {
    const IsaTier tier = IsaTier::only(isa);
    const KernelSet fastest = KernelSet::fastest(tier), listed(tier);
    EXPECT_EQ(&fastest.matmul_i8, &listed.matmul_i8);
    EXPECT_EQ(&fastest.lane_attention_i8, &listed.lane_attention_i8);
  }
  EXPECT_FALSE(fs::exists(directory_ / "cache"));
}

TEST_F(KernelSetTest, TheFastestOnThisMachineIsFoundAndKept) {
  const KernelSet measured = KernelSet::fastest(IsaTier::best());
  const fs::path file = directory_ / "cache/kernels.txt";
  ASSERT_TRUE(fs::exists(file));
  const auto written = fs::last_write_time(file);
  const KernelSet known = KernelSet::fastest(IsaTier::best());
  EXPECT_EQ(fs::last_write_time(file), written);
  EXPECT_EQ(&known.lane_linear_i8, &measured.lane_linear_i8);
  EXPECT_EQ(&known.gelu, &measured.gelu);
  EXPECT_EQ(known.bounds_pairs, KernelSet(IsaTier::best()).bounds_pairs)
      << "as exact as the list's";
}

TEST_F(KernelSetTest, WorksWithoutACache) {
  const Variable nowhere("TESSERA_CACHE", "/dev/null/nowhere");
  const KernelSet set = KernelSet::fastest(IsaTier::best());
  EXPECT_EQ(set.isa, IsaTier::best().top());
}

TEST_F(KernelSetTest, OverridesHaveTheLastWord) {
  const Variable overrides("TESSERA_KERNELS", "matmul_i8=scalar,lane_linear_i8=scalar");
  const KernelSet set = KernelSet::fastest(IsaTier::only(Isa::portable));
  EXPECT_STREQ(set.matmul_i8.name, "scalar");
  const KernelSet best = KernelSet::fastest(IsaTier::best());
  EXPECT_STREQ(best.matmul_i8.name, "scalar");
  EXPECT_STREQ(best.lane_linear_i8.name, "scalar");
  EXPECT_TRUE(takes_centre(best.lane_attention_i8.isa, best.attention_centre));
  const Variable wrong("TESSERA_KERNELS", "matmul_i8=abacus");
  EXPECT_THROW(KernelSet::fastest(IsaTier::only(Isa::portable)), Error);
}

}  // namespace
}  // namespace tessera::compute::cpu
