#include "src/whisper/word_timing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/whisper/text_measures.h"

// The rules are those of add_word_timestamps() and merge_punctuations() of timing.py,
// openai/whisper. There a mark is looked for in a set by Python's test for a part of a string: so
// several marks that stand together in the set count as one, and so does the empty text.

namespace tessera::whisper {
namespace {

constexpr double kMaxMedianSeconds = 0.7;
constexpr std::string_view kSentenceEnds = ".。!！?？";

bool is_part_of(std::string_view text, std::string_view marks) {
  return marks.find(text) != std::string_view::npos;
}

/// Leaves `from` empty. `text` is what the two make together.
void join(WordTiming& from, WordTiming& to, std::string text) {
  to.text = std::move(text);
  to.tokens += std::exchange(from.tokens, 0);
  from.text.clear();
}

}  // namespace

double median_duration(std::span<const WordTiming> words) {
  std::vector<double> durations;
  for (const WordTiming& word : words) {
    if (word.end_s - word.start_s != 0) durations.push_back(word.end_s - word.start_s);
  }
  if (durations.empty()) return 0;
  std::ranges::sort(durations);
  const std::size_t middle = durations.size() / 2;
  const double median = durations.size() % 2 == 1 ? durations[middle]
                                                  : (durations[middle - 1] + durations[middle]) / 2;
  return std::min(kMaxMedianSeconds, median);
}

void shorten_pauses(std::span<WordTiming> words, double max_duration_s) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!(words[i].end_s - words[i].start_s > max_duration_s)) continue;
    if (is_part_of(words[i].text, kSentenceEnds)) {
      words[i].end_s = words[i].start_s + max_duration_s;
    } else if (is_part_of(words[i - 1].text, kSentenceEnds)) {
      words[i].start_s = words[i].end_s - max_duration_s;
    }
  }
}

void merge_punctuation(std::span<WordTiming> words, std::string_view prepended,
                       std::string_view appended) {
  if (words.empty()) return;
  std::size_t following = words.size() - 1;
  for (std::size_t i = words.size() - 1; i-- > 0;) {
    WordTiming& word = words[i];
    if (word.text.starts_with(' ') && is_part_of(strip(word.text), prepended)) {
      join(word, words[following], word.text + words[following].text);
    } else {
      following = i;
    }
  }
  std::size_t previous = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    WordTiming& word = words[i];
    if (!words[previous].text.ends_with(' ') && is_part_of(word.text, appended)) {
      join(word, words[previous], words[previous].text + word.text);
    } else {
      previous = i;
    }
  }
}

}  // namespace tessera::whisper
