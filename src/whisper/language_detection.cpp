#include "src/whisper/language_detection.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "src/whisper/log_softmax.h"

namespace tessera::whisper {

LanguageGuess detect_language(const Tokenizer& tokenizer, compute::DecoderEngine& engine,
                              const std::shared_ptr<const compute::EncodedWindow>& window,
                              const std::stop_token& stop) {
  if (!tokenizer.is_multilingual()) return {"en", 1.0};
  const auto session = engine.open_session();
  const int sot = tokenizer.sot();
  const compute::StreamInput input{session->open_stream(window), {&sot, 1}};
  const auto logits = session->step({&input, 1}, stop).row<float>(0);
  std::vector<float> candidates;
  for (const auto& [code, id] : tokenizer.languages()) {
    candidates.push_back(logits[static_cast<std::size_t>(id)]);
  }
  const auto best = std::max_element(candidates.begin(), candidates.end());
  return {tokenizer.languages()[static_cast<std::size_t>(best - candidates.begin())].first,
          std::exp(*best - log_sum_exp(candidates))};
}

LanguageGuess vote_language(int windows, double threshold,
                            const std::function<LanguageGuess(int)>& guess) {
  struct Votes {
    LanguageGuess best;
    int count;
  };
  std::vector<Votes> votes;  // in the order in which languages came up
  for (int i = 0; i < windows; ++i) {
    LanguageGuess heard = guess(i);
    if (heard.probability > threshold) return heard;
    const auto same = std::find_if(votes.begin(), votes.end(), [&](const Votes& candidate) {
      return candidate.best.code == heard.code;
    });
    if (same == votes.end()) {
      votes.push_back({heard, 1});
    } else {
      same->best.probability = std::max(same->best.probability, heard.probability);
      ++same->count;
    }
  }
  return std::max_element(votes.begin(), votes.end(),
                          [](const Votes& a, const Votes& b) { return a.count < b.count; })
      ->best;
}

}  // namespace tessera::whisper
