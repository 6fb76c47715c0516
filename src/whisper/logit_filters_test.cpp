#include "src/whisper/logit_filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace tessera::whisper {
namespace {

// A vocabulary in small: text 0-9, end of text 10, specials 11-13 (13 is notimestamps), timestamps
// from 14 on, 0.00 s to 1.60 s.
constexpr int kEot = 10;
constexpr int kNoTimestamps = 13;
constexpr int kBegin = 14;
constexpr int kVocab = kBegin + 81;
constexpr TimestampIds kIds{kEot, kNoTimestamps, kBegin};

std::vector<float> logits_of(float text = 1.0f, float timestamps = -9.0f) {
  std::vector<float> logits(kVocab, text);
  std::fill(logits.begin() + kBegin, logits.end(), timestamps);
  return logits;
}

std::vector<int> allowed(std::span<const float> logits) {
  std::vector<int> ids;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!std::isinf(logits[i])) ids.push_back(static_cast<int>(i));
  }
  return ids;
}

std::vector<int> range(int first, int last) {
  std::vector<int> ids(static_cast<std::size_t>(last - first));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

std::vector<int> allowed_after(const LogitFilter& filter, std::vector<int> sampled,
                               std::vector<float> logits = logits_of()) {
  filter.apply(logits, sampled);
  return allowed(logits);
}

TEST(SuppressBlank, ForbidsBlankAndEndOnlyAtTheFirstPosition) {
  const SuppressBlank filter({3}, kEot);
  std::vector<int> expected = range(0, kVocab);
  std::erase(expected, 3);
  std::erase(expected, kEot);
  EXPECT_EQ(allowed_after(filter, {}), expected);
  EXPECT_EQ(allowed_after(filter, {7}), range(0, kVocab));
}

TEST(SuppressTokens, ForbidsItsIdsAlwaysAndIgnoresThoseOutsideTheVocabulary) {
  const SuppressTokens filter({0, 11, kVocab, -3});
  std::vector<int> expected = range(0, kVocab);
  std::erase(expected, 0);
  std::erase(expected, 11);
  EXPECT_EQ(allowed_after(filter, {}), expected);
  EXPECT_EQ(allowed_after(filter, {5, 6}), expected);
}

TEST(TimestampRules, NeverAllowNoTimestamps) {
  const TimestampRules rules(kIds, std::nullopt);
  std::vector<int> expected = range(0, kVocab);
  std::erase(expected, kNoTimestamps);
  EXPECT_EQ(allowed_after(rules, {4}), expected);
}

TEST(TimestampRules, BeginWithATimestampWithinTheBound) {
  EXPECT_EQ(allowed_after(TimestampRules(kIds, 50), {}), range(kBegin, kBegin + 51));
  EXPECT_EQ(allowed_after(TimestampRules(kIds, 0), {}), range(kBegin, kBegin + 1));
  EXPECT_EQ(allowed_after(TimestampRules(kIds, std::nullopt), {}), range(kBegin, kVocab));
}

TEST(TimestampRules, WantTextAfterTheTimestampThatBeginsASegment) {
  const TimestampRules rules(kIds, std::nullopt);
  std::vector<int> text = range(0, kBegin);
  std::erase(text, kNoTimestamps);
  EXPECT_EQ(allowed_after(rules, {kBegin + 3}), text);
  EXPECT_EQ(allowed_after(rules, {kBegin, 5, kBegin + 3, kBegin + 3}), text);
}

TEST(TimestampRules, WantATimestampOrTheEndAfterOneThatEndsASegment) {
  const TimestampRules rules(kIds, std::nullopt);
  // Not before the last one; the same again is where the next segment begins.
  std::vector<int> expected = {kEot, 11, 12};
  for (const int id : range(kBegin + 30, kVocab)) expected.push_back(id);
  EXPECT_EQ(allowed_after(rules, {kBegin, 5, kBegin + 30}), expected);
}

TEST(TimestampRules, LetNoSegmentBeEmptyOrGoBack) {
  const TimestampRules rules(kIds, std::nullopt);
  std::vector<int> expected = range(0, kNoTimestamps);
  for (const int id : range(kBegin + 31, kVocab)) expected.push_back(id);
  EXPECT_EQ(allowed_after(rules, {kBegin + 30, 5}), expected);
  EXPECT_EQ(allowed_after(rules, {kBegin, 5, kBegin + 30, kBegin + 30, 5, 6}), expected);
}

TEST(TimestampRules, PreferTimestampsThatTogetherOutweighEveryOtherToken) {
  const TimestampRules rules(kIds, std::nullopt);
  // 80 timestamps (those after the last) at x weigh x + log(80) = x + 4.38 together.
  const auto after_text = [&](float timestamps) {
    return allowed_after(rules, {kBegin, 5}, logits_of(1.0f, timestamps)).front();
  };
  EXPECT_EQ(after_text(1.0f - 4.37f), kBegin + 1);
  EXPECT_EQ(after_text(1.0f - 4.40f), 0);
}

TEST(TimestampRules, CountTheEndOfTextAmongTheOtherTokens) {
  const TimestampRules rules(kIds, std::nullopt);
  std::vector<float> logits = logits_of(-20.0f, 0.0f);
  logits[kEot] = 5.0f;  // above log(80)
  EXPECT_EQ(allowed_after(rules, {kBegin, 5}, logits).front(), 0);
  logits[kEot] = 4.0f;
  EXPECT_EQ(allowed_after(rules, {kBegin, 5}, logits).front(), kBegin + 1);
}

TEST(RepetitionPenalty, AppliesOncePerTokenWhateverItsSign) {
  const RepetitionPenalty penalty(2.0, {7});
  std::vector<float> logits(kVocab, 1.0f);
  logits[3] = -1.5f;
  logits[kBegin + 2] = 3.0f;
  const std::vector<int> sampled = {3, 3, kBegin + 2, 5};
  penalty.apply(logits, sampled);
  EXPECT_FLOAT_EQ(logits[3], -3.0f);
  EXPECT_FLOAT_EQ(logits[kBegin + 2], 1.5f);
  EXPECT_FLOAT_EQ(logits[5], 0.5f);
  EXPECT_FLOAT_EQ(logits[7], 0.5f) << "the prefix counts as sampled";
  EXPECT_FLOAT_EQ(logits[6], 1.0f);
}

TEST(NoRepeatNgram, ForbidsWhatWouldRepeatASequence) {
  const std::vector<int> all = range(0, kVocab);
  const auto forbidden = [&](int size, std::vector<int> prefix, std::vector<int> sampled) {
    std::vector<int> ids;
    const std::vector<int> left =
        allowed_after(NoRepeatNgram(size, std::move(prefix)), std::move(sampled));
    std::set_difference(all.begin(), all.end(), left.begin(), left.end(), std::back_inserter(ids));
    return ids;
  };
  EXPECT_EQ(forbidden(3, {}, {1, 2, 3, 1, 2}), (std::vector<int>{3}));
  EXPECT_EQ(forbidden(3, {}, {1, 2, 3, 1, 2, 4, 1, 2}), (std::vector<int>{3, 4}));
  EXPECT_EQ(forbidden(3, {}, {1, 2, 3, 2, 1}), (std::vector<int>{}));
  EXPECT_EQ(forbidden(3, {}, {1, 1}), (std::vector<int>{}));
  EXPECT_EQ(forbidden(2, {}, {6, 6}), (std::vector<int>{6})) << "sequences may overlap";
  EXPECT_EQ(forbidden(1, {}, {5, kBegin}), (std::vector<int>{5, kBegin}));
  EXPECT_EQ(forbidden(3, {1, 2, 3, 1}, {2}), (std::vector<int>{3})) << "the prefix counts";
}

}  // namespace
}  // namespace tessera::whisper
