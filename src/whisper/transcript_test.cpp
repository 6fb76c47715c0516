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
  auto segments = transcript
                      .add_window(window(phrase(0.5, " One.", 2) + phrase(2, " Two.", 26.4) +
                                         std::vector<int>{at(27)}))
                      .segments;
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[1].text, " Two.");
  EXPECT_DOUBLE_EQ(segments[1].start_s, 2.0);
  EXPECT_EQ(transcript.seek_frames(), 2640);
  EXPECT_EQ(transcript.window_frames(), 1860);
  EXPECT_FALSE(transcript.complete());

  segments = transcript.add_window(window(phrase(0.1, " Three.", 1))).segments;
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
  EXPECT_EQ(transcript.history(), tokens);

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
    const bool skipped = transcript.add_window(text).segments.empty();
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
  const auto segments = transcript.add_window(window({at(0)})).segments;
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].text, "");
  EXPECT_TRUE(segments[0].tokens.empty());
  EXPECT_DOUBLE_EQ(segments[0].end_s, 30.0);
  EXPECT_TRUE(transcript.history().empty());
}

TEST_F(TranscriptTest, ARecordingWithoutAFrameIsCompleteAtOnce) {
  EXPECT_TRUE(Transcript(tokenizer_, options_, 0).complete());
}

TEST_F(TranscriptTest, ReportsWhatItDidWithAWindow) {
  Transcript transcript(tokenizer_, options_, 4000);
  WindowText text = window(phrase(1, " One.", 2) + std::vector<int>{at(2)});
  text.attempts = {{0.0, -0.2, 2.5, true, false}, {0.2, -0.3, 1.0, false, false}};
  WindowReport report = transcript.add_window(text).report;
  EXPECT_EQ(report.seek_frames, 0);
  EXPECT_EQ(report.frames, 3000);
  EXPECT_EQ(report.next_frames, 200);
  EXPECT_EQ(report.attempts.size(), 2u);
  EXPECT_FALSE(report.silence);
  text.no_speech_prob = 0.9;
  text.avg_logprob = -2;
  report = transcript.add_window(text).report;
  EXPECT_EQ(report.seek_frames, 200);
  EXPECT_EQ(report.next_frames, 3200);
  EXPECT_TRUE(report.silence);
}

TEST_F(TranscriptTest, ForgetsWhatWasDecodedAtAHighTemperature) {
  Transcript transcript(tokenizer_, options_, 9000);
  WindowText text = window(phrase(0, " One.", 2));
  text.temperature = 0.5;
  transcript.add_window(text);
  EXPECT_EQ(transcript.history(), text.tokens);
  text.temperature = 0.6;
  transcript.add_window(text);
  EXPECT_TRUE(transcript.history().empty());
  EXPECT_EQ(transcript.text(), " One. One.");
}

TEST_F(TranscriptTest, SilenceLeavesTheHistoryAsItIs) {
  options_.condition_on_previous_text = false;
  Transcript transcript(tokenizer_, options_, 9000, {1, 2, 3});
  EXPECT_EQ(transcript.history(), (std::vector<int>{1, 2, 3}));
  WindowText silence = window({});
  silence.no_speech_prob = 0.9;
  silence.avg_logprob = -2;
  transcript.add_window(silence);
  EXPECT_EQ(transcript.history(), (std::vector<int>{1, 2, 3})) << "no reset where nothing was said";
  transcript.add_window(window(phrase(0, " One.", 2)));
  EXPECT_TRUE(transcript.history().empty());
  EXPECT_EQ(transcript.text(), " One.") << "the initial prompt is no text";
}

