// The choice of tokens, one after the other, for one window.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "src/compute/device.h"
#include "src/whisper/logit_filters.h"
#include "src/whisper/sampler.h"

namespace tessera::whisper {

/// What a search found: the tokens before the end of text, and their score.
struct Hypothesis {
  std::vector<int> tokens;
  /// Sum of the log-probabilities of the tokens, the end of text included when it was chosen, under
  /// the filtered logits.
  double sum_logprob = 0;
};

/// What a search must keep to.
struct SearchLimits {
  int eot = 0;
  int max_tokens = 224;   ///< tokens sampled at most
  int max_context = 448;  ///< prompt and tokens together, as the decoder's positions allow
};

/// Where every search begins: a stream that has been fed the prompt, and what the decoder says
/// after it. Searches work on forks and leave the stream as it is.
struct SearchStart {
  compute::DecoderSession& session;
  int stream;
  std::span<const float> logits;  ///< (n_vocab)
};

/// Takes the likeliest token at every step, the lowest id on a tie (temperature 0).
/// Source: GreedyDecoder of openai/whisper's decoding.py.
Hypothesis greedy_search(const SearchStart& start, const LogitFilters& filters,
                         const SearchLimits& limits, const std::stop_token& stop);

/// `count` hypotheses side by side, each token drawn from softmax(logits / temperature) of the
/// filtered logits. Their scores do not know the temperature.
/// Source: GreedyDecoder of openai/whisper's decoding.py, with the generator of Sampler.
std::vector<Hypothesis> sample_search(const SearchStart& start, const LogitFilters& filters,
                                      const SearchLimits& limits, double temperature,
                                      const Sampler& sampler, int count,
                                      const std::stop_token& stop);

/// The best of the hypotheses by log-probability / length, or with a `length_penalty` a by
/// log-probability / ((5 + length) / 6)^a; the first of equals. There is at least one.
/// Source: MaximumLikelihoodRanker of openai/whisper's decoding.py; Wu et al. 2016.
const Hypothesis& best_hypothesis(std::span<const Hypothesis> hypotheses,
                                  std::optional<double> length_penalty);

}  // namespace tessera::whisper
