// Transcripts as files: the formats of openai/whisper, byte for byte, and some of whisper.cpp.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/error.h"
#include "tessera/result.h"

namespace tessera {

enum class OutputFormat {
  txt,
  srt,
  vtt,
  tsv,
  json,
  csv,        ///< as whisper.cpp: begin and end in ms, text in quotes
  lrc,        ///< as whisper.cpp: lyrics with times
  wcpp_json,  ///< whisper.cpp's JSON, "wcpp-json"
};

/// Every format, openai/whisper's five first.
TESSERA_API const std::vector<OutputFormat>& output_formats();

/// The format's name, as in --output-format: "srt", "wcpp-json".
TESSERA_API const char* output_format_name(OutputFormat format);

/// What follows the base name of such a file: ".srt", ".wcpp.json".
TESSERA_API const char* output_format_suffix(OutputFormat format);

/// "srt", "srt,json" or "all", which is openai/whisper's five. Throws Error{bad_argument} naming
/// what is not a format.
TESSERA_API std::vector<OutputFormat> parse_output_formats(std::string_view list);

/// How subtitles are laid out. All but the default needs Result::has_words and concerns srt and
/// vtt, as in openai/whisper's SubtitlesWriter.
struct SubtitleLayout {
  std::optional<int> max_line_width = {};      ///< characters in a line
  std::optional<int> max_line_count = {};      ///< lines in a subtitle; needs max_line_width
  std::optional<int> max_words_per_line = {};  ///< not together with max_line_width
  bool highlight_words = false;                ///< underline each word while it is said
  /// vtt: the time of each word inside the subtitle, <00:01.000>; not with highlight_words
  bool karaoke = false;
};

/// What wcpp-json tells about the run besides the transcript.
struct RunInfo {
  std::string model = {};   ///< its name
  std::string system = {};  ///< the device's description
  bool translated = false;
  bool multilingual = true;
  int vocabulary_size = 0;        ///< of the model; 0: not told
  std::string language = "auto";  ///< that was asked for: a code, or "auto"
};

/// Writes a transcript to a stream. Throws Error{bad_argument} for a layout that contradicts itself
/// or the result.
TESSERA_API void write_result(const Result& result, OutputFormat format, std::ostream& out,
                              const SubtitleLayout& layout = {}, const RunInfo& run = {});

/// Writes a transcript to `path`. The file appears complete or not at all: it is written beside its
/// place under a temporary name and then renamed. Throws Error{bad_file} and leaves an existing
/// file as it was when that fails.
TESSERA_API void save_result(const Result& result, OutputFormat format, const std::string& path,
                             const SubtitleLayout& layout = {}, const RunInfo& run = {});

/// "00:05.120", with hours in front only when there are any: the console's and WebVTT's form.
TESSERA_API std::string format_timestamp(double seconds, bool always_hours = false,
                                         char decimal_mark = '.');

}  // namespace tessera
