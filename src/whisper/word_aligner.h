// When each word was said, by where the decoder listened while it wrote it.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "src/compute/device.h"
#include "src/whisper/config.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Finds word times in the windows of one recording in one language. Borrows tokenizer and config.
/// Source: timing.py of openai/whisper.
class WordAligner {
 public:
  WordAligner(const Tokenizer& tokenizer, const ModelConfig& config, const Options& options,
              const std::string& language);

  /// Fills the words of a window's segments and moves the segments' edges to them. `window_frames`:
  /// how much of the recording is in the window. `last_speech_s`: where the words of the windows
  /// before ended. The segments still have all their tokens. Throws Error{cancelled}.
  void align(std::span<Segment> segments, compute::DecoderEngine& engine,
             const std::shared_ptr<const compute::EncodedWindow>& window, int window_frames,
             double last_speech_s, const std::stop_token& stop) const;

 private:
  const Tokenizer& tokenizer_;
  const ModelConfig& config_;
  std::string language_;
  std::string prepended_;
  std::string appended_;
};

}  // namespace tessera::whisper
