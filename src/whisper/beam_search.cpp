#include "src/whisper/beam_search.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/filtered_logits.h"

namespace tessera::whisper {
namespace {

struct Beam {
  int stream;
  Hypothesis hypothesis;
  std::span<const float> logits;  // (n_vocab), what the decoder says next; good until the next step
};

// A beam and the token that would follow it.
struct Candidate {
  std::size_t beam;
  int token;
  double sum_logprob;
};

class BeamSearch {
 public:
  BeamSearch(const SearchStart& start, const LogitFilters& filters, const SearchLimits& limits,
             const BeamOptions& options)
      : session_(start.session),
        limits_(limits),
        width_(static_cast<std::size_t>(options.beams)),
        wanted_(static_cast<std::size_t>(std::nearbyint(options.beams * options.patience))),
        logits_(filters, width_ + 1),
        prompt_tokens_(start.session.length(start.stream)) {
    // The original begins with equal beams, whose equal continuations count once: one is enough.
    beams_.push_back({start.session.fork_stream(start.stream), {}, start.logits});
  }
  ~BeamSearch() {
    for (const Beam& beam : beams_) session_.close_stream(beam.stream);
  }
  BeamSearch(const BeamSearch&) = delete;
  BeamSearch& operator=(const BeamSearch&) = delete;

  std::vector<Hypothesis> run(const std::stop_token& stop) {
    for (int step = 0; step < limits_.max_tokens; ++step) {
      const std::vector<Candidate> next = choose(propose());
      if (next.empty()) break;
      go_on_with(next);
      if (finished_.size() >= wanted_) break;
      // The decoder has no position for a token past its context, whose logits nobody would read.
      if (prompt_tokens_ + step + 1 > limits_.max_context || step + 1 == limits_.max_tokens) break;
      feed(stop);
    }
    finish_unfinished();
    return std::move(finished_);
  }

 private:
  // Continuations of all beams, best first; among equals the earlier beam's.
  std::vector<Candidate> propose() {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < beams_.size(); ++i) {
      const Hypothesis& hypothesis = beams_[i].hypothesis;
      logits_.take(beams_[i].logits, hypothesis.tokens);
      for (const int token : logits_.likeliest()) {
        candidates.push_back({i, token, hypothesis.sum_logprob + logits_.logprob(token)});
      }
    }
    std::stable_sort(
        candidates.begin(), candidates.end(),
        [](const Candidate& a, const Candidate& b) { return a.sum_logprob > b.sum_logprob; });
    return candidates;
  }

  // The candidates that go on. Those that end before `width_` of them are found become finished.
  std::vector<Candidate> choose(const std::vector<Candidate>& candidates) {
    std::vector<Candidate> next;
    for (const Candidate& candidate : candidates) {
      if (candidate.token != limits_.eot) {
        next.push_back(candidate);
        if (next.size() == width_) break;
      } else if (finished_.size() < wanted_) {
        finished_.push_back({beams_[candidate.beam].hypothesis.tokens, candidate.sum_logprob});
      }
    }
    return next;
  }

  // The first continuation of a beam takes over its stream, further ones take forks.
  void go_on_with(const std::vector<Candidate>& next) {
    std::vector<bool> taken(beams_.size(), false);
    std::vector<Beam> beams;
    for (const Candidate& candidate : next) {
      const Beam& from = beams_[candidate.beam];
      Beam beam{0, from.hypothesis, {}};
      beam.hypothesis.tokens.push_back(candidate.token);
      beam.hypothesis.sum_logprob = candidate.sum_logprob;
      beam.stream = taken[candidate.beam] ? session_.fork_stream(from.stream) : from.stream;
      taken[candidate.beam] = true;
      beams.push_back(std::move(beam));
    }
    for (std::size_t i = 0; i < beams_.size(); ++i) {
      if (!taken[i]) session_.close_stream(beams_[i].stream);
    }
    beams_ = std::move(beams);
  }

  void feed(const std::stop_token& stop) {
    std::vector<compute::StreamInput> inputs;
    for (const Beam& beam : beams_) {
      inputs.push_back({beam.stream, std::span(beam.hypothesis.tokens).last(1)});
    }
    const compute::TensorView logits = session_.step(inputs, stop);
    for (std::size_t i = 0; i < beams_.size(); ++i) {
      beams_[i].logits = logits.row<float>(static_cast<int>(i));
    }
  }

  void finish_unfinished() {
    std::vector<Hypothesis> rest;
    for (const Beam& beam : beams_) rest.push_back(beam.hypothesis);
    std::stable_sort(rest.begin(), rest.end(), [](const Hypothesis& a, const Hypothesis& b) {
      return a.sum_logprob > b.sum_logprob;
    });
    for (Hypothesis& hypothesis : rest) {
      if (finished_.size() >= width_) break;
      finished_.push_back(std::move(hypothesis));
    }
  }

  compute::DecoderSession& session_;
  SearchLimits limits_;
  std::size_t width_;
  std::size_t wanted_;
  FilteredLogits logits_;
  int prompt_tokens_;
  std::vector<Beam> beams_;
  std::vector<Hypothesis> finished_;
};

}  // namespace

std::vector<Hypothesis> beam_search(const SearchStart& start, const LogitFilters& filters,
                                    const SearchLimits& limits, const BeamOptions& options,
                                    const std::stop_token& stop) {
  return BeamSearch(start, filters, limits, options).run(stop);
}

}  // namespace tessera::whisper
