#include "src/compute/kernels/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "src/base/message_of_test.h"

namespace tessera::compute::kernels {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string name(const Kernel& kernel) { return std::string(kernel.op) + "_" + kernel.name; }

TEST(KernelList, NamesAreUniqueAndEndWithTheirInstructionSet) {
  std::set<std::string> names;
  for (const Kernel& kernel : all_kernels()) {
    EXPECT_TRUE(names.insert(name(kernel)).second) << name(kernel) << " is there twice";
    EXPECT_NE(std::string(kernel.description), "") << name(kernel);
    if (kernel.isa != Isa::portable) {
      EXPECT_TRUE(("_" + name(kernel)).ends_with("_" + std::string(isa_name(kernel.isa))))
          << name(kernel);
    }
  }
  EXPECT_FALSE(names.empty());
}

TEST(KernelList, ExactMeansExactWithAVariantOfTheSameOp) {
  for (const Kernel& kernel : all_kernels()) {
    const std::string with = kernel.exact_with;
    if (kernel.exactness != Exactness::exact) {
      EXPECT_EQ(with, "") << name(kernel);
    } else if (!with.empty()) {
      const Kernel& oracle = force(kernel.op, with);
      EXPECT_EQ(oracle.exactness, Exactness::exact) << name(kernel);
      EXPECT_EQ(std::string(oracle.exact_with), "") << name(kernel) << ": not the oracle itself";
    }
  }
}

TEST(KernelList, EveryOpRunsOnEveryMachine) {
  for (const Kernel& kernel : all_kernels()) {
    EXPECT_EQ(select(kernel.op, IsaTier::only(Isa::portable)).isa, Isa::portable) << kernel.op;
  }
}

TEST(SelectKernel, TakesTheLastThatTheTierAllows) {
  for (const Isa isa : machine_isas()) {
    const IsaTier tier = IsaTier::only(isa);
    for (const Kernel& kernel : all_kernels()) {
      const Kernel& chosen = select(kernel.op, tier);
      EXPECT_TRUE(tier.allows(chosen.isa));
      EXPECT_NE(chosen.exactness, Exactness::historic);
      bool behind = false;
      for (const Kernel* other : kernels_of(kernel.op)) {
        if (behind) {
          EXPECT_TRUE(!tier.allows(other->isa) || other->exactness == Exactness::historic)
              << name(*other) << " is preferred to " << name(chosen);
        }
        behind = behind || other == &chosen;
      }
    }
  }
}

TEST(SelectKernel, KeepsToTheArithmeticThatIsAskedFor) {
  const Kernel& chosen = select("tile_attention", IsaTier::best(), "scalar");
  EXPECT_TRUE(std::string(chosen.name) == "scalar" || std::string(chosen.exact_with) == "scalar");
  EXPECT_THAT(message_of([] { select("tile_attention", IsaTier::best(), "nothing"); }),
              HasSubstr("tile_attention"));
}

TEST(ForceKernel, GivesThatVariantOrAnError) {
  for (const Kernel& kernel : all_kernels()) {
    if (runs_here(kernel.isa)) {
      EXPECT_EQ(&force(kernel.op, kernel.name), &kernel);
    } else {
      EXPECT_THAT(message_of([&] { force(kernel.op, kernel.name); }),
                  HasSubstr(isa_name(kernel.isa)));
    }
  }
  EXPECT_THAT(message_of([] { force("matmul_i8", "quickest"); }),
              AllOf(HasSubstr("'quickest'"), HasSubstr("scalar")));
  EXPECT_THAT(message_of([] { force("matmul_i9", "scalar"); }), HasSubstr("no such operation"));
}

TEST(RunKernel, TakesTheParametersOfItsOpAlone) {
  EXPECT_THAT(message_of([] { force("matmul_i8", "scalar").run(SoftmaxParams()); }),
              AllOf(HasSubstr("matmul_i8 scalar"), HasSubstr("softmax")));
}

}  // namespace
}  // namespace tessera::compute::kernels
