#include "src/whisper/segment_words.h"

#include <algorithm>
#include <cmath>

namespace tessera::whisper {
namespace {

constexpr double kFramesPerSecond = 100;
/// A word at the edge of a segment is too long when it reaches so far beyond it.
constexpr double kEdgeSlackSeconds = 0.5;

struct Durations {
  double median_s;
  double max_s;
};

/// As numpy rounds, which is not always the decimal that is nearest: openai/whisper's times are
/// numpy's numbers.
double round_hundredths(double seconds) { return std::nearbyint(seconds * 100) / 100; }

/// The next words, up to `tokens` tokens; `next` moves behind them.
std::vector<Word> take_words(std::span<const WordTiming> words, std::size_t tokens, double offset_s,
                             std::size_t& next) {
  std::vector<Word> taken;
  for (std::size_t used = 0; next < words.size() && used < tokens; ++next) {
    const WordTiming& word = words[next];
    used += word.tokens;
    if (word.text.empty()) continue;
    taken.push_back({word.text, std::max(0.0, round_hundredths(offset_s + word.start_s)),
                     std::max(0.0, round_hundredths(offset_s + word.end_s)), word.probability});
  }
  return taken;
}

/// The first words after a pause may have swallowed it.
void shorten_after_pause(std::vector<Word>& words, const Durations& durations,
                         double last_speech_s) {
  Word& first = words[0];
  const double max_s = durations.max_s;
  if (!(first.end_s - last_speech_s > durations.median_s * 4)) return;
  const bool first_is_long = first.end_s - first.start_s > max_s;
  const bool both_are_long = words.size() > 1 && words[1].end_s - first.start_s > max_s * 2;
  if (!first_is_long && !both_are_long) return;
  if (words.size() > 1 && words[1].end_s - words[1].start_s > max_s) {
    Word& second = words[1];
    first.end_s = second.start_s = std::max(second.end_s / 2, second.end_s - max_s);
  }
  first.start_s = std::max(0.0, first.end_s - max_s);
}

void align_start(Segment& segment, double median_s) {
  Word& first = segment.words.front();
  if (segment.start_s < first.end_s && segment.start_s - kEdgeSlackSeconds > first.start_s) {
    first.start_s = std::max(0.0, std::min(first.end_s - median_s, segment.start_s));
  } else {
    segment.start_s = first.start_s;
  }
}

void align_end(Segment& segment, double median_s) {
  Word& last = segment.words.back();
  if (segment.end_s > last.start_s && segment.end_s + kEdgeSlackSeconds < last.end_s) {
    last.end_s = std::max(last.start_s + median_s, segment.end_s);
  } else {
    segment.end_s = last.end_s;
  }
}

}  // namespace

void fill_segment_words(std::span<Segment> segments, std::vector<WordTiming> words,
                        const PunctuationMarks& marks, int eot, double last_speech_s) {
  if (segments.empty()) return;
  const double median_s = median_duration(words);
  const Durations durations{median_s, median_s * 2};
  shorten_pauses(words, durations.max_s);
  merge_punctuation(words, marks.prepended, marks.appended);

  const double offset_s = segments.front().seek_frames / kFramesPerSecond;
  std::size_t next = 0;
  for (Segment& segment : segments) {
    const auto tokens = std::ranges::count_if(segment.tokens, [&](int id) { return id < eot; });
    segment.words = take_words(words, static_cast<std::size_t>(tokens), offset_s, next);
    if (segment.words.empty()) continue;
    shorten_after_pause(segment.words, durations, last_speech_s);
    align_start(segment, durations.median_s);
    align_end(segment, durations.median_s);
    last_speech_s = segment.end_s;
  }
}

}  // namespace tessera::whisper
