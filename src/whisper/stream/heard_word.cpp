#include "src/whisper/stream/heard_word.h"

#include <cmath>

#include "src/whisper/normalizer/code_points.h"

namespace tessera::whisper {
namespace {

double rounded(double seconds) { return std::round(seconds * 100) / 100; }

}  // namespace

std::string word_key(std::string_view text) {
  std::u32string key;
  for (const char32_t c : lower(to_code_points(text))) {
    if (!is_space(c) && !is_mark_symbol_or_punctuation(c)) key += c;
  }
  return key.empty() ? std::string(text) : to_utf8(key);
}

std::vector<HeardWord> heard_words(std::span<const Segment> segments, double offset_s) {
  std::vector<HeardWord> words;
  for (const Segment& segment : segments) {
    bool begins = true;
    for (Word word : segment.words) {
      word.start_s = rounded(offset_s + word.start_s);
      word.end_s = rounded(offset_s + word.end_s);
      std::string key = word_key(word.text);
      words.push_back({std::move(word), std::move(key), begins});
      begins = false;
    }
  }
  return words;
}

}  // namespace tessera::whisper
