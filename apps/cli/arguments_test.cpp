#include "apps/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Arguments = std::vector<std::string>;

Arguments rewrite(const Arguments& arguments, const std::string& existing_file = "") {
  return rewrite_arguments(
      arguments, [&](const std::string& name) { return !name.empty() && name == existing_file; });
}

TEST(Arguments, UnderscoresAndDashesAreTheSameInNamesOnly) {
  EXPECT_THAT(rewrite({"--output_dir", "a_b", "c_d.wav", "--model_dir=e_f"}),
              ElementsAre("--output-dir", "a_b", "c_d.wav", "--model-dir=e_f"));
}

TEST(Arguments, OptionsOfSeveralLetters) {
  EXPECT_THAT(rewrite({"-nt", "-otxt", "-oj", "-of", "out", "-nth", "0.5", "-lpt", "-1.0"}),
              ElementsAre("--no-timestamps", "--output-format", "txt", "--output-format", "json",
                          "--output-file", "out", "--no-speech-threshold", "0.5",
                          "--logprob-threshold", "-1.0"));
  EXPECT_THAT(rewrite({"--output_srt", "--no-prints"}),
              ElementsAre("--output-format", "srt", "--quiet"));
}

TEST(Arguments, EveryShortNameOfWhisperCpp) {
  EXPECT_THAT(
      rewrite({"-tp", "0", "-tpi", "0.2", "-nf", "-bo", "5", "-bs", "5", "-et", "2.4"}),
      ElementsAre("--temperature", "0", "--temperature-increment-on-fallback", "0.2",
                  "--no-fallback", "--best-of", "5", "--beam-size", "5", "--entropy-thold", "2.4"));
  EXPECT_THAT(
      rewrite({"-mc", "0", "-ml", "1", "-sow", "-dl", "-ot", "10", "-d", "20", "-sns"}),
      ElementsAre("--max-context", "0", "--max-len", "1", "--split-on-word", "--detect-language",
                  "--offset-t", "10", "-d", "20", "--suppress-tokens", "-1"));
  EXPECT_THAT(rewrite({"-olrc", "-ocsv", "--output_wcpp_json", "--temperature-inc", "0.1"}),
              ElementsAre("--output-format", "lrc", "--output-format", "csv", "--output-format",
                          "wcpp-json", "--temperature-increment-on-fallback", "0.1"));
}

TEST(Arguments, TextIsNeverTakenApart) {
  EXPECT_THAT(rewrite({"--initial_prompt", "--a_b", "--prompt", "True", "--hotwords", "[a,b]"}),
              ElementsAre("--initial-prompt=--a_b", "--initial-prompt=True", "--hotwords=[a,b]"));
  EXPECT_THAT(rewrite({"--prefix", "-Hello there", "--append_punctuations", ""}),
              ElementsAre("--prefix=-Hello there", "--append-punctuations", ""));
  EXPECT_THAT(rewrite({"--initial_prompt=a_b", "x_y.wav"}),
              ElementsAre("--initial-prompt=a_b", "x_y.wav"));
  EXPECT_THAT(rewrite({"--initial-prompt"}), ElementsAre("--initial-prompt"));
}

TEST(Arguments, OtherNamesKeepTheirValues) {
  EXPECT_THAT(rewrite({"--compute_type=int8", "--without_timestamps", "True"}),
              ElementsAre("--precision=int8", "--no-timestamps=true"));
}

TEST(Arguments, UnknownOptionsOfSeveralLettersAreNotTakenApart) {
  for (const char* option : {"-dtw", "-ojf", "-owts", "-ac", "-di", "-mbase", "-qv", "-d5000"}) {
    try {
      rewrite({"x.wav", option, "1"});
      ADD_FAILURE() << option;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(option));
    }
  }
}

TEST(Arguments, ShortOptionsNumbersAndStandardInputStay) {
  const Arguments same = {"-t", "4", "-t8", "-", "-l", "de", "--suppress-tokens", "-1", "-.5"};
  EXPECT_EQ(rewrite(same), same);
}

TEST(Arguments, SwitchesMayHaveAValue) {
  EXPECT_THAT(
      rewrite({"--condition_on_previous_text", "False", "-nt", "true", "--verbose", "x.wav"}),
      ElementsAre("--condition-on-previous-text=false", "--no-timestamps=true", "--verbose",
                  "x.wav"));
}

TEST(Arguments, LetterFIsInputOrFormat) {
  EXPECT_THAT(rewrite({"-f", "talk.wav"}), ElementsAre("talk.wav"));
  EXPECT_THAT(rewrite({"-f", "srt"}), ElementsAre("--output-format", "srt"));
  EXPECT_THAT(rewrite({"-f", "srt,json"}), ElementsAre("--output-format", "srt,json"));
  EXPECT_THAT(rewrite({"-f", "all"}), ElementsAre("--output-format", "all"));
  EXPECT_THAT(rewrite({"-f", "srt"}, "srt"), ElementsAre("srt")) << "there is such a file";
  EXPECT_THAT(rewrite({"--file", "srt"}), ElementsAre("srt"));
  EXPECT_THAT(rewrite({"-f", "-"}), ElementsAre("-"));
  EXPECT_THAT(rewrite({"-f", "-x.wav"}), ElementsAre("./-x.wav"));
  EXPECT_THAT(rewrite({"-f"}), ElementsAre("-f")) << "the parser says that its value is missing";
}

TEST(Arguments, NothingIsRewrittenAfterTwoDashes) {
  EXPECT_THAT(rewrite({"--", "-nt", "--a_b", "-zz"}), ElementsAre("--", "-nt", "--a_b", "-zz"));
}

TEST(Arguments, BracketsAreNoLists) {
  EXPECT_THAT(rewrite({"[a,b]", "--", "[c]"}), ElementsAre("./[a,b]", "--", "./[c]"));
}

TEST(Arguments, MessagesNameWhatWasTyped) {
  EXPECT_EQ(as_typed({"x", "--beam_size", "5"}, "--beam-size"), "--beam_size");
  EXPECT_EQ(as_typed({"--vad_filter", "True"}, "--vad-filter=true"), "--vad_filter");
  EXPECT_EQ(as_typed({"x"}, "-z"), "-z");
}

}  // namespace
}  // namespace tessera::cli
