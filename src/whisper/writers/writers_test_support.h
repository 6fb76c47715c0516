// What the tests of the writers share: golden results and small ones of their own.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tessera/writers.h"

namespace tessera::testing_support {

/// tests/golden/writers.json, made by tools/goldens/writers.py.
inline const nlohmann::json& writers_golden() {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(TESSERA_SOURCE_DIR "/tests/golden/writers.json"));
  return data;
}

inline Word word_from(const nlohmann::json& data) {
  return {data.at("word"), data.at("start"), data.at("end"), data.at("probability")};
}

/// A result as openai/whisper's transcribe() gives it.
inline Result result_from(const nlohmann::json& data, bool has_words) {
  Result result;
  result.text = data.at("text");
  result.language = data.at("language");
  result.has_words = has_words;
  for (const nlohmann::json& item : data.at("segments")) {
    Segment& segment = result.segments.emplace_back();
    segment.id = item.at("id");
    segment.seek_frames = item.at("seek");
    segment.start_s = item.at("start");
    segment.end_s = item.at("end");
    segment.text = item.at("text");
    segment.tokens = item.at("tokens").get<std::vector<int>>();
    segment.temperature = item.at("temperature");
    segment.avg_logprob = item.at("avg_logprob");
    segment.compression_ratio = item.at("compression_ratio");
    segment.no_speech_prob = item.at("no_speech_prob");
    if (!has_words) continue;
    for (const nlohmann::json& word : item.at("words")) segment.words.push_back(word_from(word));
  }
  return result;
}

inline std::string written(const Result& result, OutputFormat format,
                           const SubtitleLayout& layout = {}, const RunInfo& run = {}) {
  std::ostringstream out;
  write_result(result, format, out, layout, run);
  return out.str();
}

inline Result one_segment(const std::string& text, double start_s = 0, double end_s = 1) {
  Result result;
  result.text = text;
  result.language = "en";
  Segment& segment = result.segments.emplace_back();
  segment.text = text;
  segment.start_s = start_s;
  segment.end_s = end_s;
  return result;
}

/// One segment of the given words.
inline Result one_segment(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text += word.text;
  Result result = one_segment(text, words.front().start_s, words.back().end_s);
  result.segments[0].words = words;
  result.has_words = true;
  return result;
}

}  // namespace tessera::testing_support
