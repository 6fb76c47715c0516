#include "src/whisper/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "src/whisper/scripted_session.h"

namespace tessera::whisper {
namespace {

constexpr int kVocab = 5;
constexpr int kEot = 4;
constexpr float kNever = -std::numeric_limits<float>::infinity();

// Logits whose exponentials are these weights, out of 100.
std::vector<float> percent(std::vector<int> weights) {
  std::vector<float> logits;
  for (const int weight : weights) {
    logits.push_back(weight == 0 ? kNever
                                 : static_cast<float>(std::log(static_cast<double>(weight) / 100)));
  }
  return logits;
}

// What follows which tokens; after all others the text ends.
Script tree(std::map<std::vector<int>, std::vector<int>> weights) {
  return [weights](const std::vector<int>& tokens) {
    const auto found = weights.find(tokens);
    return percent(found == weights.end() ? std::vector<int>{0, 0, 0, 0, 100} : found->second);
  };
}

struct Search {
  explicit Search(Script script, int prompt_tokens = 0)
      : session(std::move(script), kVocab, prompt_tokens), stream(session.open_stream(nullptr)) {}
  std::vector<Hypothesis> run(BeamOptions options, SearchLimits limits = {kEot, 224, 448}) {
    return beam_search({session, stream, session.first()}, {}, limits, options, {});
  }

  ScriptedSession session;
  int stream;
};

TEST(BeamSearch, FindsWhatGreedySearchMisses) {
  // Greedy takes 0 (60 %), after which everything is equally unlikely; 1 (40 %) leads to a sure
  // end.
  const Script script =
      tree({{{}, {60, 40, 0, 0, 0}}, {{0}, {25, 25, 25, 25, 0}}, {{1}, {0, 0, 90, 10, 0}}});
  Search greedy(script);
  const SearchStart start{greedy.session, greedy.stream, greedy.session.first()};
  EXPECT_EQ(greedy_search(start, {}, {kEot, 224, 448}, {}).tokens, (std::vector<int>{0, 0}));

  Search search(script);
  const auto found = search.run({2, 1.0});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].tokens, (std::vector<int>{1, 2}));
  EXPECT_NEAR(found[0].sum_logprob, std::log(0.4 * 0.9), 1e-6);
  EXPECT_EQ(found[1].tokens, (std::vector<int>{0, 0}));
  EXPECT_NEAR(found[1].sum_logprob, std::log(0.6 * 0.25), 1e-6);
  EXPECT_EQ(search.session.open_streams(), 1u) << "streams were left open";
  EXPECT_EQ(search.session.length(search.stream), 0) << "the start must stay as it is";
}

TEST(BeamSearch, AnEndCountsOnlyBeforeTheBeamsAreFull) {
  // The end (10 %) comes third, after two continuations fill the two beams.
  Search full(tree({{{}, {50, 40, 0, 0, 10}}}));
  for (const Hypothesis& found : full.run({2, 1.0})) EXPECT_EQ(found.tokens.size(), 1u);
  // Second, it is set aside, and a third continuation takes its place.
  Search aside(tree({{{}, {50, 15, 0, 0, 35}}}));
  const auto found = aside.run({2, 1.0});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].tokens.empty());
  EXPECT_NEAR(found[0].sum_logprob, std::log(0.35), 1e-6);
  EXPECT_EQ(found[1].tokens, (std::vector<int>{0}));
}

TEST(BeamSearch, PatienceAsksForMoreFinishedOnes) {
  const Script script = tree({{{}, {40, 35, 15, 0, 10}}});
  const auto count = [&](double patience) { return Search(script).run({2, patience}).size(); };
  EXPECT_EQ(count(1.0), 2u);
  EXPECT_EQ(count(0.5), 2u) << "filled up to the number of beams with unfinished ones";
  // Rounded half to even, as Python's round(): 2 x 1.25 = 2.5 is 2. Two beams go on at each step,
  // so more than the two that end in the second step are not to be found.
  EXPECT_EQ(count(1.25), 2u);
  const Script deep =
      tree({{{}, {50, 50, 0, 0, 0}}, {{0}, {0, 0, 40, 0, 60}}, {{1}, {0, 0, 40, 0, 60}}});
  EXPECT_EQ(Search(deep).run({2, 1.0}).size(), 2u);
  EXPECT_EQ(Search(deep).run({2, 2.0}).size(), 4u);
}

TEST(BeamSearch, TakesUnfinishedOnesWhenTheStepsRunOut) {
  const Script endless = [](const std::vector<int>&) { return percent({50, 30, 20, 0, 0}); };
  Search search(endless, 3);
  const auto found = search.run({3, 1.0}, {kEot, 4, 448});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].tokens, (std::vector<int>{0, 0, 0, 0}));
  EXPECT_NEAR(found[0].sum_logprob, 4 * std::log(0.5), 1e-6) << "the end is not scored";
  EXPECT_GE(found[1].sum_logprob, found[2].sum_logprob);
  // One token past the context is chosen and not fed.
  Search context(endless, 3);
  EXPECT_EQ(context.run({3, 1.0}, {kEot, 224, 10})[0].tokens.size(), 8u);
  EXPECT_EQ(context.session.longest(), 10);
}

TEST(BeamSearch, WithRoomForEverythingFindsTheLikeliestSequence) {
  // Every text of two tokens, each with its own probability, against the best found by hand.
  const Script script = [](const std::vector<int>& tokens) {
    if (tokens.size() >= 3) return percent({0, 0, 0, 0, 100});
    std::vector<int> weights(kVocab);
    int seed = 17;
    for (const int token : tokens) seed = seed * 31 + token * 7 + 3;
    for (int i = 0; i < kVocab; ++i) weights[static_cast<std::size_t>(i)] = 5 + seed * (i + 2) % 37;
    return percent(weights);
  };
  double best = -1e9;
  std::vector<int> best_tokens;
  const std::function<void(std::vector<int>, double)> walk = [&](std::vector<int> tokens,
                                                                 double sum) {
    const std::vector<float> logits = script(tokens);
    double total = 0;
    for (const float logit : logits) total += std::exp(static_cast<double>(logit));
    for (int id = 0; id < kVocab; ++id) {
      const float logit = logits[static_cast<std::size_t>(id)];
      if (std::isinf(logit)) continue;
      const double next = sum + logit - std::log(total);
      if (id == kEot) {
        if (!tokens.empty() && next / static_cast<double>(tokens.size()) > best) {
          best = next / static_cast<double>(tokens.size());
          best_tokens = tokens;
        }
        continue;
      }
      std::vector<int> longer = tokens;
      longer.push_back(id);
      walk(std::move(longer), next);
    }
  };
  walk({}, 0);
  // 4 + 16 + 64 texts of one to three tokens, and the empty one.
  std::vector<Hypothesis> found = Search(script).run({64, 85.0 / 64});
  EXPECT_EQ(found.size(), 85u);
  std::erase_if(found, [](const Hypothesis& hypothesis) { return hypothesis.tokens.empty(); });
  EXPECT_EQ(best_hypothesis(found, std::nullopt).tokens, best_tokens);
}

TEST(BeamSearch, EndsWhenNothingIsAllowed) {
  Search search([](const std::vector<int>& tokens) {
    return tokens.empty() ? percent({60, 40, 0, 0, 0}) : percent({0, 0, 0, 0, 0});
  });
  const auto found = search.run({2, 1.0});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].tokens, (std::vector<int>{0}));
}

}  // namespace
}  // namespace tessera::whisper
