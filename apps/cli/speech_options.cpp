#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"
#include "tessera/info.h"

namespace tessera::cli {
namespace {

class SpeechOptions : public OptionGroup {
 public:
  explicit SpeechOptions(TranscribeOptions& options)
      : options_(options), transcription_(options.transcription) {}

  void declare(CLI::App& app) override {
    OptionDeclarer speech(app, "Speech to text");
    speech.text("-l,--language", "NAME", transcription_.language,
                "Spoken language: en, english, ... (default: detect it)");
    speech.flag("--detect-language", options_.detect_language,
                "Print the language of each file and end; also -dl");
    speech.integer("--language-detection-segments", transcription_.language_detection_windows,
                   "Listen to so many windows of 30 s to detect it (default: 1)");
    speech.number("--language-detection-threshold", transcription_.language_detection_threshold,
                  "... or to fewer, when one is surer than this (default: 0.5)");
    speech.text("--task", "TASK", task_, "transcribe (default) or translate, which is to English")
        ->check(CLI::IsMember({"transcribe", "translate"}).description(""));
    speech.flag("--translate", translate_, "The same as --task translate; also -tr");
    speech.flag("--no-timestamps", no_timestamps_, "Plain text, not cut into segments; also -nt");
    speech.optional_number("--max-initial-timestamp", transcription_.max_initial_timestamp_s,
                           "Seconds at which a window's first segment begins at the latest "
                           "(default: 1.0)");
  }

  void settle(const CLI::App& /*app*/) override {
    if (translate_ || task_ == "translate") transcription_.task = Task::translate;
    transcription_.timestamps = !no_timestamps_;
    std::string& language = transcription_.language;
    if (language == "auto" || language == "None") language.clear();
    if (!language.empty() && find_language(language).empty()) {
      throw UsageError("--language: unknown language '" + language +
                       "'; 'tessera info --languages' lists them");
    }
    if (options_.detect_language && !language.empty()) {
      throw UsageError("--detect-language: not together with --language");
    }
  }

 private:
  TranscribeOptions& options_;
  Options& transcription_;
  std::string task_ = "transcribe";
  bool translate_ = false;
  bool no_timestamps_ = false;
};

}  // namespace

std::unique_ptr<OptionGroup> make_speech_options(TranscribeOptions& options) {
  return std::make_unique<SpeechOptions>(options);
}

}  // namespace tessera::cli
