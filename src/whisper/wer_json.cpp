// Word error reports as JSON.
#include "src/base/atomic_file.h"
#include "src/whisper/json_text.h"
#include "tessera/wer.h"

namespace tessera {
namespace {

using whisper::append_json_string;

void append_key(std::string& json, const char* key) {
  json.append("\"").append(key).append("\": ");
}

void append_text(std::string& json, const char* key, std::string_view text) {
  append_key(json, key);
  append_json_string(json, text);
}

void append_errors(std::string& json, const WordErrors& errors) {
  const auto append = [&json](const char* key, std::uint64_t count) {
    append_key(json, key);
    json.append(std::to_string(count)).append(", ");
  };
  append("words", errors.words());
  append("hits", errors.hits);
  append("substitutions", errors.substitutions);
  append("deletions", errors.deletions);
  append("insertions", errors.insertions);
  append_key(json, "wer");
  whisper::append_json_float(json, word_error_rate(errors));
}

std::string_view letter(AlignedWord::Kind kind) {
  constexpr std::string_view kLetters = "=SDI";
  return kLetters.substr(static_cast<std::size_t>(kind), 1);
}

/// One pair for each word: ["=", "the", "the"], ["S", "cat", "bat"].
void append_alignment(std::string& json, const std::vector<AlignedWord>& alignment) {
  append_key(json, "alignment");
  json += '[';
  for (const AlignedWord& word : alignment) {
    if (!json.ends_with('[')) json += ", ";
    json.append("[\"").append(letter(word.kind)).append("\", ");
    append_json_string(json, word.reference);
    json += ", ";
    append_json_string(json, word.hypothesis);
    json += ']';
  }
  json += ']';
}

void append_transcript(std::string& json, const ScoredTranscript& scored) {
  json += "    {";
  append_text(json, "id", scored.id);
  json += ", ";
  append_errors(json, scored.errors);
  json += ", ";
  append_text(json, "reference", scored.reference);
  json += ", ";
  append_text(json, "hypothesis", scored.hypothesis);
  json += ",\n     ";
  append_alignment(json, scored.alignment);
  json += '}';
}

void append_report(std::string& json, const WerReport& report) {
  json += "  {";
  append_text(json, "name", report.name);
  json += ", ";
  append_text(json, "normalizer", normalizer_name(report.normalization.normalizer));
  const auto append_switch = [&json](const char* key, bool on) {
    json += ", ";
    append_key(json, key);
    json += on ? "true" : "false";
  };
  append_switch("remove_diacritics", report.normalization.remove_diacritics);
  append_switch("split_letters", report.normalization.split_letters);
  json += ",\n   ";
  append_errors(json, total_errors(report));
  json += ", ";
  append_key(json, "cer");
  whisper::append_json_float(json, character_error_rate(report));
  json += ", ";
  append_key(json, "files");
  json.append(std::to_string(report.transcripts.size())).append(", ");
  append_key(json, "changed");
  json.append(std::to_string(count_changed(report))).append(",\n   \"transcripts\": [");
  const char* between = "\n";
  for (const ScoredTranscript& scored : report.transcripts) {
    json += between;
    append_transcript(json, scored);
    between = ",\n";
  }
  json += "]}";
}

}  // namespace

void save_wer_reports(const std::vector<WerReport>& reports, const std::string& path) {
  std::string json = "{\"reports\": [";
  const char* between = "\n";
  for (const WerReport& report : reports) {
    json += between;
    append_report(json, report);
    between = ",\n";
  }
  json += "]}\n";
  base::write_file_atomically(path, json);
}

}  // namespace tessera
