#include "tessera/writers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <sstream>

#include "src/base/atomic_file.h"
#include "src/whisper/json_text.h"
#include "src/whisper/text_measures.h"
#include "src/whisper/unicode.h"

namespace tessera {
namespace {

/// Milliseconds as Python's round() gives them: a half goes to the even number.
std::int64_t to_milliseconds(double seconds) {
  constexpr double kLongest_s = 1e9;  // thirty years
  if (!(seconds >= 0 && seconds <= kLongest_s)) {
    throw Error(ErrorCode::bad_argument,
                "expected a time from 0 to 1e9 seconds, got " + std::to_string(seconds));
  }
  return static_cast<std::int64_t>(std::nearbyint(seconds * 1000.0));
}

/// Valid UTF-8 without blanks at either end.
std::string stripped(std::string_view text) {
  return std::string(whisper::strip(whisper::valid_utf8(text)));
}

/// A subtitle's text: an arrow would end its time line.
std::string subtitle_text(const Segment& segment) {
  std::string text = stripped(segment.text);
  for (std::size_t at = 0; (at = text.find("-->", at)) != std::string::npos; at += 2) {
    text.replace(at, 3, "->");
  }
  return text;
}

void write_txt(const Result& result, std::ostream& out) {
  for (const Segment& segment : result.segments) out << stripped(segment.text) << '\n';
}

void write_srt(const Result& result, std::ostream& out) {
  int number = 0;
  for (const Segment& segment : result.segments) {
    out << std::to_string(++number) << '\n'
        << format_timestamp(segment.start_s, true, ',') << " --> "
        << format_timestamp(segment.end_s, true, ',') << '\n'
        << subtitle_text(segment) << "\n\n";
  }
}

void write_vtt(const Result& result, std::ostream& out) {
  out << "WEBVTT\n\n";
  for (const Segment& segment : result.segments) {
    out << format_timestamp(segment.start_s) << " --> " << format_timestamp(segment.end_s) << '\n'
        << subtitle_text(segment) << "\n\n";
  }
}

void write_tsv(const Result& result, std::ostream& out) {
  out << "start\tend\ttext\n";
  for (const Segment& segment : result.segments) {
    std::string text = stripped(segment.text);
    std::replace(text.begin(), text.end(), '\t', ' ');
    out << std::to_string(to_milliseconds(segment.start_s)) << '\t'
        << std::to_string(to_milliseconds(segment.end_s)) << '\t' << text << '\n';
  }
}

void append_segment(std::string& json, const Segment& segment) {
  const auto number = [&json](const char* key, double value) {
    json += key;
    whisper::append_json_float(json, value);
  };
  json += "{\"id\": " + std::to_string(segment.id);
  json += ", \"seek\": " + std::to_string(segment.seek_frames);
  number(", \"start\": ", segment.start_s);
  number(", \"end\": ", segment.end_s);
  json += ", \"text\": ";
  whisper::append_json_string(json, segment.text);
  json += ", \"tokens\": [";
  for (std::size_t i = 0; i < segment.tokens.size(); ++i) {
    if (i > 0) json += ", ";
    json += std::to_string(segment.tokens[i]);
  }
  json += ']';
  number(", \"temperature\": ", segment.temperature);
  number(", \"avg_logprob\": ", segment.avg_logprob);
  number(", \"compression_ratio\": ", segment.compression_ratio);
  number(", \"no_speech_prob\": ", segment.no_speech_prob);
  // transcribe() of openai/whisper gives a segment that it empties an empty list of words as well.
  if (segment.text.empty() && segment.tokens.empty()) json += ", \"words\": []";
  json += '}';
}

void write_json(const Result& result, std::ostream& out) {
  std::string json = "{\"text\": ";
  whisper::append_json_string(json, result.text);
  json += ", \"segments\": [";
  for (std::size_t i = 0; i < result.segments.size(); ++i) {
    if (i > 0) json += ", ";
    append_segment(json, result.segments[i]);
  }
  json += "], \"language\": ";
  whisper::append_json_string(json, result.language);
  json += '}';
  out << json;
}

}  // namespace

const std::vector<OutputFormat>& output_formats() {
  static const std::vector<OutputFormat> formats = {OutputFormat::txt, OutputFormat::srt,
                                                    OutputFormat::vtt, OutputFormat::tsv,
                                                    OutputFormat::json};
  return formats;
}

const char* output_format_name(OutputFormat format) {
  switch (format) {
    case OutputFormat::txt:
      return "txt";
    case OutputFormat::srt:
      return "srt";
    case OutputFormat::vtt:
      return "vtt";
    case OutputFormat::tsv:
      return "tsv";
    case OutputFormat::json:
      return "json";
    default:
      break;
  }
  throw Error(ErrorCode::bad_argument, "unknown output format");
}

std::vector<OutputFormat> parse_output_formats(std::string_view list) {
  std::vector<OutputFormat> chosen;
  const auto choose = [&chosen](OutputFormat format) {
    if (std::find(chosen.begin(), chosen.end(), format) == chosen.end()) chosen.push_back(format);
  };
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    const std::string_view name = list.substr(begin, comma - begin);
    begin = comma + 1;
    if (name == "all") {
      for (const OutputFormat format : output_formats()) choose(format);
      continue;
    }
    const auto found =
        std::find_if(output_formats().begin(), output_formats().end(),
                     [name](OutputFormat format) { return name == output_format_name(format); });
    if (found == output_formats().end()) {
      throw Error(ErrorCode::bad_argument, "unknown output format '" + std::string(name) +
                                               "'; known are txt, srt, vtt, tsv, json and all");
    }
    choose(*found);
  }
  return chosen;
}

void write_result(const Result& result, OutputFormat format, std::ostream& out,
                  const SubtitleLayout& /*layout*/, const RunInfo& /*run*/) {
  switch (format) {
    case OutputFormat::txt:
      return write_txt(result, out);
    case OutputFormat::srt:
      return write_srt(result, out);
    case OutputFormat::vtt:
      return write_vtt(result, out);
    case OutputFormat::tsv:
      return write_tsv(result, out);
    case OutputFormat::json:
      return write_json(result, out);
    default:
      break;
  }
  throw Error(ErrorCode::bad_argument, "unknown output format");
}

void save_result(const Result& result, OutputFormat format, const std::string& path,
                 const SubtitleLayout& layout, const RunInfo& run) {
  std::ostringstream contents;
  write_result(result, format, contents, layout, run);
  base::write_file_atomically(path, contents.view());
}

std::string format_timestamp(double seconds, bool always_hours, char decimal_mark) {
  const std::int64_t total_ms = to_milliseconds(seconds);
  const std::int64_t hours = total_ms / 3'600'000;
  char text[40];
  int length = 0;
  if (always_hours || hours > 0) {
    length = std::snprintf(text, sizeof text, "%02lld:", static_cast<long long>(hours));
  }
  std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), "%02d:%02d%c%03d",
                static_cast<int>(total_ms / 60'000 % 60), static_cast<int>(total_ms / 1000 % 60),
                decimal_mark, static_cast<int>(total_ms % 1000));
  return text;
}

}  // namespace tessera
