// json: the whole result, as Python's json module prints openai/whisper's dictionary.
#include <ostream>
#include <string>

#include "src/whisper/json_text.h"
#include "src/whisper/writers/formats.h"

namespace tessera::whisper {
namespace {

void append_number(std::string& json, const char* key, double value) {
  json += key;
  append_json_float(json, value);
}

void append_words(std::string& json, const Segment& segment) {
  json += ", \"words\": [";
  for (std::size_t i = 0; i < segment.words.size(); ++i) {
    const Word& word = segment.words[i];
    json += i > 0 ? ", {\"word\": " : "{\"word\": ";
    append_json_string(json, word.text);
    append_number(json, ", \"start\": ", word.start_s);
    append_number(json, ", \"end\": ", word.end_s);
    append_number(json, ", \"probability\": ", word.probability);
    json += '}';
  }
  json += ']';
}

void append_tokens(std::string& json, const Segment& segment) {
  json += ", \"tokens\": [";
  for (std::size_t i = 0; i < segment.tokens.size(); ++i) {
    if (i > 0) json += ", ";
    json += std::to_string(segment.tokens[i]);
  }
  json += ']';
}

void append_segment(std::string& json, const Segment& segment, bool has_words) {
  json += "{\"id\": " + std::to_string(segment.id);
  json += ", \"seek\": " + std::to_string(segment.seek_frames);
  append_number(json, ", \"start\": ", segment.start_s);
  append_number(json, ", \"end\": ", segment.end_s);
  json += ", \"text\": ";
  append_json_string(json, segment.text);
  append_tokens(json, segment);
  append_number(json, ", \"temperature\": ", segment.temperature);
  append_number(json, ", \"avg_logprob\": ", segment.avg_logprob);
  append_number(json, ", \"compression_ratio\": ", segment.compression_ratio);
  append_number(json, ", \"no_speech_prob\": ", segment.no_speech_prob);
  if (!segment.speaker.empty()) {  // as WhisperX's JSON has it
    json += ", \"speaker\": ";
    append_json_string(json, segment.speaker);
  }
  // transcribe() of openai/whisper gives a segment that it empties an empty list of words as well.
  const bool emptied = segment.text.empty() && segment.tokens.empty();
  if (has_words || emptied) append_words(json, segment);
  json += '}';
}

}  // namespace

void write_json(const Result& result, std::ostream& out) {
  std::string json = "{\"text\": ";
  append_json_string(json, result.text);
  json += ", \"segments\": [";
  for (std::size_t i = 0; i < result.segments.size(); ++i) {
    if (i > 0) json += ", ";
    append_segment(json, result.segments[i], result.has_words);
  }
  json += "], \"language\": ";
  append_json_string(json, result.language);
  json += '}';
  out << json;
}

}  // namespace tessera::whisper
