#include "src/base/cpu_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CpuFeatures, X86) {
  EXPECT_THAT(features_in_cpuinfo("processor\t: 0\nmodel name\t: x\n"
                                  "flags\t\t: fpu avx512_vnni avx2 avx512vbmi sse4_2\n"
                                  "processor\t: 1\nflags\t\t: fpu avx512_bf16\n"),
              ElementsAre("sse4_2", "avx2", "avx512vbmi", "avx512_vnni"));
}

TEST(CpuFeatures, Arm) {
  // A Neoverse N1: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm
  // (bits 0 to 12), lrcpc (15), dcpop (16), asimddp (20).
  EXPECT_THAT(features_in_hwcaps(0x119fff, 0), ElementsAre("asimd", "asimddp"));
  EXPECT_THAT(features_in_hwcaps(1UL << 1, 0), ElementsAre("asimd"));
  EXPECT_THAT(features_in_hwcaps(1UL << 20, 1UL << 13 | 1UL << 14),
              ElementsAre("asimddp", "i8mm", "bf16"));
}

TEST(CpuFeatures, Model) {
  EXPECT_EQ(model_in_cpuinfo("vendor_id\t: y\nmodel\t\t: 17\nmodel name\t: A  Big (R) CPU\n"
                             "model name\t: another\n"),
            "A Big (R) CPU");
  EXPECT_EQ(model_in_cpuinfo("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"), "0x41 0xd0c");
  EXPECT_EQ(model_in_cpuinfo(""), "");
}

TEST(CpuFeatures, NothingKnown) {
  EXPECT_THAT(features_in_cpuinfo(""), IsEmpty());
  EXPECT_THAT(features_in_cpuinfo("flags"), IsEmpty());
  EXPECT_THAT(features_in_cpuinfo("flags :\n\n"), IsEmpty());
  EXPECT_THAT(features_in_hwcaps(0, 0), IsEmpty());
  EXPECT_THAT(features_in_hwcaps(~(1UL << 1 | 1UL << 20), ~(3UL << 13)), IsEmpty());
}

}  // namespace
}  // namespace tessera::base
