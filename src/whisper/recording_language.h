// The language of a recording: the one that was asked for, or the one that is heard.
#pragma once

#include <stop_token>

#include "src/compute/device.h"
#include "src/whisper/language_detection.h"
#include "src/whisper/mel.h"
#include "src/whisper/tokenizer.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Listens to as many windows as the options say when they name no language; adds to the seconds of
/// mel, encode and decode. A model of English alone hears English.
/// Throws Error{bad_argument} for a language that does not exist, and Error{cancelled}.
LanguageGuess find_language(const LogMel& mel, const Options& options, const Tokenizer& tokenizer,
                            compute::EncoderEngine& encoder, compute::DecoderEngine& decoder,
                            const std::stop_token& stop, StageSeconds& seconds);

}  // namespace tessera::whisper
