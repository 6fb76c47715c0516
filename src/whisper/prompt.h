// What the decoder is shown before it writes the text of a window.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/compute/weights.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"

namespace tessera::whisper {

/// The prompt of a window: what went before, then sot, language, task, whether timestamps are off,
/// and the words that the text begins with.
struct WindowPrompt {
  std::vector<int> tokens;
  std::size_t sot = 0;  ///< position of <|startoftranscript|>
};

/// Builds the prompts of one recording. Borrows nothing.
/// Source: _get_initial_tokens() of openai/whisper's decoding.py; for hotwords get_prompt() of
/// faster-whisper's transcribe.py.
class PromptBuilder {
 public:
  /// Throws Error{bad_argument} for a language or task that the model does not know, and for an
  /// initial prompt, hotwords or prefix that do not fit in the decoder's context.
  PromptBuilder(const Tokenizer& tokenizer, const compute::ModelDims& dims, const Options& options,
                const std::string& language);

  /// The tokens of the initial prompt, at most max_history_tokens().
  const std::vector<int>& initial_prompt() const { return initial_prompt_; }
  /// The tokens that every text begins with.
  const std::vector<int>& prefix() const { return prefix_; }
  /// Tokens of history that the decoder is shown at most: half of its context but one.
  std::size_t max_history_tokens() const { return max_history_tokens_; }

  /// `history`: the tokens that the transcript ends with so far; its last ones are shown.
  WindowPrompt build(std::span<const int> history) const;

 private:
  std::vector<int> encode_bounded(const Tokenizer& tokenizer, const char* option,
                                  const std::string& text) const;

  int startofprev_;
  std::size_t max_history_tokens_;
  std::vector<int> sot_sequence_;
  std::vector<int> initial_prompt_;
  std::vector<int> hotwords_;
  std::vector<int> prefix_;
};

}  // namespace tessera::whisper
