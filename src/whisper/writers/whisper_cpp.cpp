// csv, lrc and JSON as whisper.cpp's command line writes them.
#include <algorithm>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>

#include "src/whisper/unicode.h"
#include "src/whisper/writers/formats.h"
#include "src/whisper/writers/speakers.h"
#include "src/whisper/writers/tabbed_json.h"
#include "src/whisper/writers/times.h"

namespace tessera::whisper {
namespace {

std::string with_doubled_quotes(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result;
}

void append_times(TabbedJson& json, const Segment& segment) {
  const std::int64_t from_ms = 10 * to_centiseconds(segment.start_s);
  const std::int64_t to_ms = 10 * to_centiseconds(segment.end_s);
  json.begin_object("timestamps");
  json.text("from", format_milliseconds(from_ms, true, ','));
  json.text("to", format_milliseconds(to_ms, true, ','));
  json.end_object();
  json.begin_object("offsets");
  json.number("from", from_ms);
  json.number("to", to_ms);
  json.end_object();
}

void append_run(TabbedJson& json, const Result& result, const RunInfo& run) {
  json.text("systeminfo", run.system);
  json.begin_object("model");
  json.text("type", run.model);
  json.truth("multilingual", run.multilingual);
  if (run.vocabulary_size > 0) json.number("vocab", run.vocabulary_size);
  json.end_object();
  json.begin_object("params");
  json.text("model", run.model);
  json.text("language", run.language);
  json.truth("translate", run.translated);
  json.end_object();
  json.begin_object("result");
  json.text("language", result.language);
  json.end_object();
}

}  // namespace

void write_csv(const Result& result, std::ostream& out) {
  const bool speakers = has_speakers(result);
  out << (speakers ? "start,end,speaker,text\n" : "start,end,text\n");
  for (const Segment& segment : result.segments) {
    if (segment.text.empty()) continue;
    out << std::to_string(10 * to_centiseconds(segment.start_s)) << ','
        << std::to_string(10 * to_centiseconds(segment.end_s))
        << (speakers ? "," + segment.speaker : "") << ",\""
        << with_doubled_quotes(valid_utf8(segment.text)) << "\"\n";
  }
}

void write_lrc(const Result& result, std::ostream& out) {
  out << "[by:whisper.cpp]\n";
  for (const Segment& segment : result.segments) {
    if (segment.text.empty()) continue;
    const std::int64_t time_cs = to_centiseconds(segment.start_s);
    char stamp[40];
    std::snprintf(stamp, sizeof stamp, "[%02lld:%02d.%02d]", static_cast<long long>(time_cs / 6000),
                  static_cast<int>(time_cs / 100 % 60), static_cast<int>(time_cs % 100));
    // A line break inside would begin a line without a time.
    std::string text = valid_utf8(segment.text);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out << stamp << marked(segment.speaker, text) << '\n';
  }
}

void write_wcpp_json(const Result& result, std::ostream& out, const RunInfo& run) {
  TabbedJson json;
  json.begin_object();
  append_run(json, result, run);
  json.begin_array("transcription");
  for (const Segment& segment : result.segments) {
    if (segment.text.empty()) continue;
    json.begin_object();
    append_times(json, segment);
    json.text("text", segment.text);
    if (!segment.speaker.empty()) json.text("speaker", segment.speaker);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  out << json.take() << '\n';
}

}  // namespace tessera::whisper
