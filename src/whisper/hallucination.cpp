#include "src/whisper/hallucination.h"

#include <algorithm>
#include <string_view>

namespace tessera::whisper {
namespace {

// A word that is a part of this text is no word.
constexpr std::string_view kPunctuation = "\"'“¿([{-\"'.。,，!！?？:：”)]}、";

double anomaly(const Word& word) {
  constexpr double kImprobable = 0.15;
  constexpr double kShort_s = 0.133;
  constexpr double kLong_s = 2.0;
  const double duration_s = word.end_s - word.start_s;
  double score = 0;
  if (word.probability < kImprobable) score += 1;
  if (duration_s < kShort_s) score += (kShort_s - duration_s) * 15;
  if (duration_s > kLong_s) score += duration_s - kLong_s;
  return score;
}

const Segment* first_with_words(std::span<const Segment> segments) {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [](const Segment& segment) { return !segment.words.empty(); });
  return found == segments.end() ? nullptr : &*found;
}

// Segments this near to an edge of the window count as if silence lay beyond it.
constexpr double kEdge_s = 2.0;

// An anomalous segment with silence, an edge of the window or other anomalies on both sides.
bool is_lost_in_silence(const JudgedWindow& window, std::size_t index, double spoken_until_s,
                        double threshold_s) {
  const Segment& segment = window.segments[index];
  const Segment* next = first_with_words(window.segments.subspan(index + 1));
  const double next_s =
      next != nullptr ? next->words.front().start_s : window.begin_s + window.duration_s;
  const bool silence_before = segment.start_s - spoken_until_s > threshold_s ||
                              segment.start_s < threshold_s ||
                              segment.start_s - window.begin_s < kEdge_s;
  const bool silence_after = next_s - segment.end_s > threshold_s ||
                             (next != nullptr && is_anomalous(*next)) ||
                             window.end_s - segment.end_s < kEdge_s;
  return silence_before && silence_after;
}

}  // namespace

bool is_anomalous(const Segment& segment) {
  constexpr int kJudgedWords = 8;
  if (segment.words.empty()) return false;
  double score = 0;
  int words = 0;
  for (const Word& word : segment.words) {
    if (kPunctuation.find(word.text) != std::string_view::npos) continue;
    score += anomaly(word);
    if (++words == kJudgedWords) break;
  }
  return score >= 3 || score + 0.01 >= words;
}

SilenceSkip skip_silence(const JudgedWindow& window, double threshold_s) {
  SilenceSkip skip;
  skip.kept = window.segments.size();
  const std::optional<double> last_word_s = speech_end_s(window.segments);
  if (!window.ends_in_timestamp && last_word_s && *last_word_s > window.begin_s) {
    if (window.end_s - *last_word_s > threshold_s) {
      skip.next_s = last_word_s;
    } else {
      skip.skip_window = true;
    }
  }
  const Segment* first = first_with_words(window.segments);
  if (first != nullptr && is_anomalous(*first) && first->start_s - window.begin_s > threshold_s) {
    return {first->start_s, false, 0, true};
  }
  double spoken_until_s = window.last_speech_s;
  for (std::size_t i = 0; i < window.segments.size(); ++i) {
    const Segment& segment = window.segments[i];
    if (segment.words.empty()) continue;
    if (is_anomalous(segment) && is_lost_in_silence(window, i, spoken_until_s, threshold_s)) {
      const bool nothing_follows = window.content_s - segment.end_s < threshold_s;
      skip.next_s =
          nothing_follows ? window.content_s : std::max(window.begin_s + 1, segment.start_s);
      skip.skip_window = false;
      skip.kept = i;
      break;
    }
    spoken_until_s = segment.end_s;
  }
  return skip;
}

std::optional<double> speech_end_s(std::span<const Segment> segments) {
  for (std::size_t i = segments.size(); i-- > 0;) {
    if (!segments[i].words.empty()) return segments[i].words.back().end_s;
  }
  if (segments.empty()) return std::nullopt;
  return segments.back().end_s;
}

}  // namespace tessera::whisper
