// Which language is spoken in a recording.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "src/compute/device.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"

namespace tessera::whisper {

struct LanguageGuess {
  std::string code;
  double probability = 0;
};

/// The language spoken in a window, by the decoder's probabilities for the first token after sot.
/// A model without languages always says English.
/// Source: detect_language() of openai/whisper's decoding.py.
LanguageGuess detect_language(const Tokenizer& tokenizer, compute::DecoderEngine& engine,
                              const std::shared_ptr<const compute::EncodedWindow>& window,
                              const std::stop_token& stop);

/// Listens to at most `windows` windows of a recording: the first guess that is surer than
/// `threshold` counts, otherwise the language that was guessed most often, the earlier one of
/// equals, with the best of its probabilities. `guess` listens to window i, from 0.
/// Source: detect_language() of faster-whisper's transcribe.py.
LanguageGuess vote_language(int windows, double threshold,
                            const std::function<LanguageGuess(int)>& guess);

}  // namespace tessera::whisper
