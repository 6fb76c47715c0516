#include "src/whisper/recording_language.h"

#include <algorithm>
#include <optional>
#include <string>

#include "src/base/stopwatch.h"
#include "src/whisper/languages.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using base::Stopwatch;

// The language that was asked for; nothing when it is to be detected.
std::optional<std::string> chosen_language(const Options& options) {
  if (options.language.empty()) return std::nullopt;
  const auto code = language_code(options.language);
  if (code) return code;
  throw Error(ErrorCode::bad_argument,
              "language: expected a code like 'en' or a name like 'english', got '" +
                  options.language + "'");
}

}  // namespace

LanguageGuess find_language(const LogMel& mel, const Options& options, const Tokenizer& tokenizer,
                            compute::EncoderEngine& encoder, compute::DecoderEngine& decoder,
                            const std::stop_token& stop, StageSeconds& seconds) {
  if (const auto chosen = chosen_language(options)) return {*chosen, 1.0};
  if (!tokenizer.is_multilingual()) return {"en", 1.0};
  const int frames = mel.content_frames();
  const int windows = std::clamp((frames + kWindowFrames - 1) / kWindowFrames, 1,
                                 options.language_detection_windows);
  compute::Tensor picture(compute::DType::f32, mel.n_mels(), kWindowFrames);
  return vote_language(windows, options.language_detection_threshold, [&](int index) {
    const int first = index * kWindowFrames;
    Stopwatch::timed(seconds.mel, [&] {
      if (index == 0) return mel.detection_window(picture.values<float>());
      mel.window(first, std::min(kWindowFrames, frames - first), picture.values<float>());
    });
    const compute::TensorView view = picture.view();
    const auto window = Stopwatch::timed(seconds.encode, [&] {
      return encoder.encode({&view, 1}, stop).front();
    });
    return Stopwatch::timed(seconds.decode,
                            [&] { return detect_language(tokenizer, decoder, window, stop); });
  });
}

}  // namespace tessera::whisper
