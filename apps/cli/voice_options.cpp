#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <system_error>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

/// As the library looks for it, but in a folder that the library does not know.
constexpr const char* kWeightsFile = "silero_vad_16k_op15.onnx";

class VoiceOptions : public OptionGroup {
 public:
  explicit VoiceOptions(TranscribeOptions& options)
      : options_(options), transcription_(options.transcription) {}

  void declare(CLI::App& app) override {
    OptionDeclarer voice(app, "Voice activity");
    voice.flag(
        "--vad", transcription_.vad_filter,
        "Transcribe only where there is speech, by Silero VAD ('tessera download silero-vad' "
        "gets it); also --vad-filter");
    voice.text("--vad-model", "FILE", transcription_.vad_model,
               "Its weights (default: those downloaded); also -vm");
    voice.number("--vad-threshold", transcription_.vad_threshold,
                 "How likely speech is to be, 0 to 1 (default: 0.5); also -vt");
    voice.optional_number("--vad-neg-threshold", transcription_.vad_neg_threshold,
                          "... and below this it ends (default: 0.15 less)");
    voice.integer("--vad-min-speech-duration-ms", transcription_.vad_min_speech_duration_ms,
                  "Shorter speech is left out (default: 0); also -vspd");
    voice.custom(
        "--vad-max-speech-duration-s", "S",
        [this](const std::string& option, const std::string& text) {
          const bool unbounded = text == "inf" || is_none(text);
          transcription_.vad_max_speech_duration_s =
              unbounded ? std::numeric_limits<double>::infinity() : parse_number(option, text);
        },
        "Cut longer speech at a pause (default: inf, with --batch-size 30); also -vmsd");
    voice.custom(
        "--vad-min-silence-duration-ms", "N",
        [this](const std::string& option, const std::string& text) {
          transcription_.vad_min_silence_duration_ms = parse_integer(option, text);
        },
        "Silence that ends speech (default: 2000, with --batch-size 160); also -vsd");
    voice.integer("--vad-speech-pad-ms", transcription_.vad_speech_pad_ms,
                  "Kept on both sides of speech (default: 400); also -vp");
    voice.number("--vad-samples-overlap", overlap_s_,
                 "whisper.cpp's; no effect, since speech is padded on both sides; also -vo");
  }

  void settle(const CLI::App& app) override {
    if (app.count("--vad-samples-overlap") > 0) {
      options_.notes.emplace_back(
          "--vad-samples-overlap has no effect: --vad-speech-pad-ms says what is kept around "
          "speech");
    }
    if (!transcription_.vad_filter) {
      for (const char* option : {"--vad-model", "--vad-threshold", "--vad-neg-threshold",
                                 "--vad-min-speech-duration-ms", "--vad-max-speech-duration-s",
                                 "--vad-min-silence-duration-ms", "--vad-speech-pad-ms"}) {
        if (app.count(option) > 0) throw UsageError(std::string(option) + ": needs --vad");
      }
    }
    use_vad_weights_in(options_.model_dir, transcription_);
  }

 private:
  TranscribeOptions& options_;
  Options& transcription_;
  double overlap_s_ = 0;
};

}  // namespace

void use_vad_weights_in(const std::string& model_dir, Options& transcription) {
  if (!transcription.vad_model.empty() || model_dir.empty()) return;
  const std::filesystem::path beside = std::filesystem::path(model_dir) / kWeightsFile;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(beside, ignored)) {
    transcription.vad_model = std::filesystem::absolute(beside).string();
  }
}

std::unique_ptr<OptionGroup> make_voice_options(TranscribeOptions& options) {
  return std::make_unique<VoiceOptions>(options);
}

}  // namespace tessera::cli
