#include "src/whisper/stream/heard_word.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/whisper/normalizer/code_points.h"

namespace tessera::whisper {
namespace {

double rounded(double seconds) { return std::round(seconds * 100) / 100; }

/// The words follow each other without pauses, each as long as it is written.
void share_time(std::span<Word> words, double start_s, double end_s) {
  std::size_t letters = 0;
  for (const Word& word : words) letters += word.text.size();
  std::size_t before = 0;
  const auto time_s = [&] {
    return start_s + (end_s - start_s) * static_cast<double>(before) / static_cast<double>(letters);
  };
  for (Word& word : words) {
    word.start_s = time_s();
    before += word.text.size();
    word.end_s = time_s();
  }
}

}  // namespace

std::string word_key(std::string_view text) {
  std::u32string key;
  for (const char32_t c : lower(to_code_points(text))) {
    if (!is_space(c) && !is_mark_symbol_or_punctuation(c)) key += c;
  }
  return key.empty() ? std::string(text) : to_utf8(key);
}

void fit_word_times(std::span<Word> words, double start_s, double end_s) {
  constexpr double kVague_s = 0.5;
  if (words.empty()) return;
  if (std::abs(words.back().end_s - end_s) > kVague_s) share_time(words, start_s, end_s);
  words.back().end_s = std::max(words.back().end_s, end_s);
}

std::vector<HeardWord> heard_words(std::vector<Word> words, double window_s) {
  std::vector<HeardWord> heard;
  for (Word& word : words) {
    word.start_s = rounded(window_s + word.start_s);
    word.end_s = rounded(window_s + word.end_s);
    std::string key = word_key(word.text);
    heard.push_back({std::move(word), std::move(key), heard.empty()});
  }
  return heard;
}

}  // namespace tessera::whisper
