#include "apps/cli/output_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/arguments.h"

namespace tessera::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(OutputPlan, BaseNamesArePythons) {
  EXPECT_EQ(output_base_name("talk.mp3"), "talk");
  EXPECT_EQ(output_base_name("/a/b.c/talk.one.mp3"), "talk.one");
  EXPECT_EQ(output_base_name("talk"), "talk");
  EXPECT_EQ(output_base_name("talk."), "talk");
  EXPECT_EQ(output_base_name(".wav"), ".wav");
  EXPECT_EQ(output_base_name("..wav"), "..wav");
  EXPECT_EQ(output_base_name(".hidden.wav"), ".hidden");
  EXPECT_EQ(output_base_name(".."), "..");
  EXPECT_EQ(output_base_name("-"), "stdin");
}

TEST(OutputPlan, OutputsStayInTheDirectory) {
  TranscribeOptions options;
  options.files = {"/etc/talk.mp3", "../../up.wav"};
  options.formats = {OutputFormat::txt};
  options.output_dir = "out";
  EXPECT_THAT(plan_outputs(options), ElementsAre("out/talk", "out/up"));
}

TEST(OutputPlan, NamesMayBeGiven) {
  TranscribeOptions options;
  options.files = {"a.mp3", "b.mp3"};
  options.output_files = {"x", "/tmp/y.z"};
  options.formats = {OutputFormat::txt};
  EXPECT_THAT(plan_outputs(options), ElementsAre("./x", "/tmp/y.z"));
}

std::string planning_error(const TranscribeOptions& options) {
  try {
    plan_outputs(options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(OutputPlan, TwoInputsForOnePlaceAreAnError) {
  TranscribeOptions options;
  options.files = {"a/talk.mp3", "b/talk.wav"};
  EXPECT_EQ(planning_error(options), "") << "nothing is written";
  options.formats = {OutputFormat::srt};
  EXPECT_THAT(planning_error(options), HasSubstr("a/talk.mp3 and b/talk.wav would both"));
  options.files = {"a/talk.mp3", "a/talk.mp3"};
  EXPECT_THAT(planning_error(options), HasSubstr("would both"));
}

TEST(OutputPlan, SuffixesOfSeveralPartsCollideToo) {
  TranscribeOptions options;
  options.files = {"a.mp3", "b.mp3"};
  options.output_files = {"talk", "talk.wcpp"};
  options.formats = {OutputFormat::wcpp_json};
  EXPECT_EQ(planning_error(options), "");
  options.formats = {OutputFormat::wcpp_json, OutputFormat::json};
  EXPECT_THAT(planning_error(options), HasSubstr("would both be written to ./talk.wcpp.json"));
}

TEST(OutputPlan, InputsAreNotReplaced) {
  TranscribeOptions options;
  options.files = {"talk.mp3", "./talk.json"};
  options.output_files = {"talk", "other"};
  options.formats = {OutputFormat::txt, OutputFormat::json};
  EXPECT_THAT(planning_error(options), HasSubstr("./talk.json would be replaced"));
  options.files = {"talk.mp3", "talk.wcpp.json"};
  EXPECT_EQ(planning_error(options), "");
  options.formats = {OutputFormat::wcpp_json};
  EXPECT_THAT(planning_error(options), HasSubstr("talk.wcpp.json would be replaced"));
}

}  // namespace
}  // namespace tessera::cli
