// What the formats are called.
#include <algorithm>
#include <string>

#include "tessera/writers.h"

namespace tessera {
namespace {

struct FormatName {
  OutputFormat format;
  const char* name;
  const char* suffix;
};

constexpr FormatName kFormats[] = {
    {OutputFormat::txt, "txt", ".txt"},    {OutputFormat::srt, "srt", ".srt"},
    {OutputFormat::vtt, "vtt", ".vtt"},    {OutputFormat::tsv, "tsv", ".tsv"},
    {OutputFormat::json, "json", ".json"}, {OutputFormat::csv, "csv", ".csv"},
    {OutputFormat::lrc, "lrc", ".lrc"},    {OutputFormat::wcpp_json, "wcpp-json", ".wcpp.json"},
};
constexpr std::ptrdiff_t kOpenaiFormats = 5;  // the first ones, which are "all"

const FormatName& row_of(OutputFormat format) {
  const auto* const found =
      std::find_if(std::begin(kFormats), std::end(kFormats),
                   [format](const FormatName& row) { return row.format == format; });
  if (found == std::end(kFormats)) {
    throw Error(ErrorCode::bad_argument,
                "unknown output format " + std::to_string(static_cast<int>(format)));
  }
  return *found;
}

OutputFormat format_called(std::string_view name) {
  std::string known;
  for (const FormatName& row : kFormats) {
    if (name == row.name) return row.format;
    known += std::string(row.name) + ", ";
  }
  throw Error(ErrorCode::bad_argument,
              "unknown output format '" + std::string(name) + "'; known are " + known + "and all");
}

}  // namespace

const std::vector<OutputFormat>& output_formats() {
  static const std::vector<OutputFormat> formats = [] {
    std::vector<OutputFormat> all;
    for (const FormatName& row : kFormats) all.push_back(row.format);
    return all;
  }();
  return formats;
}

const char* output_format_name(OutputFormat format) { return row_of(format).name; }

const char* output_format_suffix(OutputFormat format) { return row_of(format).suffix; }

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
      std::for_each_n(output_formats().begin(), kOpenaiFormats, choose);
    } else {
      choose(format_called(name));
    }
  }
  return chosen;
}

}  // namespace tessera
