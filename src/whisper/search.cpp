#include "src/whisper/search.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/filtered_logits.h"

namespace tessera::whisper {
namespace {

// (logits, index of the hypothesis, tokens it has) -> the next token.
using Choose = std::function<int(const FilteredLogits&, int, int)>;

// Hypotheses that know nothing of each other, stepped together.
class IndependentSearch {
 public:
  IndependentSearch(const SearchStart& start, const LogitFilters& filters,
                    const SearchLimits& limits, int count)
      : session_(start.session),
        logits_(filters, 1),
        limits_(limits),
        prompt_tokens_(start.session.length(start.stream)),
        found_(static_cast<std::size_t>(count)) {
    for (int i = 0; i < count; ++i) {
      live_.push_back({i, start.session.fork_stream(start.stream), start.logits, 0});
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
    std::span<const float> logits;  // (n_vocab), good until the next step
    int token;                      // the last one chosen
  };

  // Chooses a token for every live hypothesis; those that end are live no more.
  void extend(const Choose& choose, int step) {
    for (Live& live : live_) {
      Hypothesis& found = found_[static_cast<std::size_t>(live.index)];
      logits_.take(live.logits, found.tokens);
      if (!logits_.likeliest().empty()) {
        live.token = choose(logits_, live.index, step);
        found.sum_logprob += logits_.logprob(live.token);
      } else {
        live.token = limits_.eot;  // nothing is allowed any more
      }
      if (live.token != limits_.eot) found.tokens.push_back(live.token);
    }
    std::erase_if(live_, [this](const Live& live) {
      const bool ends = live.token == limits_.eot;
      if (ends) session_.close_stream(live.stream);
      return ends;
    });
  }

  void feed(const std::stop_token& stop) {
    if (live_.empty()) return;
    std::vector<compute::StreamInput> inputs;
    for (const Live& live : live_) inputs.push_back({live.stream, {&live.token, 1}});
    const compute::TensorView logits = session_.step(inputs, stop);
    for (std::size_t i = 0; i < live_.size(); ++i) {
      live_[i].logits = logits.row<float>(static_cast<int>(i));
    }
  }

  compute::DecoderSession& session_;
  FilteredLogits logits_;
  SearchLimits limits_;
  int prompt_tokens_;
  std::vector<Hypothesis> found_;
  std::vector<Live> live_;
};

}  // namespace

Hypothesis greedy_search(const SearchStart& start, const LogitFilters& filters,
                         const SearchLimits& limits, const std::stop_token& stop) {
  const Choose choose = [](const FilteredLogits& logits, int, int) {
    return logits.likeliest().front();
  };
  return IndependentSearch(start, filters, limits, 1).run(choose, stop).front();
}

std::vector<Hypothesis> sample_search(const SearchStart& start, const LogitFilters& filters,
                                      const SearchLimits& limits, double temperature,
                                      const Sampler& sampler, int count,
                                      const std::stop_token& stop) {
  const Choose choose = [&](const FilteredLogits& logits, int sample, int step) {
    return sample_token(logits.values(), temperature, sampler.uniform(sample, step));
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
