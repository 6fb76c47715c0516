#include "src/whisper/search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/whisper/scripted_session.h"

namespace tessera::whisper {
namespace {

constexpr int kVocab = 5;
constexpr int kEot = 4;

// Row i is what the decoder says after i tokens, whichever they are.
Script by_length(std::vector<std::vector<float>> rows) {
  return [rows](const std::vector<int>& tokens) { return rows.at(tokens.size()); };
}

double log_probability(const std::vector<float>& logits, int id) {
  double sum = 0;
  for (const float value : logits) sum += std::exp(static_cast<double>(value));
  return logits[static_cast<std::size_t>(id)] - std::log(sum);
}

struct Search {
  explicit Search(Script script, int prompt_tokens = 0)
      : session(std::move(script), kVocab, prompt_tokens), stream(session.open_stream(nullptr)) {}
  SearchStart start() { return {session, stream, session.first()}; }

  ScriptedSession session;
  int stream;
};

TEST(GreedySearch, TakesTheLikeliestUntilTheEndAndAddsUpTheirScores) {
  const std::vector<std::vector<float>> script = {
      {0, 2, 1, 0, 0}, {0, 0, 0.5, 3, 1}, {0, 0, 0, 0, 2}};
  Search search(by_length(script), 3);
  const Hypothesis found = greedy_search(search.start(), {}, {kEot, 224, 448}, {});
  EXPECT_EQ(found.tokens, (std::vector<int>{1, 3}));
  EXPECT_NEAR(found.sum_logprob,
              log_probability(script[0], 1) + log_probability(script[1], 3) +
                  log_probability(script[2], kEot),
              1e-12);
  EXPECT_EQ(search.session.length(search.stream), 3) << "the start must stay as it is";
  EXPECT_EQ(search.session.open_streams(), 1u);
}

TEST(GreedySearch, TakesTheLowestIdOfATie) {
  Search search(by_length({{0, 0, 7, 7, 0}, {0, 0, 0, 0, 1}}));
  EXPECT_EQ(greedy_search(search.start(), {}, {kEot, 224, 448}, {}).tokens, (std::vector<int>{2}));
}

TEST(GreedySearch, ScoresUnderTheFilteredLogits) {
  LogitFilters filters;
  filters.push_back(std::make_unique<SuppressTokens>(std::vector<int>{0, 1}));
  Search search(by_length({{9, 8, 1, 0, 0}, {9, 8, 0, 0, 2}}));
  const Hypothesis found = greedy_search(search.start(), filters, {kEot, 224, 448}, {});
  EXPECT_EQ(found.tokens, (std::vector<int>{2}));
  EXPECT_NEAR(found.sum_logprob,
              (1 - std::log(std::exp(1.0) + 2)) + (2 - std::log(std::exp(2.0) + 2)), 1e-6);
}

TEST(GreedySearch, EndsWhenNothingIsAllowed) {
  LogitFilters filters;
  filters.push_back(std::make_unique<NoRepeatNgram>(1, std::vector<int>{}));
  filters.push_back(std::make_unique<SuppressTokens>(std::vector<int>{0, 1, 2, kEot}));
  Search search(by_length(std::vector<std::vector<float>>(4, {0, 0, 0, 1, 0})));
  const Hypothesis found = greedy_search(search.start(), filters, {kEot, 224, 448}, {});
  EXPECT_EQ(found.tokens, (std::vector<int>{3}));
  EXPECT_DOUBLE_EQ(found.sum_logprob, 0) << "the only token that was allowed had probability 1";
}

TEST(GreedySearch, StopsAtItsLimits) {
  const Script endless = [](const std::vector<int>&) { return std::vector<float>{0, 1, 0, 0, 0}; };
  Search by_tokens(endless, 3);
  EXPECT_EQ(greedy_search(by_tokens.start(), {}, {kEot, 6, 448}, {}).tokens.size(), 6u);
  // As the reference does, one token past the context is chosen and not fed.
  Search by_context(endless, 3);
  EXPECT_EQ(greedy_search(by_context.start(), {}, {kEot, 224, 10}, {}).tokens.size(), 8u);
  EXPECT_EQ(by_context.session.longest(), 10);
}

TEST(GreedySearch, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  Search search(by_length(std::vector<std::vector<float>>(20, {0, 1, 0, 0, 0})));
  EXPECT_THROW(greedy_search(search.start(), {}, {kEot, 6, 448}, source.get_token()), Error);
  EXPECT_EQ(search.session.open_streams(), 1u);
}

TEST(SampleSearch, DrawsEachSampleByItself) {
  const Script script = [](const std::vector<int>& tokens) {
    const auto size = static_cast<float>(tokens.size());
    const float last = tokens.empty() ? 0 : static_cast<float>(tokens.back());
    return std::vector<float>{1, last, 0.5f, 1.5f - last, size * 0.5f - 1};
  };
  const Sampler sampler(7, 1200, 2);
  constexpr double kTemperature = 0.8;
  Search many(script);
  const auto found = sample_search(many.start(), {}, {kEot, 12, 448}, kTemperature, sampler, 6, {});
  ASSERT_EQ(found.size(), 6u);
  EXPECT_EQ(many.session.open_streams(), 1u);
  bool differ = false;
  for (int sample = 0; sample < 6; ++sample) {
    std::vector<int> expected;
    double sum = 0;
    for (int step = 0; step < 12; ++step) {
      const std::vector<float> logits = script(expected);
      const int token = sample_token(logits, kTemperature, sampler.uniform(sample, step));
      sum += log_probability(logits, token);  // not divided by the temperature
      if (token == kEot) break;
      expected.push_back(token);
    }
    EXPECT_EQ(found[static_cast<std::size_t>(sample)].tokens, expected) << sample;
    EXPECT_NEAR(found[static_cast<std::size_t>(sample)].sum_logprob, sum, 1e-9) << sample;
    differ = differ || expected != found.front().tokens;
  }
  EXPECT_TRUE(differ);
  Search few(script);
  const auto again = sample_search(few.start(), {}, {kEot, 12, 448}, kTemperature, sampler, 2, {});
  EXPECT_EQ(again[1].tokens, found[1].tokens) << "samples must not depend on their number";
}

TEST(BestHypothesis, RanksByLogprobPerTokenOrByTheLengthPenalty) {
  const std::vector<Hypothesis> found = {{{1, 2}, -3.0}, {{1, 2, 3, 0}, -4.0}, {{2, 3}, -2.5}};
  EXPECT_EQ(&best_hypothesis(found, std::nullopt), &found[1]);  // -1.5, -1.0, -1.25
  EXPECT_EQ(&best_hypothesis(found, 0.0), &found[2]);           // the sums themselves
  // 0.5: -3 / 1.0801, -4 / 1.2247, -2.5 / 1.0801
  EXPECT_EQ(&best_hypothesis(found, 0.5), &found[2]);
  const std::vector<Hypothesis> equal = {{{1}, -1.0}, {{2}, -1.0}};
  EXPECT_EQ(&best_hypothesis(equal, std::nullopt), &equal[0]);
  const std::vector<Hypothesis> silent = {{{}, -1.0}, {{1}, -2.0}};
  EXPECT_EQ(&best_hypothesis(silent, std::nullopt), &silent[0]);
}

}  // namespace
}  // namespace tessera::whisper
