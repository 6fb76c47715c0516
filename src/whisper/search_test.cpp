#include "src/whisper/search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kVocab = 5;
constexpr int kEot = 4;

// A decoder that answers from a script: row i is what it says after i tokens.
class ScriptedSession : public compute::DecoderSession {
 public:
  ScriptedSession(std::vector<std::vector<float>> script, int prompt)
      : script_(std::move(script)), prompt_(prompt) {}

  int open_stream(std::shared_ptr<const compute::EncodedWindow>) override { return 0; }
  int fork_stream(int) override { return 0; }
  void close_stream(int) override {}
  int length(int) const override { return prompt_ + static_cast<int>(fed.size()); }
  compute::TensorView attention(std::size_t /*index*/) const override { return {}; }
  compute::TensorView step(std::span<const compute::StreamInput> inputs,
                           const std::stop_token& stop) override {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    fed.insert(fed.end(), inputs[0].tokens.begin(), inputs[0].tokens.end());
    logits_ = compute::Tensor(compute::DType::f32, 1, kVocab);
    std::ranges::copy(script_.at(fed.size()), logits_.row<float>(0).begin());
    return logits_.view();
  }
  std::span<const float> first() const { return script_.at(0); }

  std::vector<int> fed;

 private:
  std::vector<std::vector<float>> script_;
  int prompt_;
  compute::Tensor logits_;
};

double log_probability(const std::vector<float>& logits, int id) {
  double sum = 0;
  for (const float value : logits) sum += std::exp(static_cast<double>(value));
  return logits[static_cast<std::size_t>(id)] - std::log(sum);
}

TEST(GreedySearch, TakesTheLikeliestUntilTheEndAndAddsUpTheirScores) {
  const std::vector<std::vector<float>> script = {
      {0, 2, 1, 0, 0}, {0, 0, 0.5, 3, 1}, {0, 0, 0, 0, 2}};
  ScriptedSession session(script, 3);
  const Hypothesis found = greedy_search(session, 0, session.first(), {}, {kEot, 224, 448}, {});
  EXPECT_EQ(found.tokens, (std::vector<int>{1, 3}));
  EXPECT_EQ(session.fed, found.tokens);
  EXPECT_NEAR(found.sum_logprob,
              log_probability(script[0], 1) + log_probability(script[1], 3) +
                  log_probability(script[2], kEot),
              1e-12);
}

TEST(GreedySearch, TakesTheLowestIdOfATie) {
  ScriptedSession session({{0, 0, 7, 7, 0}, {0, 0, 0, 0, 1}}, 0);
  const Hypothesis found = greedy_search(session, 0, session.first(), {}, {kEot, 224, 448}, {});
  EXPECT_EQ(found.tokens, (std::vector<int>{2}));
}

TEST(GreedySearch, ScoresUnderTheFilteredLogits) {
  LogitFilters filters;
  filters.push_back(std::make_unique<SuppressTokens>(std::vector<int>{0, 1}));
  ScriptedSession session({{9, 8, 1, 0, 0}, {9, 8, 0, 0, 2}}, 0);
  const Hypothesis found =
      greedy_search(session, 0, session.first(), filters, {kEot, 224, 448}, {});
  EXPECT_EQ(found.tokens, (std::vector<int>{2}));
  EXPECT_NEAR(found.sum_logprob,
              (1 - std::log(std::exp(1.0) + 2)) + (2 - std::log(std::exp(2.0) + 2)), 1e-6);
}

TEST(GreedySearch, StopsAtItsLimits) {
  const std::vector<std::vector<float>> endless(20, {0, 1, 0, 0, 0});
  ScriptedSession by_tokens(endless, 3);
  EXPECT_EQ(greedy_search(by_tokens, 0, by_tokens.first(), {}, {kEot, 6, 448}, {}).tokens.size(),
            6u);
  // As the reference does, one token past the context is chosen and not fed.
  ScriptedSession by_context(endless, 3);
  EXPECT_EQ(greedy_search(by_context, 0, by_context.first(), {}, {kEot, 224, 10}, {}).tokens.size(),
            8u);
  EXPECT_EQ(by_context.length(0), 10);
}

TEST(GreedySearch, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  ScriptedSession session(std::vector<std::vector<float>>(20, {0, 1, 0, 0, 0}), 0);
  EXPECT_THROW(greedy_search(session, 0, session.first(), {}, {kEot, 6, 448}, source.get_token()),
               Error);
}

}  // namespace
}  // namespace tessera::whisper
