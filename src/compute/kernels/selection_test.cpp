#include "src/compute/kernels/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include "src/compute/kernels/workload.h"
#include "tessera/error.h"

namespace tessera::compute::kernels {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Of the last one every processor with AVX2 has several variants.
constexpr std::string_view kOps[] = {"lane_linear_i8", "lane_attention_i8", "matmul_i8", "gelu",
                                     "tile_attention"};
constexpr std::string_view kKey = "a processor; a build";

double not_called(const Kernel& kernel) {
  ADD_FAILURE() << kernel.op << ' ' << kernel.name << " was measured";
  return 1;
}

/// A clock for which the variants of one name (of any op) take less time than all others.
SecondsOf prefers(std::string name, double seconds = 0.5) {
  return [name, seconds](const Kernel& kernel) { return name == kernel.name ? seconds : 1.0; };
}

class SelectionTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tessera-selection-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    cache_ = directory_ / "new" / "kernels.txt";
  }
  void TearDown() override { fs::remove_all(directory_); }

  Choice choose(const SecondsOf& seconds_of, std::string_view key = kKey) const {
    return cached_choice(cache_, key, kOps, tier_, seconds_of);
  }
  std::string cached() const {
    std::ifstream in(cache_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(std::string_view text) const {
    fs::create_directories(cache_.parent_path());
    std::ofstream(cache_, std::ios::binary) << text;
  }

  IsaTier tier_ = IsaTier::best();
  fs::path directory_, cache_;
};

/// An op with several alternatives, or a skip: a machine may have but one.
#define FIND_OP_WITH_ALTERNATIVES(op)                                                             \
  const auto found = std::find_if(std::begin(kOps), std::end(kOps),                               \
                                  [&](auto one) { return alternatives(one, tier_).size() > 1; }); \
  if (found == std::end(kOps)) GTEST_SKIP() << "one variant of each op on this machine";          \
  const std::string_view op = *found

TEST_F(SelectionTest, AlternativesEndWithWhatTheListPrefers) {
  for (const Isa isa : machine_isas()) {
    for (const IsaTier& tier : {IsaTier::only(isa), IsaTier::best()}) {
      for (const std::string_view op : kOps) {
        const std::vector<const Kernel*> kernels = alternatives(op, tier);
        ASSERT_FALSE(kernels.empty()) << op;
        EXPECT_EQ(kernels.back(), &select(op, tier));
        for (const Kernel* kernel : kernels) {
          EXPECT_TRUE(tier.allows(kernel->isa));
          EXPECT_EQ(kernel->exactness, kernels.back()->exactness);
          EXPECT_TRUE(kernel->isa != Isa::portable || kernels.size() == 1) << kernel->name;
        }
      }
    }
  }
}

TEST_F(SelectionTest, VariantsOf7BitsDoNotStandForThoseOf8) {
  EXPECT_TRUE(takes_centre(Isa::avx2, kCentreOf7Bits));
  EXPECT_FALSE(takes_centre(Isa::avx2, kCentre));
  for (const Isa isa : machine_isas()) {
    const IsaTier tier = IsaTier::only(isa);
    const int centre = centre_of(tier);
    EXPECT_EQ(centre == kCentreOf7Bits, isa == Isa::avx2 || isa == Isa::avx512) << isa_name(isa);
    for (const std::string_view op : {LaneLinearI8Params::kOp, LaneAttentionI8Params::kOp}) {
      for (const Kernel* kernel : alternatives(op, tier)) {
        EXPECT_TRUE(takes_centre(kernel->isa, centre)) << kernel->name;
      }
    }
  }
}

TEST_F(SelectionTest, TheFastestIsTaken) {
  for (const std::string_view op : kOps) {
    for (const Kernel* kernel : alternatives(op, tier_)) {
      const Choice choice = fastest_choice(kOps, tier_, prefers(kernel->name));
      EXPECT_EQ(choice.find(op)->second, kernel);
    }
  }
}

TEST_F(SelectionTest, NoiseDoesNotChangeTheListsChoice) {
  FIND_OP_WITH_ALTERNATIVES(op);
  const Kernel* first = alternatives(op, tier_).front();
  const auto chosen = [&](const SecondsOf& seconds_of) {
    return fastest_choice(kOps, tier_, seconds_of).find(op)->second;
  };
  EXPECT_EQ(chosen(prefers(first->name, 0.97)), &select(op, tier_));
  EXPECT_EQ(chosen(prefers(first->name, 0.90)), first);
  // Of several measurements the least counts: an interruption of one does not.
  int calls = 0;
  EXPECT_EQ(chosen([&](const Kernel& kernel) {
              return &kernel == first ? (calls++ == 0 ? 100.0 : 0.5) : 1.0;
            }),
            first);
}

TEST_F(SelectionTest, IsMeasuredOnceAndThenRead) {
  FIND_OP_WITH_ALTERNATIVES(op);
  const Kernel* first = alternatives(op, tier_).front();
  const Choice measured = choose(prefers(first->name));
  EXPECT_EQ(measured.find(op)->second, first);
  EXPECT_THAT(cached(), HasSubstr(std::string(op) + ' ' + first->name + '\n'));
  EXPECT_EQ(choose(not_called), measured);
}

TEST_F(SelectionTest, AnotherProcessorOrBuildMeasuresAgain) {
  FIND_OP_WITH_ALTERNATIVES(op);
  choose(prefers(alternatives(op, tier_).front()->name));
  const Choice other = choose([](const Kernel&) { return 1.0; }, "a processor; another build");
  EXPECT_EQ(other.find(op)->second, &select(op, tier_));
  EXPECT_EQ(choose(not_called, "a processor; another build"), other);
}

TEST_F(SelectionTest, ADamagedCacheIsMeasuredAgainAndReplaced) {
  const SecondsOf equal = [](const Kernel&) { return 1.0; };
  const Choice right = choose(equal);
  const std::string text = cached();
  const std::string key = std::string(kKey) + '\n';
  const std::string damaged[] = {
      "",
      key,
      "\n",
      std::string(1000, '\0'),
      std::string(100000, 'x'),
      text.substr(0, text.size() - 1),                        // its last line may be cut short
      text.substr(0, text.rfind('\n', text.size() - 2) + 1),  // without an op
      text + text.substr(key.size()),                         // each op twice
      text + "softmax scalar\n",
      key + "gelu scalar\n",
      key + "gelu\n",
      key + "gelu historic\n" + text.substr(key.size()),
      "x" + text,
      text + std::string(50, '\0'),
  };
  for (const std::string& other : damaged) {
    EXPECT_EQ(choice_from(other, kKey, kOps, tier_), std::nullopt) << other.substr(0, 200);
    write(other);
    EXPECT_EQ(choose(equal), right);
    EXPECT_EQ(cached(), text) << "for " << other.substr(0, 200);
  }
  EXPECT_EQ(choice_from(text, kKey, kOps, tier_), right);
}

TEST_F(SelectionTest, ACacheThatCannotBeWrittenIsDoneWithout) {
  const SecondsOf equal = [](const Kernel&) { return 1.0; };
  const Choice right = fastest_choice(kOps, tier_, equal);
  EXPECT_EQ(cached_choice("", kKey, kOps, tier_, equal), right);
  EXPECT_EQ(cached_choice("/dev/null/kernels.txt", kKey, kOps, tier_, equal), right);
  EXPECT_EQ(cached_choice(directory_, kKey, kOps, tier_, equal), right) << "a folder";
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(SelectionTest, OverridesReplaceWhatWasChosen) {
  Choice choice = listed_choice(kOps, tier_);
  const Choice before = choice;
  override_choice(choice, "");
  EXPECT_EQ(choice, before);
  override_choice(choice, "matmul_i8=scalar,gelu=scalar");
  EXPECT_STREQ(choice.find("matmul_i8")->second->name, "scalar");
  EXPECT_STREQ(choice.find("gelu")->second->name, "scalar");
  EXPECT_EQ(choice.find("lane_linear_i8")->second, before.find("lane_linear_i8")->second);
  for (const char* wrong : {"softmax=scalar", "matmul_i8", "matmul_i8=", "matmul_i8=avx3", "="}) {
    try {
      override_choice(choice, wrong);
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_argument) << wrong;
    }
  }
}

TEST_F(SelectionTest, TheKeyIsOneLineThatNamesTheInstructionSets) {
  EXPECT_THAT(selection_key(), HasSubstr(isa_name(machine_isas().back())));
  EXPECT_EQ(selection_key().find('\n'), std::string::npos);
}

TEST_F(SelectionTest, EveryVariantOfTheWorkloadRuns) {
  const Workload workload;
  for (const std::string_view op : std::span(kOps).first<4>()) {  // all that engines use
    for (const Kernel* kernel : alternatives(op, tier_)) {
      EXPECT_GT(workload.seconds_of(*kernel), 0) << op << ' ' << kernel->name;
    }
  }
  EXPECT_THROW(workload.seconds_of(force("peak", "f32_scalar")), Error);
}

}  // namespace
}  // namespace tessera::compute::kernels
