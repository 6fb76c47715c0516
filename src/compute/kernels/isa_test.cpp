#include "src/compute/kernels/isa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "src/base/message_of_test.h"

namespace tessera::compute::kernels {
namespace {

using testing::AllOf;
using testing::HasSubstr;

bool machine_has(Isa isa) {
  return std::find(machine_isas().begin(), machine_isas().end(), isa) != machine_isas().end();
}

TEST(Isa, NamesAreRead) {
  for (const Isa isa : all_isas()) EXPECT_EQ(parse_isa(isa_name(isa)), isa);
  EXPECT_THAT(message_of([] { parse_isa("avx3"); }),
              AllOf(HasSubstr("avx512_vnni"), HasSubstr("'avx3'")));
}

TEST(Isa, TheBaselineIsAlwaysThere) {
  EXPECT_EQ(machine_isas().front(), Isa::portable);
  EXPECT_EQ(IsaTier::only(Isa::portable).top(), Isa::portable);
  for (const Isa isa : machine_isas()) EXPECT_TRUE(is_compiled(isa)) << isa_name(isa);
}

TEST(Isa, ATierAllowsWhatItIncludes) {
  for (const Isa top : machine_isas()) {
    const IsaTier tier = IsaTier::only(top);
    EXPECT_TRUE(tier.allows(top));
    EXPECT_TRUE(tier.allows(Isa::portable));
    EXPECT_TRUE(IsaTier::best().allows(top));
    for (const Isa isa : all_isas()) {
      if (isa > top) {
        EXPECT_FALSE(tier.allows(isa)) << isa_name(top) << " " << isa_name(isa);
      }
    }
  }
  if (machine_has(Isa::avx512_bf16)) {
    EXPECT_TRUE(IsaTier::only(Isa::avx512_bf16).allows(Isa::avx512_vnni));
    EXPECT_FALSE(IsaTier::only(Isa::avx512_vnni).allows(Isa::avx_vnni)) << "another encoding";
  }
  if (machine_has(Isa::neon_dotprod)) {
    EXPECT_TRUE(IsaTier::only(Isa::neon_dotprod).allows(Isa::neon));
    EXPECT_FALSE(IsaTier::only(Isa::neon).allows(Isa::neon_dotprod));
  }
}

// Advanced SIMD is part of every Armv8 that runs Linux, so a machine that seems to lack it was
// asked in a wrong way.
TEST(Isa, NeonIsFoundWhereverItIsCompiled) {
  EXPECT_EQ(machine_has(Isa::neon), is_compiled(Isa::neon));
}

TEST(Isa, EmulatedCoresAreNoTier) {
  EXPECT_TRUE(is_emulated(Isa::aie2) && runs_here(Isa::aie2));
  EXPECT_FALSE(machine_has(Isa::aie2));
  EXPECT_FALSE(is_emulated(Isa::portable));
  EXPECT_TRUE(runs_here(Isa::portable));
}

TEST(Isa, WhatTheMachineLacksIsAnError) {
  int lacking = 0;
  for (const Isa isa : all_isas()) {
    if (machine_has(isa)) continue;
    ++lacking;
    EXPECT_THAT(message_of([isa] { IsaTier::only(isa); }),
                AllOf(HasSubstr(isa_name(isa)), HasSubstr("portable")));
    EXPECT_FALSE(IsaTier::best().allows(isa));
  }
  EXPECT_GT(lacking, 0) << "no machine has sets of two processor families";
}

TEST(Isa, TheEnvironmentChooses) {
  ::setenv("TESSERA_ISA", "portable", 1);
  EXPECT_EQ(IsaTier::from_environment().top(), Isa::portable);
  EXPECT_FALSE(IsaTier::from_environment().allows(Isa::avx2));
  ::setenv("TESSERA_ISA", "fastest", 1);
  EXPECT_THAT(message_of([] { IsaTier::from_environment(); }), HasSubstr("'fastest'"));
  for (const char* best : {"", "auto"}) {
    ::setenv("TESSERA_ISA", best, 1);
    EXPECT_EQ(IsaTier::from_environment().top(), IsaTier::best().top());
  }
  ::unsetenv("TESSERA_ISA");
  EXPECT_EQ(IsaTier::from_environment().top(), IsaTier::best().top());
}

}  // namespace
}  // namespace tessera::compute::kernels
