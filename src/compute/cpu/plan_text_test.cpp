#include "src/compute/cpu/plan_text.h"

#include "src/compute/cpu/engine_test.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

TEST(PlanText, IsReadAsItWasWritten) {
  PrecisionPlan plan = PrecisionPlan::of(kTestDims, Precision::int8);
  plan.stem = Number::f32;
  plan.encoder[1].down = Number::bf16;
  plan.cross[0] = Number::f32;
  plan.decoder[1].ffn = Number::bf16;
  plan.logits = Number::bf16;
  const std::string text = text_of(plan);
  EXPECT_NE(text.find("encoder 1: qkv int8, attention int8, out int8, up int8, down bf16\n"),
            std::string::npos)
      << text;
  const PrecisionPlan read = parse_plan("# made by hand\n\n" + text, kTestDims, "plan");
  EXPECT_EQ(text_of(read), text);
  EXPECT_EQ(read.encoder[1].down, Number::bf16);
  EXPECT_EQ(read.encoder[0].down, Number::i8);
  EXPECT_EQ(read.stem, Number::f32);
  EXPECT_EQ(read.decoder[1].ffn, Number::bf16);
}

std::string plan_complaint(const std::string& text, const ModelDims& dims = kTestDims) {
  try {
    parse_plan(text, dims, "plan");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST(PlanText, WhatIsWrongIsNamed) {
  const std::string text = text_of(PrecisionPlan::of(kTestDims, Precision::int8));
  EXPECT_EQ(plan_complaint(replaced(text, "attention int8", "attention fp8")),
            "plan:2: expected a line like 'encoder 0: qkv int8, attention int8, out int8, up int8, "
            "down int8', got 'encoder 0: qkv int8, attention fp8, out int8, up int8, down int8'");
  EXPECT_EQ(plan_complaint(text + "more\n"), "plan:9: expected no more lines, got 'more'");
  EXPECT_EQ(plan_complaint(replaced(text, "conv bf16", "conv int8")),
            "plan: expected f32 or bf16 for the stem, got int8");
  EXPECT_EQ(plan_complaint(""), "plan: expected a line for 'stem', found the end");
  ModelDims more = kTestDims;
  more.n_audio_layers = 3;
  EXPECT_EQ(plan_complaint(text, more).substr(0, 48),
            "plan:4: expected a line like 'encoder 2: qkv int");
}

}  // namespace
}  // namespace tessera::compute::cpu
