// Transcripts as files: the formats of openai/whisper, byte for byte.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/error.h"
#include "tessera/result.h"

namespace tessera {

enum class OutputFormat { txt, srt, vtt, tsv, json };

/// All formats, in the order in which "all" writes them.
TESSERA_API const std::vector<OutputFormat>& output_formats();

/// Extension without the dot, which is also the format's name: "srt".
TESSERA_API const char* output_format_name(OutputFormat format);

/// "srt", "srt,json" or "all". Throws Error{bad_argument} naming what is not a format.
TESSERA_API std::vector<OutputFormat> parse_output_formats(std::string_view list);

/// Writes a transcript to a stream.
TESSERA_API void write_result(const Result& result, OutputFormat format, std::ostream& out);

/// Writes a transcript to `path`. The file appears complete or not at all: it is written beside its
/// place under a temporary name and then renamed. Throws Error{bad_file} and leaves an existing
/// file as it was when that fails.
TESSERA_API void save_result(const Result& result, OutputFormat format, const std::string& path);

/// "00:05.120", with hours in front only when there are any: the console's and WebVTT's form.
TESSERA_API std::string format_timestamp(double seconds, bool always_hours = false,
                                         char decimal_mark = '.');

}  // namespace tessera
