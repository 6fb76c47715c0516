#include "src/whisper/hallucination.h"

#include <gtest/gtest.h>

namespace tessera::whisper {
namespace {

Segment segment(double start_s, double end_s, std::vector<Word> words) {
  Segment made;
  made.start_s = start_s;
  made.end_s = end_s;
  made.words = std::move(words);
  return made;
}

// A segment of one word of half a second that was likely said, or likely not.
Segment said(double start_s) {
  return segment(start_s, start_s + 0.5, {{" yes", start_s, start_s + 0.5, 0.9}});
}
Segment made_up(double start_s) {
  return segment(start_s, start_s + 0.5, {{" boo", start_s, start_s + 0.5, 0.1}});
}

JudgedWindow window(std::span<const Segment> segments, double begin_s = 0, double last_speech_s = 0,
                    double content_s = 300) {
  return {segments, begin_s, begin_s + 30, 30, last_speech_s, content_s, true};
}

TEST(IsAnomalous, AddsUpWhatSpeaksAgainstTheFirstEightWords) {
  EXPECT_FALSE(is_anomalous(segment(0, 1, {})));
  EXPECT_FALSE(is_anomalous(said(0)));
  EXPECT_TRUE(is_anomalous(made_up(0))) << "1 + 0.01 of 1 word";
  // Two words: 1 of 2 is not enough, and punctuation is no word.
  EXPECT_FALSE(is_anomalous(segment(0, 1, {{" boo", 0, 0.5, 0.1}, {" yes", 0.5, 1, 0.9}})));
  EXPECT_TRUE(is_anomalous(segment(0, 1, {{" boo", 0, 0.5, 0.1}, {",", 0.5, 1, 0.9}})));
  // A word of 0.05 s: (0.133 - 0.05) x 15 = 1.245.
  EXPECT_TRUE(is_anomalous(segment(0, 1, {{" a", 0, 0.05, 0.9}})));
  EXPECT_FALSE(is_anomalous(segment(0, 1, {{" a", 0, 0.08, 0.9}})));  // 0.795
  // A word of 5 s: 3 above the 2 s that a word may have; 3 is enough among any number of words.
  std::vector<Word> words(7, {" yes", 0, 0.5, 0.9});
  words.push_back({" aaah", 0, 5, 0.9});
  EXPECT_TRUE(is_anomalous(segment(0, 9, words)));
  words.insert(words.begin(), {" yes", 0, 0.5, 0.9});
  EXPECT_FALSE(is_anomalous(segment(0, 9, words))) << "the ninth word does not count";
}

TEST(SpeechEnd, IsTheLastWordsOrTheLastSegments) {
  EXPECT_EQ(speech_end_s({}), std::nullopt);
  EXPECT_EQ(speech_end_s(std::vector{segment(1, 2, {})}), 2.0);
  EXPECT_EQ(speech_end_s(std::vector{said(1), segment(3, 4, {})}), 1.5);
}

TEST(SkipSilence, GoesOnAfterTheLastWordOnlyWhenMuchIsLeft) {
  const std::vector<Segment> segments = {said(5), said(20)};
  JudgedWindow judged = window(segments);
  EXPECT_EQ(skip_silence(judged, 2).next_s, std::nullopt) << "the text says that nothing follows";
  judged.ends_in_timestamp = false;
  EXPECT_EQ(skip_silence(judged, 2).next_s, 20.5);
  EXPECT_FALSE(skip_silence(judged, 2).skip_window);
  EXPECT_EQ(skip_silence(judged, 9.5).next_s, std::nullopt);
  EXPECT_TRUE(skip_silence(judged, 9.5).skip_window);
  EXPECT_EQ(skip_silence(judged, 2).kept, 2u);
}

TEST(SkipSilence, DiscardsAWindowThatBeginsWithSilenceAndNonsense) {
  const std::vector<Segment> segments = {segment(40, 41, {}), made_up(45), said(50)};
  const SilenceSkip skip = skip_silence(window(segments, 40, 39), 2);
  EXPECT_TRUE(skip.discarded);
  EXPECT_EQ(skip.next_s, 45.0);
  EXPECT_EQ(skip.kept, 0u);
  EXPECT_FALSE(skip_silence(window(segments, 40, 39), 5).discarded) << "not more than 5 s";
}

TEST(SkipSilence, DropsNonsenseBetweenSilences) {
  const std::vector<Segment> segments = {said(41), made_up(50), said(60)};
  const SilenceSkip skip = skip_silence(window(segments, 40, 39), 2);
  EXPECT_FALSE(skip.discarded);
  EXPECT_EQ(skip.kept, 1u);
  EXPECT_EQ(skip.next_s, 50.0);
  // Speech right before it, or right after it, keeps it.
  const std::vector<Segment> before = {said(49.4), made_up(50), said(60)};
  EXPECT_EQ(skip_silence(window(before, 40, 39), 2).kept, 3u);
  const std::vector<Segment> after = {said(41), made_up(50), said(50.6)};
  EXPECT_EQ(skip_silence(window(after, 40, 39), 2).kept, 3u);
  // Unless what follows is made up as well.
  const std::vector<Segment> both = {said(41), made_up(50), made_up(50.6)};
  EXPECT_EQ(skip_silence(window(both, 40, 39), 2).kept, 1u);
}

TEST(SkipSilence, TheEdgesOfTheWindowCountAsSilence) {
  const std::vector<Segment> segments = {made_up(41), said(60)};
  const SilenceSkip begin = skip_silence(window(segments, 40, 40.9), 2);
  EXPECT_EQ(begin.kept, 0u);
  EXPECT_EQ(begin.next_s, 41.0) << "at least a second after the window's beginning";
  const std::vector<Segment> end = {said(41), made_up(68)};
  EXPECT_EQ(skip_silence(window(end, 40, 39), 2).kept, 1u);
}

TEST(SkipSilence, GoesToTheEndWhenNothingFollows) {
  const std::vector<Segment> segments = {said(1), made_up(10)};
  const SilenceSkip skip = skip_silence(window(segments, 0, 0, 12), 2);
  EXPECT_EQ(skip.kept, 1u);
  EXPECT_EQ(skip.next_s, 12.0);
}

}  // namespace
}  // namespace tessera::whisper