TEST_F(TranscriptTest, CarriesTheInitialPromptBeforeTheLastTokensThatFit) {
  options_.carry_initial_prompt = true;
  Transcript transcript(tokenizer_, options_, 9000, {1, 2, 3}, 7);
  EXPECT_EQ(transcript.history(), (std::vector<int>{1, 2, 3}));
  const std::vector<int> tokens = phrase(0, " One two three.", 2);
  ASSERT_GT(tokens.size(), 4u);
  transcript.add_window(window(tokens));
  EXPECT_EQ(transcript.history(),
            (std::vector<int>{1, 2, 3}) + std::vector<int>(tokens.end() - 4, tokens.end()));
  Transcript full(tokenizer_, options_, 9000, {1, 2, 3}, 3);
  full.add_window(window(tokens));
  EXPECT_EQ(full.history(), (std::vector<int>{1, 2, 3})) << "no room for anything else";
}

TEST_F(TranscriptTest, GoesThroughTheClips) {
  options_.clip_timestamps_s = {1.005, 4, 10, 45, 60};  // 1.005 s is frame 100: half to even
  Transcript transcript(tokenizer_, options_, 7000);
  EXPECT_EQ(transcript.seek_frames(), 100);
  EXPECT_EQ(transcript.window_frames(), 300);
  transcript.add_window(window(phrase(0, " One.", 2)));
  EXPECT_EQ(transcript.seek_frames(), 1000);
  EXPECT_EQ(transcript.window_frames(), 3000);
  transcript.add_window(window(phrase(0, " Two.", 2)));
  EXPECT_EQ(transcript.seek_frames(), 4000);
  EXPECT_EQ(transcript.window_frames(), 500);
  transcript.add_window(window(phrase(0, " Three.", 2)));
  EXPECT_EQ(transcript.seek_frames(), 6000);
  EXPECT_EQ(transcript.window_frames(), 1000) << "the last clip ends with the recording";
  EXPECT_DOUBLE_EQ(transcript.done_s(), 60);
  transcript.add_window(window(phrase(0, " Four.", 2)));
  EXPECT_TRUE(transcript.complete());
  EXPECT_DOUBLE_EQ(transcript.done_s(), 70);
}

TEST_F(TranscriptTest, ClipsAfterTheEndAreEmpty) {
  options_.clip_timestamps_s = {0, 500, 600, 700};
  Transcript transcript(tokenizer_, options_, 1000);
  EXPECT_EQ(transcript.window_frames(), 1000);
  transcript.add_window(window(phrase(0, " One.", 2)));
  EXPECT_TRUE(transcript.complete());
}

// Gives each segment one word that spans it.
void one_word_each(std::span<Segment> segments, double /*last_speech_s*/) {
  for (Segment& segment : segments) {
    segment.words = {{segment.text, segment.start_s, segment.end_s, 0.9}};
  }
}

TEST_F(TranscriptTest, GoesOnAfterTheLastWord) {
  options_.word_timestamps = true;
  Transcript transcript(tokenizer_, options_, 6000);
  const AlignWords align = [](std::span<Segment> segments, double last_speech_s) {
    EXPECT_EQ(last_speech_s, 0);
    one_word_each(segments, last_speech_s);
    segments.back().words.back().end_s = 3.456;
  };
  // Speech goes on after the last pair, so the next window begins where the last word ended.
  transcript.add_window(window(phrase(0, " One.", 5) + std::vector<int>{at(5)}), align);
  EXPECT_EQ(transcript.seek_frames(), 346);
  // A single timestamp at the end: no speech follows in the window, whatever the words say.
  transcript.add_window(window(phrase(0, " Two.", 5)),
                        [](std::span<Segment> segments, double last) {
                          EXPECT_EQ(last, 3.456);
                          one_word_each(segments, last);
                        });
  EXPECT_EQ(transcript.seek_frames(), 3346);
}

TEST_F(TranscriptTest, DropsWhatIsMadeUpAndSaysSo) {
  options_.word_timestamps = true;
  options_.hallucination_silence_threshold_s = 2;
  Transcript transcript(tokenizer_, options_, 6000);
  const AlignWords align = [](std::span<Segment> segments, double last_speech_s) {
    one_word_each(segments, last_speech_s);
    segments[1].words[0].probability = 0.01;
  };
  const auto added =
      transcript.add_window(window(phrase(0, " One.", 2) + phrase(10, " Boo.", 11)), align);
  ASSERT_EQ(added.segments.size(), 1u);
  EXPECT_EQ(added.segments[0].text, " One.");
  EXPECT_EQ(added.report.dropped_segments, 1);
  EXPECT_EQ(transcript.seek_frames(), 1000) << "the next window begins with what was dropped";
  EXPECT_EQ(transcript.text(), " One.");
}

