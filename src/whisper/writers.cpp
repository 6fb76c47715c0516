#include "tessera/writers.h"

#include <sstream>

#include "src/base/atomic_file.h"
#include "src/whisper/writers/formats.h"
#include "src/whisper/writers/subtitle_layout.h"

namespace tessera {

void write_result(const Result& result, OutputFormat format, std::ostream& out,
                  const SubtitleLayout& layout, const RunInfo& run) {
  whisper::check_layout(layout, result);
  switch (format) {
    case OutputFormat::txt:
      return whisper::write_txt(result, out);
    case OutputFormat::srt:
      return whisper::write_srt(result, out, layout);
    case OutputFormat::vtt:
      return whisper::write_vtt(result, out, layout);
    case OutputFormat::tsv:
      return whisper::write_tsv(result, out);
    case OutputFormat::json:
      return whisper::write_json(result, out);
    case OutputFormat::csv:
      return whisper::write_csv(result, out);
    case OutputFormat::lrc:
      return whisper::write_lrc(result, out);
    case OutputFormat::wcpp_json:
      return whisper::write_wcpp_json(result, out, run);
  }
  throw Error(ErrorCode::bad_argument,
              "unknown output format " + std::to_string(static_cast<int>(format)));
}

void save_result(const Result& result, OutputFormat format, const std::string& path,
                 const SubtitleLayout& layout, const RunInfo& run) {
  std::ostringstream contents;
  write_result(result, format, contents, layout, run);
  base::write_file_atomically(path, contents.view());
}

}  // namespace tessera
