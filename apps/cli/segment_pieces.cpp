#include "apps/cli/segment_pieces.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tessera::cli {
namespace {

/// Characters of UTF-8: bytes that do not continue one.
std::ptrdiff_t characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

Segment piece_of(const Segment& segment, double start_s) {
  Segment piece = segment;
  piece.text.clear();
  piece.tokens.clear();
  piece.words.clear();
  piece.start_s = start_s;
  return piece;
}

}  // namespace

std::vector<Segment> cut_segment(const Segment& segment, int max_characters) {
  if (segment.words.empty()) return {segment};
  std::vector<Segment> pieces = {piece_of(segment, segment.start_s)};
  std::ptrdiff_t length = 0;
  for (const Word& word : segment.words) {
    const std::ptrdiff_t added = characters(word.text);
    if (!pieces.back().words.empty() && length + added > max_characters) {
      pieces.back().end_s = pieces.back().words.back().end_s;
      pieces.push_back(piece_of(segment, word.start_s));
      length = 0;
    }
    pieces.back().text += word.text;
    pieces.back().words.push_back(word);
    length += added;
  }
  return pieces;
}

Result cut_segments(Result result, int max_characters) {
  std::vector<Segment> pieces;
  for (const Segment& segment : result.segments) {
    for (Segment& piece : cut_segment(segment, max_characters)) {
      piece.id = static_cast<int>(pieces.size());
      pieces.push_back(std::move(piece));
    }
  }
  result.segments = std::move(pieces);
  return result;
}

}  // namespace tessera::cli
