#include "src/whisper/transcript.h"

#include <gtest/gtest.h>

namespace tessera::whisper {
namespace {

class TranscriptTest : public testing::Test {
 protected:
  int at(double seconds) const {
    return tokenizer_.timestamp_begin() + static_cast<int>(seconds * 50 + 0.5);
  }
  std::vector<int> phrase(double start, const std::string& text, double end) const {
    std::vector<int> tokens = {at(start)};
    for (const int id : tokenizer_.encode(text)) tokens.push_back(id);
    tokens.push_back(at(end));
    return tokens;
  }
  static WindowText window(std::vector<int> tokens) {
    return {std::move(tokens), 0, -0.2, 0.01, 1};
  }

  Tokenizer tokenizer_ = Tokenizer::official(51865);
  Options options_;
};

std::vector<int> operator+(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(TranscriptTest, PlacesSegmentsInTheRecordingAndGoesOnAfterTheLastPair) {
  Transcript transcript(tokenizer_, options_, 4500);
  EXPECT_EQ(transcript.window_frames(), 3000);
  auto segments = transcript.add_window(
      window(phrase(0.5, " One.", 2) + phrase(2, " Two.", 26.4) + std::vector<int>{at(27)}));
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[1].text, " Two.");
  EXPECT_DOUBLE_EQ(segments[1].start_s, 2.0);
  EXPECT_EQ(transcript.seek_frames(), 2640);
  EXPECT_EQ(transcript.window_frames(), 1860);
  EXPECT_FALSE(transcript.complete());

  segments = transcript.add_window(window(phrase(0.1, " Three.", 1)));
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].id, 2);
  EXPECT_EQ(segments[0].seek_frames, 2640);
  EXPECT_DOUBLE_EQ(segments[0].start_s, 26.4);
  EXPECT_DOUBLE_EQ(segments[0].end_s, 27.4);
  EXPECT_TRUE(transcript.complete());
  EXPECT_EQ(transcript.text(), " One. Two. Three.");
}

TEST_F(TranscriptTest, PromptsWithItsTokensUnlessToldNotTo) {
  Transcript transcript(tokenizer_, options_, 6000);
  const std::vector<int> tokens = phrase(0, " One.", 2);
  transcript.add_window(window(tokens));
  EXPECT_EQ(std::vector<int>(transcript.history().begin(), transcript.history().end()), tokens);

  options_.condition_on_previous_text = false;
  Transcript forgetful(tokenizer_, options_, 6000);
  forgetful.add_window(window(tokens));
  EXPECT_TRUE(forgetful.history().empty());
  EXPECT_EQ(forgetful.text(), " One.");
}

TEST_F(TranscriptTest, SkipsSilenceOnlyWhenTheTextIsUnlikelyToo) {
  const auto skips = [&](double no_speech_prob, double avg_logprob) {
    Transcript transcript(tokenizer_, options_, 3000);
    WindowText text = window(phrase(0, " Boo.", 2));
    text.no_speech_prob = no_speech_prob;
    text.avg_logprob = avg_logprob;
    const bool skipped = transcript.add_window(text).empty();
    EXPECT_EQ(transcript.seek_frames(), 3000);
    return skipped;
  };
  EXPECT_TRUE(skips(0.61, -1.1));
  EXPECT_TRUE(skips(0.61, -1.0));
  EXPECT_FALSE(skips(0.61, -0.9));
  EXPECT_FALSE(skips(0.6, -1.1));
  options_.logprob_threshold.reset();
  EXPECT_TRUE(skips(0.61, -0.1));
  options_.no_speech_threshold.reset();
  EXPECT_FALSE(skips(0.99, -9));
}

TEST_F(TranscriptTest, KeepsEmptySegmentsWithoutTextAndOutOfTheHistory) {
  Transcript transcript(tokenizer_, options_, 3000);
  const auto segments = transcript.add_window(window({at(0)}));
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].text, "");
  EXPECT_TRUE(segments[0].tokens.empty());
  EXPECT_DOUBLE_EQ(segments[0].end_s, 30.0);
  EXPECT_TRUE(transcript.history().empty());
}

TEST_F(TranscriptTest, ARecordingWithoutAFrameIsCompleteAtOnce) {
  EXPECT_TRUE(Transcript(tokenizer_, options_, 0).complete());
}

}  // namespace
}  // namespace tessera::whisper
