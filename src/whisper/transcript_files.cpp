#include "src/whisper/transcript_files.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "src/base/mapped_file.h"
#include "src/whisper/json_file.h"
#include "src/whisper/text_measures.h"
#include "src/whisper/unicode.h"
#include "tessera/error.h"

namespace tessera {
namespace whisper {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void bad_transcripts(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where + ": " + what);
}

void check_utf8(std::string_view bytes, const std::string& path) {
  std::size_t line = 1;
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = next_utf8(bytes, at);
    if (step.kind != Utf8Step::Kind::character) {
      bad_transcripts(path + ":" + std::to_string(line), "expected UTF-8, found another encoding");
    }
    if (step.code_point == U'\n') ++line;
    at += static_cast<std::size_t>(step.length);
  }
}

struct Line {
  std::size_t number = 0;
  std::string_view text;
};

/// Those that are not blank, without line ends.
std::vector<Line> lines_of(std::string_view bytes) {
  std::vector<Line> lines;
  for (std::size_t begin = 0, number = 1; begin < bytes.size(); ++number) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    std::string_view line = bytes.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!strip(line).empty()) lines.push_back({number, line});
    begin = end + 1;
  }
  return lines;
}

class Collector {
 public:
  explicit Collector(const std::string& path) : path_(path) {}

  void add(std::size_t line, std::string_view name, std::string_view text) {
    const std::string where = line > 0 ? path_ + ":" + std::to_string(line) : path_;
    if (strip(name).empty()) bad_transcripts(where, "expected a recording's name, found none");
    std::string id = transcript_id(strip(name));
    if (!seen_.insert(id).second) bad_transcripts(where, "'" + printable(id) + "' is there twice");
    transcripts_.push_back({std::move(id), std::string(strip(text))});
  }

  std::vector<Transcript> take() {
    if (transcripts_.empty()) bad_transcripts(path_, "expected transcripts, found none");
    return std::move(transcripts_);
  }

 private:
  const std::string& path_;
  std::set<std::string> seen_;
  std::vector<Transcript> transcripts_;
};

bool has_one_tab(const Line& line) {
  return std::count(line.text.begin(), line.text.end(), '\t') == 1;
}

std::vector<Transcript> parse_tabbed(const std::vector<Line>& lines, const std::string& path) {
  Collector found(path);
  for (const Line& line : lines) {
    if (!has_one_tab(line)) {
      bad_transcripts(path + ":" + std::to_string(line.number),
                      "expected a name, one tab and a text, found '" + printable(line.text) + "'");
    }
    const std::size_t tab = line.text.find('\t');
    const std::string_view name = line.text.substr(0, tab), text = line.text.substr(tab + 1);
    const bool header = &line == &lines.front() && name == "id" && text == "text";
    if (!header) found.add(line.number, name, text);
  }
  return found.take();
}

std::vector<Transcript> parse_named_lines(const std::vector<Line>& lines, const std::string& path) {
  Collector found(path);
  for (const Line& line : lines) {
    const std::string_view text = strip(line.text);
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) {
      bad_transcripts(path + ":" + std::to_string(line.number),
                      "expected a name and a text, found '" + printable(text) + "'");
    }
    found.add(line.number, text.substr(0, blank), text.substr(blank));
  }
  return found.take();
}

/// Whether the object is what a transcription gave, not texts by name: it has a text and nothing
/// that openai/whisper and the servers of its API do not write beside it.
bool is_one_transcript(const nlohmann::json& json) {
  const std::set<std::string_view> known = {"text",     "segments", "language", "task",
                                            "duration", "words",    "usage"};
  return json.contains("text") &&
         std::all_of(json.items().begin(), json.items().end(),
                     [&known](const auto& item) { return known.contains(item.key()); });
}

std::vector<Transcript> parse_json_transcripts(std::string_view bytes, const std::string& path) {
  const nlohmann::json json = parse_json(bytes, path);
  if (!json.is_object())
    bad_transcripts(path, "expected a JSON object, found " + printable_value(json));
  Collector found(path);
  if (is_one_transcript(json)) {
    const nlohmann::json& text = json.at("text");
    if (!text.is_string())
      bad_transcripts(path, "expected a string as text, found " + printable_value(text));
    found.add(0, path, text.get_ref<const std::string&>());
    return found.take();
  }
  for (const auto& [name, text] : json.items()) {
    if (!text.is_string()) {
      bad_transcripts(
          path, "expected the text of '" + printable(name) + "', found " + printable_value(text));
    }
    found.add(0, name, text.get_ref<const std::string&>());
  }
  return found.take();
}

std::vector<Transcript> parse_lines(std::string_view bytes, const std::string& path) {
  const std::vector<Line> lines = lines_of(bytes);
  const bool tsv = path.ends_with(".tsv");
  const bool plain = path.ends_with(".txt") && !path.ends_with(".trans.txt");
  const bool tabbed =
      !lines.empty() &&
      (plain ? std::all_of(lines.begin(), lines.end(), has_one_tab) : has_one_tab(lines.front()));
  if (tsv || tabbed) return parse_tabbed(lines, path);
  if (!plain) return parse_named_lines(lines, path);
  Collector found(path);
  found.add(0, path, bytes);  // silence has an empty one
  return found.take();
}

/// The files below a folder that end in `extension`, in the order of their names.
std::vector<fs::path> files_below(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  try {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      const bool wanted = name.ends_with(extension) && !name.starts_with('.');
      if (wanted && entry.is_regular_file()) files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    bad_transcripts(folder.string(), "cannot read: " + error.code().message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Transcript> read_file(const fs::path& path) {
  const base::MappedFile file(path);
  return parse_transcripts(
      {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, path.string());
}

/// openai/whisper's tsv and json of one transcript lie beside each other, so one form is taken.
std::vector<Transcript> read_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const char* extension : {".trans.txt", ".json", ".txt", ".tsv"}) {
    files = files_below(folder, extension);
    if (!files.empty()) break;
  }
  if (files.empty()) {
    bad_transcripts(folder.string(),
                    "expected transcripts in the folder, found no .txt, .json or .tsv file");
  }
  std::vector<Transcript> transcripts;
  std::set<std::string> seen;
  for (const fs::path& file : files) {
    for (Transcript& transcript : read_file(file)) {
      if (!seen.insert(transcript.id).second) {
        bad_transcripts(folder.string(), "'" + printable(transcript.id) +
                                             "' is there twice, again in " + file.string());
      }
      transcripts.push_back(std::move(transcript));
    }
  }
  return transcripts;
}

}  // namespace

std::vector<Transcript> parse_transcripts(std::string_view bytes, const std::string& path) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  check_utf8(bytes, path);
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  return path.ends_with(".json") ? parse_json_transcripts(bytes, path) : parse_lines(bytes, path);
}

}  // namespace whisper

std::string transcript_id(std::string_view path) {
  constexpr std::string_view kExtensions[] = {
      ".trans.txt", ".json", ".txt", ".wav", ".flac", ".mp3", ".ogg",  ".opus", ".m4a", ".aac",
      ".webm",      ".mp4",  ".mkv", ".mov", ".wma",  ".aif", ".aiff", ".oga",  ".mka", ".m4b"};
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string_view extension : kExtensions) {
    if (name.size() > extension.size() && name.ends_with(extension)) {
      return std::string(name.substr(0, name.size() - extension.size()));
    }
  }
  return std::string(name);
}

std::vector<Transcript> read_transcripts(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? whisper::read_folder(path)
                                                      : whisper::read_file(path);
}

}  // namespace tessera
