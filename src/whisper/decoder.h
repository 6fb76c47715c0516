// Decodes one encoded window: from states to tokens, text and the scores that judge them.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "src/compute/device.h"
#include "src/whisper/logit_filters.h"
#include "src/whisper/prompt.h"
#include "src/whisper/search.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// What was understood in one window.
struct WindowText {
  std::vector<int> tokens;  ///< timestamps included, without the end of text
  double temperature = 0;
  double avg_logprob = 0;                    ///< sum of log-probabilities / (tokens + 1)
  double no_speech_prob = 0;                 ///< of <|nospeech|> where the transcript begins
  double compression_ratio = 0;              ///< of the text without its outer blanks
  std::vector<WindowAttempt> attempts = {};  ///< every temperature that was tried
  bool cut_short = false;                    ///< it ended for want of tokens, not of speech
};

/// Whether even the last attempt's text was refused.
inline bool was_refused(const WindowText& window) {
  if (window.attempts.empty()) return false;
  const WindowAttempt& last = window.attempts.back();
  return last.too_repetitive || last.too_unlikely;
}

/// `second` with the attempts of both.
inline WindowText decoded_again(const WindowText& first, WindowText second) {
  second.attempts.insert(second.attempts.begin(), first.attempts.begin(), first.attempts.end());
  return second;
}

/// Decodes windows of one recording in one language. Borrows the tokenizer.
class WindowDecoder {
 public:
  /// `options` have passed check_options. Throws Error{bad_argument} for options that contradict
  /// the model.
  WindowDecoder(const Tokenizer& tokenizer, const compute::ModelDims& dims, const Options& options,
                const std::string& language);

  /// Decodes at one temperature after the other until one gives text that is neither too repetitive
  /// nor too unlikely, or is silence; the last one's text stands. `history`: tokens that the
  /// transcript of the recording ends with so far; their last ones become the prompt.
  /// `seek_frames`: where the window begins, which random choices depend on. Throws
  /// Error{cancelled}. Source: decode_with_fallback() of openai/whisper's transcribe.py.
  WindowText decode(compute::DecoderEngine& engine,
                    const std::shared_ptr<const compute::EncodedWindow>& window,
                    std::span<const int> history, int seek_frames,
                    const std::stop_token& stop) const;

  const PromptBuilder& prompts() const { return prompts_; }

 private:
  void add_filters();
  void add_suppressed_tokens();
  Hypothesis search(const SearchStart& start, double temperature, const Sampler& sampler,
                    const std::stop_token& stop) const;
  WindowAttempt judge(const Hypothesis& hypothesis, double temperature) const;
  bool accepts(const WindowAttempt& attempt, double no_speech_prob) const;

  const Tokenizer& tokenizer_;
  Options options_;
  PromptBuilder prompts_;
  SearchLimits limits_;
  LogitFilters filters_;
};

}  // namespace tessera::whisper
