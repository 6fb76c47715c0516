#include "apps/cli/wer_options.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/parser.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

constexpr const char* kWerUsage =
    "tessera wer --refs REFS --hyps HYPS... [OPTIONS]\n"
    "       tessera wer --refs REFS FILE... [OPTIONS]";

constexpr const char* kWerNotes = R"(REFS and HYPS are
  lines "name<TAB>text", or "name text" in *.trans.txt and files of any other name
  NAME.txt, NAME.json        the text of one recording, as 'tessera -o' writes it
  NAME.json                  an object {"name": "text", ...}
  a folder                   with such files in it
A name stands for a sound file, with or without folders and extension.

WER is the share of the words in REFS that are wrong: substituted (S), deleted (D) or inserted (I).
CER is the same for characters. A transcript is changed when it has such an error.

Examples:
  tessera wer --refs refs.tsv --hyps texts               judge what 'tessera -o texts' wrote
  tessera wer --refs refs.tsv *.flac -m base             transcribe and judge
  tessera wer --refs f32 --hyps bf16 --hyps int8         what a precision changes
  tessera wer --refs de.tsv --hyps out --normalizer basic)";

const char* const kInput = "Transcripts";

class WerParser {
 public:
  explicit WerParser(WerOptions& options) : options_(options) {
    app_.formatter(std::make_shared<HelpFormatter>(kWerUsage));
    app_.footer(kWerNotes);
    app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    declare_input();
    declare_comparison();
    groups_.push_back(make_model_options(options.transcribing));
    groups_.push_back(make_speech_options(options.transcribing));
    groups_.push_back(make_voice_options(options.transcribing));
    groups_.push_back(make_search_options(options.transcribing));
    groups_.push_back(make_prompt_options(options.transcribing));
    for (const auto& group : groups_) group->declare(app_);
  }

  bool parse(const std::vector<std::string>& arguments) {
    if (!parse_arguments(app_, arguments)) return false;
    for (const auto& group : groups_) group->settle(app_);
    settle_input();
    settle_normalization();
    return true;
  }

 private:
  void declare_input() {
    app_.add_option("files", options_.transcribing.files,
                    "Sound files to transcribe and judge, when there is no --hyps")
        ->type_name("FILE...")
        ->group(kInput);
    OptionDeclarer input(app_, kInput);
    input.text("--refs", "REFS", options_.references, "What was said");
    app_.add_option("--hyps", options_.hypotheses,
                    "What was understood; give it several times to compare")
        ->type_name("HYPS")
        ->group(kInput)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    input.flag("--common-only", options_.common_only,
               "Leave out names that only REFS or only HYPS have, instead of refusing them");
  }

  void declare_comparison() {
    OptionDeclarer comparison(app_, "Comparison");
    comparison.text("--normalizer", "NAME", normalizer_,
                    "What counts as equal: english (default) and basic, both of openai/whisper, or "
                    "none");
    comparison.flag("--remove-diacritics", options_.normalization.remove_diacritics,
                    "With basic: letters without their marks");
    comparison.flag("--split-letters", options_.normalization.split_letters,
                    "With basic: each character is a word, for languages without blanks");
    comparison.flag("--show-errors", options_.show_errors,
                    "Print the transcripts that have errors beside their references");
    comparison.text("--json", "FILE", options_.json, "Write counts, texts and alignments");
    comparison.flag("-q,--quiet", options_.transcribing.quiet, "Print nothing but the result");
    comparison.flag("-v,--verbose", options_.transcribing.verbose, "Also print model and machine");
  }

  void settle_input() {
    if (options_.references.empty()) {
      throw UsageError("wer: expected --refs; 'tessera wer --help' tells more");
    }
    const bool files = !options_.transcribing.files.empty();
    if (files == !options_.hypotheses.empty()) {
      throw UsageError(files ? "wer: expected sound files or --hyps, got both"
                             : "wer: expected --hyps or sound files to transcribe");
    }
    if (options_.transcribing.detect_language) {
      throw UsageError("--detect-language: not an option of wer");
    }
    if (!files) refuse_transcribing_options();
    if (files && options_.common_only) {
      throw UsageError("--common-only: only with --hyps; of REFS those of the sound files count");
    }
  }

  /// Nothing is transcribed, so nobody shall think that these had an effect.
  void refuse_transcribing_options() const {
    for (const CLI::Option* option : app_.get_options()) {
      const std::string& group = option->get_group();
      const bool general = group == kInput || group == "Comparison" || group == "Options";
      if (!general && option->count() > 0) {
        throw UsageError(option->get_name() + ": only for sound files, not with --hyps");
      }
    }
  }

  void settle_normalization() {
    try {
      options_.normalization.normalizer = parse_normalizer(normalizer_);
      normalize_text("", options_.normalization);
    } catch (const Error& error) {
      throw UsageError(std::string("--") + error.what());
    }
  }

  WerOptions& options_;
  CLI::App app_{"Counts the errors of transcripts: word and character error rates.", "tessera wer"};
  std::vector<std::unique_ptr<OptionGroup>> groups_;
  std::string normalizer_ = "english";
};

}  // namespace

bool parse_wer_options(const std::vector<std::string>& arguments, WerOptions& options) {
  return WerParser(options).parse(arguments);
}

}  // namespace tessera::cli