TEST_F(TranscriptTest, IndependentWindowsKeepTheirTextAndTheirPlaces) {
  options_.word_timestamps = true;
  Transcript transcript(tokenizer_, options_, 7000, {{100, 2900}, {2900, 5800}, {6000, 6500}});
  EXPECT_EQ(transcript.seek_frames(), 100);
  EXPECT_EQ(transcript.window_frames(), 2800);
  // Open at the end: no other window has its sound. Words do not move the next window.
  std::vector<int> open = phrase(0, " One.", 2) + phrase(3, " And then", 5);
  open.pop_back();
  auto segments = transcript.add_window(window(open), one_word_each).segments;
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[1].text, " And then");
  EXPECT_DOUBLE_EQ(segments[1].start_s, 4.0);
  EXPECT_DOUBLE_EQ(segments[1].end_s, 29.0);
  EXPECT_EQ(transcript.seek_frames(), 2900);
  // Cut short: the rest is heard once more, from the last pair on.
  WindowText text = window(open);
  text.cut_short = true;
  segments = transcript.add_window(text, one_word_each).segments;
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].text, " One.");
  EXPECT_EQ(transcript.seek_frames(), 3100);
  EXPECT_EQ(transcript.window_frames(), 2700);
  transcript.add_window(window(phrase(0, " Two.", 5)), one_word_each);
  EXPECT_EQ(transcript.seek_frames(), 6000);
  transcript.add_window(window(phrase(0, " Three.", 4)), one_word_each);
  EXPECT_TRUE(transcript.complete());
  EXPECT_EQ(transcript.text(), " One. And then One. Two. Three.");
}

TEST_F(TranscriptTest, LeavesOutAWindowAndMovesOnAsWithIt) {
  const std::vector<FrameSpan> windows = {{0, 2800}, {2800, 4000}};
  Transcript with(tokenizer_, options_, 4000, windows);
  Transcript without(tokenizer_, options_, 4000, windows);
  const WindowText text = window(phrase(1, " again", 3));
  const std::vector<Segment> preview = without.preview(text);
  ASSERT_EQ(preview.size(), 1u);
  EXPECT_EQ(preview[0].text, " again");
  EXPECT_DOUBLE_EQ(preview[0].end_s, 3);
  EXPECT_TRUE(without.said().empty());
  const auto added = with.add_window(text);
  const auto left_out = without.leave_out(text);
  EXPECT_TRUE(left_out.segments.empty());
  EXPECT_TRUE(left_out.report.repetition);
  EXPECT_FALSE(added.report.repetition);
  EXPECT_EQ(left_out.report.next_frames, added.report.next_frames);
  EXPECT_EQ(without.seek_frames(), with.seek_frames());
  EXPECT_EQ(without.text(), "");
  EXPECT_TRUE(without.said().empty());
  EXPECT_FALSE(with.said().empty());
}

TEST_F(TranscriptTest, ForgetsItsHistoryButNotItsText) {
  Transcript transcript(tokenizer_, options_, 6000);
  transcript.add_window(window(phrase(0, " one", 2)));
  EXPECT_FALSE(transcript.history().empty());
  transcript.forget_history();
  EXPECT_TRUE(transcript.history().empty());
  EXPECT_EQ(transcript.text(), " one");
}

TEST_F(TranscriptTest, WithoutIndependentWindowsItIsComplete) {
  EXPECT_TRUE(Transcript(tokenizer_, options_, 0, std::vector<FrameSpan>{}).complete());
}

}  // namespace
}  // namespace tessera::whisper
