// When each word was said, by where the decoder listened while it wrote it.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "src/compute/device.h"
#include "src/whisper/config.h"
#include "src/whisper/tokenizer.h"
#include "src/whisper/word_timing.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Finds word times in the windows of one recording in one language. Borrows tokenizer and config.
/// Source: timing.py of openai/whisper.
///
/// The decoder reads the window's text once more, without history and timestamps; the model's
/// alignment heads then show which token listened where.
class WordAligner {
 public:
  /// Throws Error{bad_argument} for a language or task that the model does not know.
  WordAligner(const Tokenizer& tokenizer, const ModelConfig& config, const Options& options,
              const std::string& language);

  /// The words of a window's text: `window_tokens` in their order, of which those of control
  /// and time do not count. `window_frames`: how much of the recording is in the window. Throws
  /// Error{cancelled}, and Error{bad_argument} when the text with its frame of special tokens is
  /// longer than the decoder's context; text that was decoded with the default max_tokens never is.
  std::vector<WordTiming> find_words(std::span<const int> window_tokens,
                                     compute::DecoderEngine& engine,
                                     const std::shared_ptr<const compute::EncodedWindow>& window,
                                     int window_frames, const std::stop_token& stop) const;

  /// Gives the words to the segments that they were found in, and moves the segments' edges to
  /// them. `last_speech_s`: where the words of the windows before ended. The segments still have
  /// all their tokens.
  void place_words(std::span<Segment> segments, std::vector<WordTiming> words,
                   double last_speech_s) const;

  /// Finds and places the words of a window's segments.
  void align(std::span<Segment> segments, compute::DecoderEngine& engine,
             const std::shared_ptr<const compute::EncodedWindow>& window, int window_frames,
             double last_speech_s, const std::stop_token& stop) const;

 private:
  void check_fits(std::size_t tokens, std::size_t text_tokens) const;

  const Tokenizer& tokenizer_;
  const ModelConfig& config_;
  std::string language_;
  std::string prepended_;
  std::string appended_;
  std::vector<int> sot_sequence_;
  std::vector<compute::CrossHead> heads_;  // each once
};

}  // namespace tessera::whisper
