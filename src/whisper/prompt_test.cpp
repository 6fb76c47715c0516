#include "src/whisper/prompt.h"

#include <gtest/gtest.h>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

class PromptTest : public testing::Test {
 protected:
  PromptBuilder builder() const { return {tokenizer_, dims_, options_, "de"}; }
  std::string refusal() const {
    try {
      builder();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_argument);
      return error.what();
    }
    return "";
  }
  std::vector<int> sot() const { return tokenizer_.sot_sequence("de", Task::transcribe); }

  Tokenizer tokenizer_ = Tokenizer::official(51865);
  compute::ModelDims dims_ = [] {
    compute::ModelDims dims;
    dims.n_text_ctx = 448;
    return dims;
  }();
  Options options_;
};

std::vector<int> operator+(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(PromptTest, WithoutHistoryBeginsWithSot) {
  const WindowPrompt prompt = builder().build({});
  EXPECT_EQ(prompt.tokens, sot());
  EXPECT_EQ(prompt.sot, 0u);
  options_.timestamps = false;
  EXPECT_EQ(builder().build({}).tokens, sot() + std::vector<int>{tokenizer_.notimestamps()});
}

TEST_F(PromptTest, ShowsTheLast223TokensOfHistory) {
  std::vector<int> history(300);
  for (int i = 0; i < 300; ++i) history[static_cast<std::size_t>(i)] = i;
  const WindowPrompt prompt = builder().build(history);
  EXPECT_EQ(prompt.sot, 224u);
  EXPECT_EQ(prompt.tokens.front(), tokenizer_.startofprev());
  EXPECT_EQ(prompt.tokens[1], 77);
  EXPECT_EQ(prompt.tokens[223], 299);
  EXPECT_EQ(prompt.tokens[224], tokenizer_.sot());
}

TEST_F(PromptTest, StripsAndLeadsWithABlank) {
  options_.initial_prompt = "  Tessera, pebble \n";
  EXPECT_EQ(builder().initial_prompt(), tokenizer_.encode(" Tessera, pebble"));
  options_.initial_prompt = " \n ";
  EXPECT_TRUE(builder().initial_prompt().empty());
}

TEST_F(PromptTest, PutsHotwordsBeforeTheHistoryOfEveryWindow) {
  options_.hotwords = "quartz";
  const std::vector<int> hot = tokenizer_.encode(" quartz");
  EXPECT_EQ(builder().build({}).tokens, std::vector<int>{tokenizer_.startofprev()} + hot + sot());
  std::vector<int> history(300, 5);
  history.back() = 6;
  const WindowPrompt prompt = builder().build(history);
  EXPECT_EQ(prompt.sot, 224u);
  EXPECT_EQ(prompt.tokens[1], hot[0]);
  EXPECT_EQ(prompt.tokens[223], 6);
}

TEST_F(PromptTest, EndsWithThePrefix) {
  options_.prefix = "So it is";
  const int history[] = {1, 2};
  const WindowPrompt prompt = builder().build(history);
  EXPECT_EQ(prompt.tokens, (std::vector<int>{tokenizer_.startofprev(), 1, 2}) + sot() +
                               tokenizer_.encode(" So it is"));
  EXPECT_EQ(prompt.sot, 3u);
}

TEST_F(PromptTest, LeavesRoomForTextInAFullContext) {
  for (int i = 0; i < 200; ++i) options_.prefix += "a b ";
  const std::string longest = [&] {
    while (!refusal().empty()) options_.prefix.resize(options_.prefix.size() - 2);
    return options_.prefix;
  }();
  options_.prefix = longest;
  const std::vector<int> history(500, 5);
  const WindowPrompt prompt = builder().build(history);
  EXPECT_LT(prompt.tokens.size(), 448u);
  EXPECT_GT(prompt.tokens.size(), 440u);
}

TEST_F(PromptTest, RefusesWhatTheDecoderCannotBeShown) {
  std::string words;
  for (int i = 0; i < 224; ++i) words += " a";
  ASSERT_EQ(tokenizer_.encode(words).size(), 224u);
  const std::string message =
      "expected at most 223 tokens, which is what the decoder can be shown, got 224";
  options_.initial_prompt = words;
  EXPECT_EQ(refusal(), "initial_prompt: " + message);
  options_ = {};
  options_.hotwords = words;
  EXPECT_EQ(refusal(), "hotwords: " + message);
  options_ = {};
  options_.prefix = words;
  EXPECT_EQ(refusal(), "prefix: " + message);
  options_.prefix = words.substr(2);
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace tessera::whisper
