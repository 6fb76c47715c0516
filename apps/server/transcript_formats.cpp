#include "apps/server/transcript_formats.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "apps/cli/segment_pieces.h"
#include "tessera/info.h"
#include "tessera/writers.h"

namespace tessera::server {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes that are not UTF-8 become U+FFFD; what is not a number, null.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n") + 1 - begin);
}

/// "english", as OpenAI's interface and whisper.cpp call it; a code that has no name stays.
std::string language_name(const std::string& code) {
  for (const Language& language : list_languages()) {
    if (language.code == code) return language.name;
  }
  return code;
}

Json usage(const Result& result) {
  return {{"type", "duration"}, {"seconds", static_cast<int>(std::ceil(result.duration_s))}};
}

Json word_json(const Word& word) {
  return {{"word", trimmed(word.text)},
          {"start", word.start_s},
          {"end", word.end_s},
          {"probability", word.probability}};
}

Json words_json(const Segment& segment) {
  Json words = Json::array();
  for (const Word& word : segment.words) words.push_back(word_json(word));
  return words;
}

Json segment_json(const Segment& segment, bool has_words) {
  Json json = {{"id", segment.id},
               {"seek", segment.seek_frames},
               {"start", segment.start_s},
               {"end", segment.end_s},
               {"text", segment.text},
               {"tokens", segment.tokens},
               {"temperature", segment.temperature},
               {"avg_logprob", segment.avg_logprob},
               {"compression_ratio", segment.compression_ratio},
               {"no_speech_prob", segment.no_speech_prob}};
  if (!segment.speaker.empty()) json["speaker"] = segment.speaker;
  if (has_words) json["words"] = words_json(segment);
  return json;
}

/// A segment as events and diarized_json have it.
Json event_json(const Segment& segment) {
  Json json = {{"type", "transcript.text.segment"},
               {"id", std::to_string(segment.id)},
               {"start", segment.start_s},
               {"end", segment.end_s},
               {"text", segment.text},
               {"speaker", segment.speaker}};
  if (!segment.words.empty()) json["words"] = words_json(segment);
  return json;
}

const char* task_name(const TranscriptionRequest& request) {
  return request.options.task == Task::translate ? "translate" : "transcribe";
}

Json left_out_json(const std::vector<LeftOut>& left_out) {
  Json all = Json::array();
  for (const LeftOut& part : left_out) {
    all.push_back({{"reason", left_out_reason_name(part.reason)},
                   {"start", part.start_s},
                   {"end", part.end_s}});
    if (!part.text.empty()) all.back()["text"] = part.text;
  }
  return all;
}

std::string verbose_json(const Result& result, const TranscriptionRequest& request,
                         Endpoint endpoint) {
  const bool translated = request.options.task == Task::translate;
  const bool to_english = translated && endpoint != Endpoint::inference;
  Json json = {{"task", task_name(request)},
               {"language", to_english ? "english" : language_name(result.language)},
               {"duration", result.duration_s},
               {"text", trimmed(result.text)}};
  if (request.words) {
    Json words = Json::array();
    for (const Segment& segment : result.segments) {
      for (const Word& word : segment.words) words.push_back(word_json(word));
    }
    json["words"] = std::move(words);
  }
  if (request.segments) {
    Json segments = Json::array();
    for (const Segment& segment : result.segments) {
      segments.push_back(segment_json(segment, result.has_words));
    }
    json["segments"] = std::move(segments);
  }
  if (endpoint == Endpoint::inference) {
    json["detected_language"] = language_name(result.language);
    json["detected_language_probability"] = result.language_probability;
  }
  if (!result.left_out.empty()) json["left_out"] = left_out_json(result.left_out);
  if (!result.warnings.empty()) json["warnings"] = result.warnings;
  json["usage"] = usage(result);
  return dump(json);
}

std::string diarized_json(const Result& result, const TranscriptionRequest& request) {
  Json segments = Json::array();
  for (const Segment& segment : result.segments) segments.push_back(event_json(segment));
  return dump({{"task", task_name(request)},
               {"duration", result.duration_s},
               {"text", trimmed(result.text)},
               {"segments", std::move(segments)},
               {"usage", usage(result)}});
}

std::string file_text(const Result& result, OutputFormat format) {
  std::ostringstream out;
  write_result(result, format, out);
  return std::move(out).str();
}

std::string event(const Json& json) { return "data: " + dump(json) + "\n\n"; }

Json error_object(const HttpError& error) {
  const char* type = "invalid_request_error";
  if (error.status == 429) type = "rate_limit_error";
  if (error.status >= 500) type = "server_error";
  return {{"message", error.what()},
          {"type", type},
          {"param", error.param.empty() ? Json() : Json(error.param)},
          {"code", error.code}};
}

}  // namespace

Response format_transcript(Result result, const TranscriptionRequest& request, Endpoint endpoint) {
  if (request.max_segment_chars > 0) {
    result = cli::cut_segments(std::move(result), request.max_segment_chars);
  }
  constexpr const char* kJson = "application/json";
  constexpr const char* kPlain = "text/plain; charset=utf-8";
  switch (request.format) {
    case ResponseFormat::text:
      return {.content_type = kPlain, .body = trimmed(result.text) + "\n"};
    case ResponseFormat::srt:
      return {.content_type = kPlain, .body = file_text(result, OutputFormat::srt)};
    case ResponseFormat::vtt:
      return {.content_type = "text/vtt; charset=utf-8",
              .body = file_text(result, OutputFormat::vtt)};
    case ResponseFormat::verbose_json:
      return {.content_type = kJson, .body = verbose_json(result, request, endpoint)};
    case ResponseFormat::diarized_json:
      return {.content_type = kJson, .body = diarized_json(result, request)};
    case ResponseFormat::json:
      break;
  }
  Json json = {{"text", trimmed(result.text)}};
  if (endpoint != Endpoint::inference) json["usage"] = usage(result);
  return {.content_type = kJson, .body = dump(json)};
}

std::string delta_event(std::string_view text) {
  return event({{"type", "transcript.text.delta"}, {"delta", text}});
}

std::string segment_event(const Segment& segment) { return event(event_json(segment)); }

std::string done_event(const Result& result) {
  return event({{"type", "transcript.text.done"},
                {"text", trimmed(result.text)},
                {"usage", usage(result)},
                {"language", language_name(result.language)},
                {"duration", result.duration_s}});
}

std::string error_event(const HttpError& error) {
  return event({{"type", "error"}, {"error", error_object(error)}});
}

std::string error_json(const HttpError& error) { return dump({{"error", error_object(error)}}); }

}  // namespace tessera::server
