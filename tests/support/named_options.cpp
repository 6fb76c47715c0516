#include "tests/support/named_options.h"

#include <map>
#include <stdexcept>
#include <string>

namespace tessera::testing_support {
namespace {

using nlohmann::json;
using Setter = void (*)(Options&, const json&);

std::optional<double> optional_number(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<double>();
}

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> table = {
      {"language",
       [](Options& o, const json& v) { o.language = v.is_null() ? "" : v.get<std::string>(); }},
      {"task",
       [](Options& o, const json& v) {
         o.task = v == "translate" ? Task::translate : Task::transcribe;
       }},
      {"temperature",
       [](Options& o, const json& v) { o.temperatures = v.get<std::vector<double>>(); }},
      {"beam_size",
       [](Options& o, const json& v) { o.beam_size = v.is_null() ? 1 : v.get<int>(); }},
      {"best_of", [](Options& o, const json& v) { o.best_of = v.is_null() ? 1 : v.get<int>(); }},
      {"patience", [](Options& o, const json& v) { o.patience = v; }},
      {"length_penalty", [](Options& o, const json& v) { o.length_penalty = optional_number(v); }},
      {"sample_len", [](Options& o, const json& v) { o.max_tokens = v; }},
      {"seed", [](Options& o, const json& v) { o.seed = v; }},
      {"compression_ratio_threshold",
       [](Options& o, const json& v) { o.compression_ratio_threshold = optional_number(v); }},
      {"logprob_threshold",
       [](Options& o, const json& v) { o.logprob_threshold = optional_number(v); }},
      {"no_speech_threshold",
       [](Options& o, const json& v) { o.no_speech_threshold = optional_number(v); }},
      {"condition_on_previous_text",
       [](Options& o, const json& v) { o.condition_on_previous_text = v; }},
      {"prompt_reset_on_temperature",
       [](Options& o, const json& v) { o.prompt_reset_on_temperature = v; }},
      {"initial_prompt", [](Options& o, const json& v) { o.initial_prompt = v; }},
      {"carry_initial_prompt", [](Options& o, const json& v) { o.carry_initial_prompt = v; }},
      {"prefix", [](Options& o, const json& v) { o.prefix = v; }},
      {"hotwords", [](Options& o, const json& v) { o.hotwords = v; }},
      {"repetition_penalty", [](Options& o, const json& v) { o.repetition_penalty = v; }},
      {"no_repeat_ngram_size", [](Options& o, const json& v) { o.no_repeat_ngram_size = v; }},
      {"language_detection_segments",
       [](Options& o, const json& v) { o.language_detection_windows = v; }},
      {"language_detection_threshold",
       [](Options& o, const json& v) { o.language_detection_threshold = v; }},
      {"without_timestamps", [](Options& o, const json& v) { o.timestamps = !v.get<bool>(); }},
      {"max_initial_timestamp",
       [](Options& o, const json& v) { o.max_initial_timestamp_s = optional_number(v); }},
      {"suppress_tokens", [](Options& o, const json& v) { o.suppress_tokens = v; }},
      {"suppress_blank", [](Options& o, const json& v) { o.suppress_blank = v; }},
      {"clip_timestamps",
       [](Options& o, const json& v) { o.clip_timestamps_s = v.get<std::vector<double>>(); }},
      {"word_timestamps", [](Options& o, const json& v) { o.word_timestamps = v; }},
      {"hallucination_silence_threshold",
       [](Options& o, const json& v) { o.hallucination_silence_threshold_s = optional_number(v); }},
      {"prepend_punctuations", [](Options& o, const json& v) { o.prepend_punctuations = v; }},
      {"append_punctuations", [](Options& o, const json& v) { o.append_punctuations = v; }},
      {"layout", [](Options&, const json&) {}},
  };
  return table;
}

std::optional<int> optional_count(const json& named, const char* key) {
  if (!named.contains(key)) return std::nullopt;
  return named[key].get<int>();
}

}  // namespace

Options named_options(const json& named) {
  Options options;
  options.beam_size = 1;  // the defaults of openai/whisper's functions, not of its command line
  options.best_of = 1;
  for (const auto& [name, value] : named.items()) {
    const auto setter = setters().find(name);
    if (setter == setters().end()) throw std::runtime_error("unknown option " + name);
    setter->second(options, value);
  }
  return options;
}

SubtitleLayout named_layout(const json& named) {
  SubtitleLayout layout;
  const json wanted = named.value("layout", json::object());
  layout.max_line_width = optional_count(wanted, "max_line_width");
  layout.max_line_count = optional_count(wanted, "max_line_count");
  layout.max_words_per_line = optional_count(wanted, "max_words_per_line");
  layout.highlight_words = wanted.value("highlight_words", false);
  return layout;
}

}  // namespace tessera::testing_support
