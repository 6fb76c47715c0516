// The choice of tokens, one after the other, for one window.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "src/compute/device.h"
#include "src/whisper/logit_filters.h"

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

/// Takes the likeliest token at every step, the lowest id on a tie (temperature 0).
/// `logits`: those after the prompt, (n_vocab). The stream has been fed the prompt.
/// Source: GreedyDecoder of openai/whisper's decoding.py.
Hypothesis greedy_search(compute::DecoderSession& session, int stream,
                         std::span<const float> logits, const LogitFilters& filters,
                         const SearchLimits& limits, const std::stop_token& stop);

}  // namespace tessera::whisper
