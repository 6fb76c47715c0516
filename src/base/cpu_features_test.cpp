#include "src/base/cpu_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CpuFeatures, X86) {
  EXPECT_THAT(features_in_cpuinfo("processor\t: 0\nmodel name\t: x\n"
                                  "flags\t\t: fpu avx512_vnni avx2 avx512vbmi sse4_2\n"
                                  "processor\t: 1\nflags\t\t: fpu avx512_bf16\n"),
              ElementsAre("sse4_2", "avx2", "avx512vbmi", "avx512_vnni"));
}

TEST(CpuFeatures, Arm) {
  EXPECT_THAT(features_in_cpuinfo("processor\t: 0\nFeatures\t: fp asimd asimddp i8mm bf16"),
              ElementsAre("asimd", "asimddp", "i8mm", "bf16"));
}

TEST(CpuFeatures, NothingKnown) {
  EXPECT_THAT(features_in_cpuinfo(""), IsEmpty());
  EXPECT_THAT(features_in_cpuinfo("flags"), IsEmpty());
  EXPECT_THAT(features_in_cpuinfo("flags :\n\n"), IsEmpty());
}

}  // namespace
}  // namespace tessera::base
