#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

class WordOptions : public OptionGroup {
 public:
  explicit WordOptions(TranscribeOptions& options)
      : options_(options), transcription_(options.transcription) {}

  void declare(CLI::App& app) override {
    OptionDeclarer words(app, "Words and subtitles");
    words.flag("--word-timestamps", transcription_.word_timestamps,
               "Find the time of each word, which the options below need");
    declare_limit(words, "--max-line-width", options_.layout.max_line_width,
                  "Characters in a line of srt and vtt");
    declare_limit(words, "--max-line-count", options_.layout.max_line_count,
                  "Lines in a subtitle; needs --max-line-width");
    declare_limit(words, "--max-words-per-line", options_.layout.max_words_per_line,
                  "Words in a subtitle; not with --max-line-width");
    words.flag("--highlight-words", options_.layout.highlight_words,
               "Underline each word of srt and vtt while it is said");
    words.flag("--karaoke", options_.layout.karaoke,
               "Put the time of each word into the subtitles of vtt");
    words.integer("--max-len", max_length_,
                  "Cut segments to so many characters, as whisper.cpp; needs --split-on-word; also "
                  "-ml");
    words.flag("--split-on-word", split_on_word_, "... between words; also -sow");
    words.text("--prepend-punctuations", "TEXT", transcription_.prepend_punctuations,
               "Signs that belong to the word after them");
    words.text("--append-punctuations", "TEXT", transcription_.append_punctuations,
               "Signs that belong to the word before them");
    words.optional_number("--hallucination-silence-threshold",
                          transcription_.hallucination_silence_threshold_s,
                          "Skip silence of more seconds around text that is likely made up");
  }

  void settle(const CLI::App& app) override {
    settle_segment_length(app);
    require_word_times();
    if (transcription_.hallucination_silence_threshold_s && transcription_.batch_size > 1) {
      throw UsageError("--hallucination-silence-threshold: not together with --batch-size");
    }
    const SubtitleLayout& layout = options_.layout;
    if (layout.max_line_count && !layout.max_line_width) {
      throw UsageError("--max-line-count: needs --max-line-width");
    }
    if (layout.max_words_per_line && layout.max_line_width) {
      throw UsageError("--max-words-per-line: not together with --max-line-width");
    }
    if (layout.karaoke && layout.highlight_words) {
      throw UsageError("--karaoke: not together with --highlight-words");
    }
  }

 private:
  /// "None" and, as for openai/whisper, 0 are no limit.
  static void declare_limit(OptionDeclarer& words, const std::string& name,
                            std::optional<int>& limit, const std::string& help) {
    words.custom(
        name, "N|None",
        [&limit](const std::string& option, const std::string& text) {
          const int value = is_none(text) ? 0 : parse_integer(option, text);
          if (value < 0) {
            throw UsageError(option + ": expected at least 1, or None, got " + text);
          }
          limit = value == 0 ? std::nullopt : std::optional<int>(value);
        },
        help);
  }

  void settle_segment_length(const CLI::App& app) {
    if (max_length_ < 0) {
      throw UsageError("--max-len: expected characters from 0, got " + std::to_string(max_length_));
    }
    if (max_length_ == 0) return;
    if (!split_on_word_) {
      throw UsageError("--max-len: needs --split-on-word, since only whole words have times");
    }
    if (app.count("--word-timestamps") > 0 && !transcription_.word_timestamps) {
      throw UsageError("--max-len: not together with --word-timestamps False");
    }
    const SubtitleLayout& layout = options_.layout;
    if (layout.max_line_width || layout.max_words_per_line) {
      throw UsageError("--max-len: not together with --max-line-width or --max-words-per-line");
    }
    transcription_.word_timestamps = true;
    options_.max_segment_characters = max_length_;
  }

  void require_word_times() const {
    if (transcription_.word_timestamps) return;
    const auto require = [](const char* option, bool given) {
      if (given) throw UsageError(std::string(option) + ": requires --word-timestamps True");
    };
    const SubtitleLayout& layout = options_.layout;
    require("--highlight-words", layout.highlight_words);
    require("--max-line-count", layout.max_line_count.has_value());
    require("--max-line-width", layout.max_line_width.has_value());
    require("--max-words-per-line", layout.max_words_per_line.has_value());
    require("--karaoke", layout.karaoke);
    require("--hallucination-silence-threshold",
            transcription_.hallucination_silence_threshold_s.has_value());
  }

  TranscribeOptions& options_;
  Options& transcription_;
  int max_length_ = 0;
  bool split_on_word_ = false;
};

}  // namespace

std::unique_ptr<OptionGroup> make_word_options(TranscribeOptions& options) {
  return std::make_unique<WordOptions>(options);
}

}  // namespace tessera::cli
