// txt and tsv: a line for each segment.
#include <algorithm>
#include <ostream>
#include <string>

#include "src/whisper/text_measures.h"
#include "src/whisper/unicode.h"
#include "src/whisper/writers/formats.h"
#include "src/whisper/writers/speakers.h"
#include "src/whisper/writers/times.h"

namespace tessera::whisper {
namespace {

std::string stripped(const Segment& segment) {
  return std::string(strip(valid_utf8(segment.text)));
}

}  // namespace

void write_txt(const Result& result, std::ostream& out) {
  for (const Segment& segment : result.segments) {
    out << marked(segment.speaker, stripped(segment)) << '\n';
  }
}

void write_tsv(const Result& result, std::ostream& out) {
  out << "start\tend\ttext\n";
  for (const Segment& segment : result.segments) {
    std::string text = stripped(segment);
    std::replace(text.begin(), text.end(), '\t', ' ');
    out << std::to_string(to_milliseconds(segment.start_s)) << '\t'
        << std::to_string(to_milliseconds(segment.end_s)) << '\t' << text << '\n';
  }
}

}  // namespace tessera::whisper
