// How the aligner asks the decoder, with a decoder that says what the test wants. That it finds
// openai/whisper's times is shown by the golden data.
#include "src/whisper/word_aligner.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

constexpr int kVocabulary = 51865;
constexpr int kPositions = 10;

struct Asked {
  int sessions = 0;
  std::vector<int> tokens;
  std::vector<compute::CrossHead> heads;
};

/// Every token listens to the position of its number; the next token has probability 1/2.
class ScriptedSession : public compute::DecoderSession {
 public:
  explicit ScriptedSession(Asked& asked) : asked_(asked) {}
  int open_stream(std::shared_ptr<const compute::EncodedWindow> /*window*/) override { return 3; }
  int fork_stream(int stream) override { return stream; }
  void close_stream(int /*stream*/) override {}
  int length(int /*stream*/) const override { return 0; }

  compute::TensorView step(std::span<const compute::StreamInput> inputs,
                           const std::stop_token& stop) override {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    const compute::StreamInput& input = inputs[0];
    EXPECT_EQ(input.stream, 3);
    EXPECT_TRUE(input.every_position);
    asked_.tokens.assign(input.tokens.begin(), input.tokens.end());
    asked_.heads.assign(input.attention_heads.begin(), input.attention_heads.end());
    const int tokens = static_cast<int>(input.tokens.size());
    logits_ = compute::Tensor(compute::DType::f32, tokens, kVocabulary);
    for (int i = 0; i < tokens; ++i) {
      const auto row = logits_.row<float>(i);
      std::ranges::fill(row, -1000.0F);
      row[1] = row[2] = 5;
      // Rows that predict no text: before <|notimestamps|>, and from the last text token on.
      if (i < 3 || i >= tokens - 2) row[3] = 5;
      row[kVocabulary - 1] = 90;  // a timestamp, which does not count
    }
    scores_ = compute::Tensor(compute::DType::f32, 2 * tokens, kPositions);
    for (int i = 0; i < 2 * tokens; ++i) {
      scores_.row<float>(i)[static_cast<std::size_t>(i % tokens % kPositions)] = 4;
    }
    return logits_.view();
  }
  compute::TensorView attention(std::size_t index) const override {
    EXPECT_EQ(index, 0u);
    return scores_.view();
  }

 private:
  Asked& asked_;
  compute::Tensor logits_, scores_;
};

class ScriptedEngine : public compute::DecoderEngine {
 public:
  std::unique_ptr<compute::DecoderSession> open_session() override {
    ++asked.sessions;
    return std::make_unique<ScriptedSession>(asked);
  }
  Asked asked;
};

class WordAlignerTest : public testing::Test {
 protected:
  WordAlignerTest() {
    config_.dims.n_text_ctx = 16;
    config_.alignment_heads = {{3, 1}, {0, 2}, {3, 1}};
    config_.median_filter_width = 1;
  }
  static Segment segment(std::vector<int> tokens) {
    Segment made;
    made.end_s = 2;
    made.tokens = std::move(tokens);
    return made;
  }
  void align(std::span<Segment> segments, int window_frames, const std::stop_token& stop = {}) {
    const WordAligner aligner(tokenizer(), config_, {}, "en");
    aligner.align(segments, engine_, nullptr, window_frames, 0, stop);
  }
  static const Tokenizer& tokenizer() {
    static const Tokenizer kTokenizer = Tokenizer::official(kVocabulary);
    return kTokenizer;
  }

  ModelConfig config_;
  ScriptedEngine engine_;
};

TEST_F(WordAlignerTest, ReadsTheTextWithoutTimestampsAndListensToEachHeadOnce) {
  const Tokenizer& t = tokenizer();
  std::vector<Segment> segments = {segment({t.timestamp_begin(), 1, 2, t.timestamp_begin() + 9}),
                                   segment({1})};
  align(segments, 20);
  EXPECT_THAT(engine_.asked.tokens, ElementsAre(t.sot(), *t.language_id("en"), t.transcribe(),
                                                t.notimestamps(), 1, 2, 1, t.eot()));
  EXPECT_THAT(engine_.asked.heads, ElementsAre(compute::CrossHead{0, 2}, compute::CrossHead{3, 1}));
}

TEST_F(WordAlignerTest, WordsHaveTheTimesAndProbabilitiesOfTheirTokens) {
  // Token 1 is a quotation mark and token 2 a hash, words of their own: the rows of
  // <|notimestamps|> and the three tokens listen to positions 3, 4, 5, 6.
  std::vector<Segment> segments = {segment({2, 2}), segment({2})};
  align(segments, 20);
  ASSERT_EQ(segments[0].words.size(), 2u);
  ASSERT_EQ(segments[1].words.size(), 1u);
  EXPECT_EQ(segments[0].words[0].text, "#");
  EXPECT_EQ(segments[0].words[0].end_s, 0.08);
  EXPECT_EQ(segments[0].words[1].start_s, 0.08);
  EXPECT_EQ(segments[0].words[1].end_s, 0.1);
  EXPECT_EQ(segments[1].words[0].start_s, 0.1);
  EXPECT_EQ(segments[1].words[0].end_s, 0.12);
  for (const Word& word : {segments[0].words[0], segments[0].words[1], segments[1].words[0]}) {
    EXPECT_NEAR(word.probability, 0.5, 1e-9);
  }
  EXPECT_EQ(segments[1].end_s, 0.12);
}

TEST_F(WordAlignerTest, TheWindowEndsWhereTheRecordingDoes) {
  std::vector<Segment> segments = {segment({2, 2}), segment({2})};
  align(segments, 11);  // 5 positions
  EXPECT_LE(segments[1].words[0].end_s, 0.08);
  align(segments, 100000);
  EXPECT_EQ(segments[1].words[0].end_s, 0.12);
}

TEST_F(WordAlignerTest, WithoutTextTheDecoderIsNotAsked) {
  align({}, 20);
  std::vector<Segment> segments = {segment({tokenizer().timestamp_begin()})};
  segments[0].words.push_back({});
  align(segments, 20);
  EXPECT_EQ(engine_.asked.sessions, 0);
  EXPECT_TRUE(segments[0].words.empty());
}

TEST_F(WordAlignerTest, RefusesTextThatDoesNotFitTheContext) {
  std::vector<Segment> segments = {segment(std::vector<int>(11, 2))};
  align(segments, 20);
  EXPECT_EQ(segments[0].words.size(), 11u);
  segments = {segment(std::vector<int>(12, 2))};
  try {
    align(segments, 20);
    FAIL() << "took 17 tokens";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    EXPECT_THAT(error.what(), testing::HasSubstr("at most 16 tokens"));
    EXPECT_THAT(error.what(), testing::HasSubstr("got 12 of a window's text and 5 around them"));
  }
}

TEST_F(WordAlignerTest, CanBeStopped) {
  std::stop_source source;
  source.request_stop();
  std::vector<Segment> segments = {segment({2})};
  EXPECT_THROW(align(segments, 20, source.get_token()), Error);
  EXPECT_THROW(WordAligner(tokenizer(), config_, {}, "xx"), Error);
}

}  // namespace
}  // namespace tessera::whisper
