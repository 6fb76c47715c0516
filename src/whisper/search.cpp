#include "src/whisper/search.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/log_softmax.h"

namespace tessera::whisper {
namespace {

// (logits, index of the hypothesis, tokens it has) -> the next token.
using Choose = std::function<int(std::span<const float>, int, int)>;

int argmax(std::span<const float> logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// Hypotheses that know nothing of each other, stepped together.
class IndependentSearch {
 public:
  IndependentSearch(const SearchStart& start, const LogitFilters& filters,
                    const SearchLimits& limits, int count)
      : session_(start.session),
        filters_(filters),
        limits_(limits),
        prompt_tokens_(start.session.length(start.stream)),
        found_(static_cast<std::size_t>(count)) {
    for (int i = 0; i < count; ++i) {
      live_.push_back({i,
                       start.session.fork_stream(start.stream),
                       {start.logits.begin(), start.logits.end()},
                       0});
    }
  }
  ~IndependentSearch() {
    for (const Live& live : live_) session_.close_stream(live.stream);
  }
  IndependentSearch(const IndependentSearch&) = delete;
  IndependentSearch& operator=(const IndependentSearch&) = delete;

  std::vector<Hypothesis> run(const Choose& choose, const std::stop_token& stop) {
    for (int step = 0; step < limits_.max_tokens && !live_.empty(); ++step) {
      extend(choose, step);
      // The decoder has no position for a token past its context, whose logits nobody would read.
      if (prompt_tokens_ + step + 1 > limits_.max_context || step + 1 == limits_.max_tokens) break;
      feed(stop);
    }
    return std::move(found_);
  }

 private:
  struct Live {
    int index;
    int stream;
    std::vector<float> logits;  // (n_vocab)
    int token;                  // the last one chosen
  };

  // Chooses a token for every live hypothesis; those that end are live no more.
  void extend(const Choose& choose, int step) {
    for (Live& live : live_) {
      Hypothesis& found = found_[static_cast<std::size_t>(live.index)];
      for (const auto& filter : filters_) filter->apply(live.logits, found.tokens);
      const double normaliser = log_sum_exp(live.logits);
      if (std::isfinite(normaliser)) {
        live.token = choose(live.logits, live.index, step);
        found.sum_logprob += live.logits[static_cast<std::size_t>(live.token)] - normaliser;
      } else {
        live.token = limits_.eot;  // nothing is allowed any more
      }
      if (live.token == limits_.eot) {
        session_.close_stream(live.stream);
      } else {
        found.tokens.push_back(live.token);
      }
    }
    std::erase_if(live_, [this](const Live& live) { return live.token == limits_.eot; });
  }

  void feed(const std::stop_token& stop) {
    if (live_.empty()) return;
    std::vector<compute::StreamInput> inputs;
    for (const Live& live : live_) inputs.push_back({live.stream, {&live.token, 1}});
    const compute::TensorView logits = session_.step(inputs, stop);
    for (std::size_t i = 0; i < live_.size(); ++i) {
      const auto row = logits.row<float>(static_cast<int>(i));
      live_[i].logits.assign(row.begin(), row.end());
    }
  }

  compute::DecoderSession& session_;
  const LogitFilters& filters_;
  SearchLimits limits_;
  int prompt_tokens_;
  std::vector<Hypothesis> found_;
  std::vector<Live> live_;
};

}  // namespace

Hypothesis greedy_search(const SearchStart& start, const LogitFilters& filters,
                         const SearchLimits& limits, const std::stop_token& stop) {
  const Choose choose = [](std::span<const float> logits, int, int) { return argmax(logits); };
  return IndependentSearch(start, filters, limits, 1).run(choose, stop).front();
}

std::vector<Hypothesis> sample_search(const SearchStart& start, const LogitFilters& filters,
                                      const SearchLimits& limits, double temperature,
                                      const Sampler& sampler, int count,
                                      const std::stop_token& stop) {
  const Choose choose = [&](std::span<const float> logits, int sample, int step) {
    return sample_token(logits, temperature, sampler.uniform(sample, step));
  };
  return IndependentSearch(start, filters, limits, count).run(choose, stop);
}

const Hypothesis& best_hypothesis(std::span<const Hypothesis> hypotheses,
                                  std::optional<double> length_penalty) {
  const auto score = [&](const Hypothesis& hypothesis) {
    // The original divides by zero for a text without tokens, which only options that allow an
    // immediate end of text give.
    const double length = std::max<double>(1, static_cast<double>(hypothesis.tokens.size()));
    const double divisor = length_penalty ? std::pow((5 + length) / 6, *length_penalty) : length;
    return hypothesis.sum_logprob / divisor;
  };
  const Hypothesis* best = &hypotheses.front();
  for (const Hypothesis& hypothesis : hypotheses.subspan(1)) {
    if (score(hypothesis) > score(*best)) best = &hypothesis;
  }
  return *best;
}

}  // namespace tessera::whisper
