#include "src/whisper/options_check.h"

#include <cmath>
#include <cstdio>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

// A number as people write it: "1.5", "1e+10".
std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

[[noreturn]] void fail(const std::string& option, const std::string& expected,
                       const std::string& got) {
  throw Error(ErrorCode::bad_argument, option + ": expected " + expected + ", got " + got);
}

[[noreturn]] void contradiction(const std::string& message) {
  throw Error(ErrorCode::bad_argument, message);
}

// Not a number is outside every range.
void check_range(const char* option, double value, double lowest, double highest) {
  if (value >= lowest && value <= highest) return;
  fail(option, shown(lowest) + " to " + shown(highest), shown(value));
}

void check_range(const char* option, const std::optional<double>& value, double lowest,
                 double highest) {
  if (value) check_range(option, *value, lowest, highest);
}

void check_temperatures(const std::vector<double>& temperatures) {
  if (temperatures.empty()) fail("temperatures", "at least one", "none");
  for (const double temperature : temperatures) check_range("temperature", temperature, 0, 1);
}

void check_search(const Options& options, const compute::ModelDims& dims) {
  constexpr int kMostHypotheses = 64;
  check_temperatures(options.temperatures);
  check_range("beam_size", options.beam_size, 1, kMostHypotheses);
  check_range("best_of", options.best_of, 1, kMostHypotheses);
  if (std::nearbyint(options.beam_size * options.patience) < 1) {
    fail("patience", "beam_size x patience of at least 1",
         shown(options.beam_size) + " x " + shown(options.patience));
  }
  check_range("patience", options.patience, 0, kMostHypotheses);
  check_range("length_penalty", options.length_penalty, 0, 1);
  // Below 1 it would be a reward, which no model is meant to be run with.
  check_range("repetition_penalty", options.repetition_penalty, 1, 100);
  check_range("no_repeat_ngram_size", options.no_repeat_ngram_size, 0, dims.n_text_ctx);
  check_range("max_tokens", options.max_tokens, 0, dims.n_text_ctx);
}

void check_thresholds(const Options& options) {
  constexpr double kAny = 1e9;
  check_range("compression_ratio_threshold", options.compression_ratio_threshold, 0, kAny);
  check_range("logprob_threshold", options.logprob_threshold, -kAny, 0);
  check_range("no_speech_threshold", options.no_speech_threshold, 0, 1);
  check_range("max_initial_timestamp", options.max_initial_timestamp_s, 0, 30);
  check_range("prompt_reset_on_temperature", options.prompt_reset_on_temperature, 0, 1);
  check_range("hallucination_silence_threshold", options.hallucination_silence_threshold_s, 0,
              kAny);
  check_range("language_detection_windows", options.language_detection_windows, 1, 1'000'000);
  check_range("language_detection_threshold", options.language_detection_threshold, 0, 1);
}

void check_voice_activity(const Options& options) {
  constexpr int kLongest_ms = 3'600'000;
  constexpr double kLongest_s = 1e9;
  check_range("vad_threshold", options.vad_threshold, 0, 1);
  check_range("vad_neg_threshold", options.vad_neg_threshold, 0, 1);
  check_range("vad_min_speech_duration_ms", options.vad_min_speech_duration_ms, 0, kLongest_ms);
  if (options.vad_min_silence_duration_ms) {
    check_range("vad_min_silence_duration_ms", *options.vad_min_silence_duration_ms, 0,
                kLongest_ms);
  }
  check_range("vad_speech_pad_ms", options.vad_speech_pad_ms, 0, kLongest_ms);
  const double batched_s = options.batch_size > 1 ? 30 : kLongest_s;
  const double longest_s = options.vad_max_speech_duration_s.value_or(batched_s);
  // Infinite is as good as unset.
  const double shortest_s = 2 * options.vad_speech_pad_ms / 1000.0 + 1;
  if (!(longest_s >= shortest_s)) {
    fail("vad_max_speech_duration_s",
         "at least " + shown(shortest_s) + ", which is a second and both pads", shown(longest_s));
  }
}

void check_repeats(const Options& options) {
  constexpr int kMostWindows = 1'000'000;
  if (!options.max_repeated_windows) return;
  check_range("max_repeated_windows", *options.max_repeated_windows, 0, kMostWindows);
}

void check_clips(const std::vector<double>& clips) {
  constexpr double kLongest_s = 1e7;  // frames still fit in 31 bits
  double last = 0;
  for (const double at : clips) {
    check_range("clip_timestamps", at, 0, kLongest_s);
    if (at < last) fail("clip_timestamps", "rising times", shown(at) + " after " + shown(last));
    last = at;
  }
  for (std::size_t i = 1; i < clips.size(); i += 2) {
    if (clips[i] == clips[i - 1]) {
      fail("clip_timestamps", "clips that end after they begin",
           shown(clips[i - 1]) + " to " + shown(clips[i]));
    }
  }
}

void check_contradictions(const Options& options) {
  if (options.hallucination_silence_threshold_s && !options.word_timestamps) {
    contradiction("hallucination_silence_threshold: needs word_timestamps");
  }
  if (options.carry_initial_prompt && options.initial_prompt.empty()) {
    contradiction("carry_initial_prompt: there is no initial_prompt to carry");
  }
  if (options.hallucination_silence_threshold_s && options.batch_size > 1) {
    contradiction(
        "hallucination_silence_threshold: cannot be combined with batch_size, whose windows do not "
        "move");
  }
  if (!options.hotwords.empty() && !options.prefix.empty()) {
    contradiction("hotwords: cannot be combined with prefix");
  }
}

}  // namespace

void check_batch_size(const Options& options) {
  constexpr int kMostWindows = 128;
  check_range("batch_size", options.batch_size, 0, kMostWindows);
}

void check_options(const Options& options, const compute::ModelDims& dims) {
  check_search(options, dims);
  check_batch_size(options);
  check_thresholds(options);
  check_repeats(options);
  check_voice_activity(options);
  check_clips(options.clip_timestamps_s);
  check_contradictions(options);
}

}  // namespace tessera::whisper
