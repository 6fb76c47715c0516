#include "src/whisper/search.h"

#include <algorithm>

#include "src/whisper/log_softmax.h"

namespace tessera::whisper {

Hypothesis greedy_search(compute::DecoderSession& session, int stream,
                         std::span<const float> logits, const LogitFilters& filters,
                         const SearchLimits& limits, const std::stop_token& stop) {
  Hypothesis found;
  std::vector<float> allowed(logits.begin(), logits.end());  // (n_vocab)
  const int prompt_tokens = session.length(stream);
  for (int step = 0; step < limits.max_tokens; ++step) {
    for (const auto& filter : filters) filter->apply(allowed, found.tokens);
    const auto best = std::max_element(allowed.begin(), allowed.end());
    const int token = static_cast<int>(best - allowed.begin());
    found.sum_logprob += *best - log_sum_exp(allowed);
    if (token == limits.eot) break;
    found.tokens.push_back(token);

    // The decoder has no position for a token past its context, whose logits nobody would read.
    const int length = prompt_tokens + static_cast<int>(found.tokens.size());
    if (length > limits.max_context || step + 1 == limits.max_tokens) break;
    const compute::StreamInput next{stream, {&token, 1}};
    const auto row = session.step({&next, 1}, stop).row<float>(0);
    allowed.assign(row.begin(), row.end());
  }
  return found;
}

}  // namespace tessera::whisper
