// Decodes one encoded window: from states to tokens, text and the scores that judge them.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "src/compute/device.h"
#include "src/whisper/logit_filters.h"
#include "src/whisper/search.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"

namespace tessera::whisper {

/// What was understood in one window.
struct WindowText {
  std::vector<int> tokens;  ///< timestamps included, without the end of text
  double temperature = 0;
  double avg_logprob = 0;        ///< sum of log-probabilities / (tokens + 1)
  double no_speech_prob = 0;     ///< of <|nospeech|> where the transcript begins
  double compression_ratio = 0;  ///< of the text without its outer blanks
};

struct LanguageGuess {
  std::string code;
  double probability = 0;
};

/// Decodes windows of one recording in one language. Borrows the tokenizer.
class WindowDecoder {
 public:
  /// Throws Error{bad_argument} for options that contradict the model or themselves.
  WindowDecoder(const Tokenizer& tokenizer, const compute::ModelDims& dims, const Options& options,
                const std::string& language);

  /// `history`: tokens that the transcript of the recording ends with so far; their last ones
  /// become the prompt. Throws Error{cancelled}.
  WindowText decode(compute::DecoderEngine& engine,
                    const std::shared_ptr<const compute::EncodedWindow>& window,
                    std::span<const int> history, const std::stop_token& stop) const;

 private:
  void add_suppressed_tokens(const Options& options);

  const Tokenizer& tokenizer_;
  std::vector<int> sot_sequence_;  // sot, language and task, and whether timestamps are off
  std::size_t max_history_tokens_;
  SearchLimits limits_;
  LogitFilters filters_;
};

/// The language spoken in a window, by the decoder's probabilities for the first token after sot.
/// A model without languages always says English.
/// Source: detect_language() of openai/whisper's decoding.py.
LanguageGuess detect_language(const Tokenizer& tokenizer, compute::DecoderEngine& engine,
                              const std::shared_ptr<const compute::EncodedWindow>& window,
                              const std::stop_token& stop);

}  // namespace tessera::whisper
