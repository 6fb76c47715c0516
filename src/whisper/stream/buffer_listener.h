// What is said in a stream's buffer, by one decoding of it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "src/compute/device.h"
#include "src/compute/tensor.h"
#include "src/whisper/decoder.h"
#include "src/whisper/language_detection.h"
#include "src/whisper/model_engines.h"
#include "src/whisper/stream/heard_word.h"
#include "src/whisper/word_aligner.h"
#include "tessera/options.h"

namespace tessera::whisper {

/// Decodes at most 30 s of sound as one window of openai/whisper, with word times. Borrows the
/// engines' owners.
class BufferListener {
 public:
  /// `options` name a language that exists, or none. Throws as WindowDecoder.
  BufferListener(const detail::ModelEngines& engines, const Options& options);

  /// The words of the sound, which begins at `begin_s` of the stream. `history`: tokens of the text
  /// before it. Until keep_language() the language is that which is heard in this very window.
  std::vector<HeardWord> listen(std::span<const float> samples, double begin_s,
                                std::span<const int> history, const std::stop_token& stop);

  /// The language of the last decoding.
  const LanguageGuess& language() const { return language_; }
  /// Detects it no more.
  void keep_language() { detect_ = false; }

  /// Tokens to show as history: of text that is final, those that the options begin with, and how
  /// many of them are seen at most.
  std::vector<int> tokens(std::string_view text) const;
  std::vector<int> initial_prompt() const { return decoder_->prompts().initial_prompt(); }
  std::size_t max_history_tokens() const { return decoder_->prompts().max_history_tokens(); }

 private:
  std::shared_ptr<const compute::EncodedWindow> encode(std::span<const float> samples, int& frames,
                                                       const std::stop_token& stop);
  void set_language(LanguageGuess language);
  std::vector<HeardWord> words_of(const std::vector<Segment>& stamped,
                                  std::vector<WordTiming> words, double begin_s) const;

  detail::ModelEngines engines_;
  Options options_;
  bool detect_;
  LanguageGuess language_;
  std::optional<WindowDecoder> decoder_;
  std::optional<WordAligner> aligner_;
  compute::Tensor picture_;
};

}  // namespace tessera::whisper
