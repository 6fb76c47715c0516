#include <charconv>
#include <cmath>
#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

constexpr double kSmallestIncrement = 0.01;

/// As numpy.arange(first, 1.0 + 1e-6, increment) gives them, to the last bit: that is what
/// openai/whisper's program does, and the temperatures are in its JSON.
std::vector<double> temperature_ladder(double first, double increment) {
  const double end = 1.0 + 1e-6;
  const double step = (first + increment) - first;
  const auto count = static_cast<int>(std::ceil((end - first) / increment));
  std::vector<double> temperatures;
  for (int i = 0; i < count; ++i) temperatures.push_back(first + i * step);
  return temperatures;
}

class SearchOptions : public OptionGroup {
 public:
  explicit SearchOptions(TranscribeOptions& options)
      : options_(options), transcription_(options.transcription) {}

  void declare(CLI::App& app) override {
    OptionDeclarer search(app, "Search");
    declare_temperatures(search);
    declare_hypotheses(search);
    declare_thresholds(search);
    declare_tokens(search);
    search.integer("--batch-size", transcription_.batch_size,
                   "Decode so many windows at once, of one file or of several, each without the "
                   "text before it (default: 0, one after the other)");
    search.custom(
        "--max-repeated-windows", "N",
        [this](const std::string& option, const std::string& text) {
          transcription_.max_repeated_windows = is_none(text) ? 0 : parse_integer(option, text);
        },
        "More windows in a row that say the same are suspicious (default: any number, with "
        "--batch-size 2)");
  }

  void settle(const CLI::App& app) override {
    settle_temperatures(app);
    // What an id may be depends on the model; what a list is does not.
    const std::string& list = transcription_.suppress_tokens;
    if (list.find_first_not_of("-0123456789, ") != std::string::npos) {
      throw UsageError("--suppress-tokens: expected token ids separated by commas, got '" + list +
                       "'");
    }
    if (transcription_.batch_size < 0) {
      throw UsageError("--batch-size: expected windows from 0, got " +
                       std::to_string(transcription_.batch_size));
    }
    if (app.count("--entropy-thold") > 0) {
      options_.notes.emplace_back(
          "--entropy-thold has no effect: it bounds another quantity than "
          "--compression-ratio-threshold, which is used here");
    }
  }

 private:
  void declare_temperatures(OptionDeclarer& search) {
    search.number("--temperature", temperature_,
                  "Temperature to begin with, 0 to 1 (default: 0, which searches); also -tp");
    search.optional_number("--temperature-increment-on-fallback", increment_,
                           "Warmer by so much when text is refused (default: 0.2); also -tpi");
    search.flag("--no-fallback", no_fallback_, "Take the first text as it is; also -nf");
  }

  void declare_hypotheses(OptionDeclarer& search) {
    declare_count(search, "--beam-size", transcription_.beam_size,
                  "Hypotheses at temperature 0 (default: 5; 1 or None is greedy); also -bs");
    declare_count(search, "--best-of", transcription_.best_of,
                  "Samples at higher temperatures (default: 5); also -bo");
    search.custom(
        "--patience", "X",
        [this](const std::string& option, const std::string& text) {
          transcription_.patience = parse_optional_number(option, text).value_or(1.0);
        },
        "Hypotheses to finish, in beam sizes (default: 1.0)");
    search.optional_number("--length-penalty", transcription_.length_penalty,
                           "Favours longer text, 0 to 1 (default: None, the mean per token)");
    search.custom(
        "--seed", "N",
        [this](const std::string& option, const std::string& text) {
          const char* end = text.data() + text.size();
          const auto [stop, error] = std::from_chars(text.data(), end, transcription_.seed);
          if (text.empty() || error != std::errc() || stop != end) {
            throw UsageError(option + ": expected a whole number from 0, got '" + text + "'");
          }
        },
        "Seed of the samples: the same gives the same text (default: 0)");
  }

  void declare_thresholds(OptionDeclarer& search) {
    search.optional_number("--compression-ratio-threshold",
                           transcription_.compression_ratio_threshold,
                           "Text that compresses better is refused: it repeats itself (default: "
                           "2.4)");
    search.number("--entropy-thold", entropy_threshold_,
                  "whisper.cpp's threshold for the same, of another quantity: no effect; also -et");
    search.optional_number("--logprob-threshold", transcription_.logprob_threshold,
                           "Text that is less likely is refused (default: -1.0); also -lpt");
    search.optional_number("--no-speech-threshold", transcription_.no_speech_threshold,
                           "Above this a window whose text is refused is silence (default: 0.6); "
                           "also -nth");
  }

  void declare_tokens(OptionDeclarer& search) {
    search.number("--repetition-penalty", transcription_.repetition_penalty,
                  "Above 1, makes words that were said less likely (default: 1)");
    search.integer("--no-repeat-ngram-size", transcription_.no_repeat_ngram_size,
                   "No N tokens twice in a window (default: 0, no such rule)");
    search.text("--suppress-tokens", "IDS", transcription_.suppress_tokens,
                "Token ids never to use; -1 (default) stands for signs that are not speech");
    search.flag("--suppress-blank", transcription_.suppress_blank,
                "Windows may not begin with a blank (default; turn off with False)");
    search.integer("--max-tokens", transcription_.max_tokens,
                   "Tokens in a window at most (default: 0, as many as fit)");
  }

  static void declare_count(OptionDeclarer& search, const std::string& name, int& value,
                            const std::string& help) {
    search.custom(
        name, "N|None",
        [&value](const std::string& option, const std::string& text) {
          value = is_none(text) ? 1 : parse_integer(option, text);
        },
        help);
  }

  void settle_temperatures(const CLI::App& app) {
    const char* const option = "--temperature-increment-on-fallback";
    if (!(temperature_ >= 0 && temperature_ <= 1)) {
      throw UsageError("--temperature: expected 0 to 1, got " + std::to_string(temperature_));
    }
    const double increment = increment_.value_or(0);
    if (increment != 0 && !(increment >= kSmallestIncrement)) {
      throw UsageError(std::string(option) + ": expected None, 0 or at least 0.01, got " +
                       std::to_string(increment));
    }
    if (no_fallback_ && app.count(option) > 0 && increment != 0) {
      throw UsageError(std::string("--no-fallback: not together with ") + option);
    }
    const bool alone = no_fallback_ || increment == 0;
    transcription_.temperatures =
        alone ? std::vector<double>{temperature_} : temperature_ladder(temperature_, increment);
  }

  TranscribeOptions& options_;
  Options& transcription_;
  double temperature_ = 0;
  std::optional<double> increment_ = 0.2;
  bool no_fallback_ = false;
  double entropy_threshold_ = 0;
};

}  // namespace

std::unique_ptr<OptionGroup> make_search_options(TranscribeOptions& options) {
  return std::make_unique<SearchOptions>(options);
}

}  // namespace tessera::cli
