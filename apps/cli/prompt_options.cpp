#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

class PromptOptions : public OptionGroup {
 public:
  explicit PromptOptions(TranscribeOptions& options) : transcription_(options.transcription) {}

  void declare(CLI::App& app) override {
    OptionDeclarer prompt(app, "Prompts");
    prompt.flag("--condition-on-previous-text", transcription_.condition_on_previous_text,
                "Show each window the text before it (default; turn off with False)");
    prompt.number("--prompt-reset-on-temperature", transcription_.prompt_reset_on_temperature,
                  "... unless that took a temperature above this (default: 0.5)");
    prompt.integer("--max-context", max_context_,
                   "0: the same as --condition-on-previous-text False; -1: as much as fits; also "
                   "-mc");
    prompt.text("--initial-prompt", "TEXT", transcription_.initial_prompt,
                "As if that had been said before: names, spelling; also --prompt");
    prompt.flag("--carry-initial-prompt", transcription_.carry_initial_prompt,
                "Show it to every window, not only to the first");
    prompt.text("--prefix", "TEXT", transcription_.prefix,
                "Words that every window's text begins with");
    prompt.text("--hotwords", "TEXT", transcription_.hotwords,
                "Words to expect, shown to every window; not with --prefix");
  }

  void settle(const CLI::App& app) override {
    if (max_context_ != 0 && max_context_ != -1) {
      throw UsageError("--max-context: expected 0 (no earlier text) or -1 (as much as fits), got " +
                       std::to_string(max_context_));
    }
    if (app.count("--max-context") > 0 && max_context_ == 0) {
      if (app.count("--condition-on-previous-text") > 0 &&
          transcription_.condition_on_previous_text) {
        throw UsageError("--max-context 0: not together with --condition-on-previous-text True");
      }
      transcription_.condition_on_previous_text = false;
    }
    if (transcription_.batch_size > 1) settle_batches(app);
    if (!transcription_.prefix.empty() && !transcription_.hotwords.empty()) {
      throw UsageError("--hotwords: not together with --prefix");
    }
  }

 private:
  /// Windows that are decoded at the same time have no text before them.
  void settle_batches(const CLI::App& app) {
    for (const char* option : {"--condition-on-previous-text", "--max-context"}) {
      if (app.count(option) > 0 && transcription_.condition_on_previous_text) {
        throw UsageError(std::string(option) + ": not together with --batch-size");
      }
    }
    transcription_.condition_on_previous_text = false;
  }

  Options& transcription_;
  int max_context_ = -1;
};

}  // namespace

std::unique_ptr<OptionGroup> make_prompt_options(TranscribeOptions& options) {
  return std::make_unique<PromptOptions>(options);
}

}  // namespace tessera::cli
