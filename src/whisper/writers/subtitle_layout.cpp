#include "src/whisper/writers/subtitle_layout.h"

#include <limits>
#include <utility>

#include "src/whisper/text_measures.h"
#include "src/whisper/unicode.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr double kLongPause_s = 3.0;
constexpr int kWideEnough = 1000;  // openai/whisper's "no limit" of a line, in characters and words

std::int64_t characters(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    at += static_cast<std::size_t>(next_utf8(text, at).length);
  }
  return count;
}

/// Takes the words one by one; the state is that of the line that is being filled.
class Grouping {
 public:
  Grouping(const SubtitleLayout& layout, double first_start_s)
      : keep_segments_(!layout.max_line_count || !layout.max_line_width),
        max_width_(layout.max_line_width.value_or(kWideEnough)),
        max_lines_(layout.max_line_count.value_or(std::numeric_limits<int>::max())),
        last_start_s_(first_start_s) {}

  /// `begins`: the first of its segment, or of so many words as a line may have.
  void add(const Word& original, bool begins) {
    Word word = original;
    word.text = valid_utf8(original.text);
    const bool long_pause = !keep_segments_ && word.start_s - last_start_s_ > kLongPause_s;
    const bool segment_break = begins && !subtitle_.empty() && keep_segments_;
    const std::int64_t width = characters(word.text);
    if (line_width_ > 0 && line_width_ + width <= max_width_ && !long_pause && !segment_break) {
      line_width_ += width;
    } else {
      begin_line(word, long_pause, segment_break);
    }
    last_start_s_ = word.start_s;
    subtitle_.push_back(std::move(word));
  }

  std::vector<std::vector<Word>> finish() {
    if (!subtitle_.empty()) done_.push_back(std::move(subtitle_));
    return std::move(done_);
  }

 private:
  void begin_line(Word& word, bool long_pause, bool segment_break) {
    word.text = std::string(strip(word.text));
    // Without a limit to the lines only a segment's end breaks a subtitle.
    const bool full = !subtitle_.empty() && (long_pause || lines_ >= max_lines_);
    const std::int64_t previous_width = std::exchange(line_width_, characters(word.text));
    if (full || segment_break) {
      done_.push_back(std::exchange(subtitle_, {}));
      lines_ = 1;
    } else if (previous_width > 0) {
      ++lines_;
      word.text.insert(0, "\n");
    }
  }

  const bool keep_segments_;
  const int max_width_;
  const int max_lines_;
  double last_start_s_;
  std::int64_t line_width_ = 0;
  int lines_ = 1;
  std::vector<Word> subtitle_;
  std::vector<std::vector<Word>> done_;
};

double first_start(const Result& result) {
  for (const Segment& segment : result.segments) {
    if (!segment.words.empty()) return segment.words.front().start_s;
  }
  return 0;
}

void check_limit(const char* name, std::optional<int> value) {
  if (value && *value < 1) {
    throw Error(ErrorCode::bad_argument, std::string("subtitle layout: ") + name +
                                             ": expected at least 1, got " +
                                             std::to_string(*value));
  }
}

}  // namespace

void check_layout(const SubtitleLayout& layout, const Result& result) {
  const auto refuse = [](const char* why) {
    throw Error(ErrorCode::bad_argument, std::string("subtitle layout: ") + why);
  };
  check_limit("max_line_width", layout.max_line_width);
  check_limit("max_line_count", layout.max_line_count);
  check_limit("max_words_per_line", layout.max_words_per_line);
  if (layout.max_line_count && !layout.max_line_width) {
    refuse("max_line_count needs max_line_width");
  }
  if (layout.max_words_per_line && layout.max_line_width) {
    refuse("max_words_per_line and max_line_width exclude each other");
  }
  if (layout.karaoke && layout.highlight_words) {
    refuse("karaoke and highlight_words exclude each other");
  }
  const bool shaped = layout.max_line_width || layout.max_words_per_line ||
                      layout.highlight_words || layout.karaoke;
  if (shaped && !result.has_words) refuse("it needs word times, which the result does not have");
}

std::vector<std::vector<Word>> group_words(const Result& result, const SubtitleLayout& layout) {
  const auto max_words = static_cast<std::size_t>(layout.max_words_per_line.value_or(kWideEnough));
  Grouping grouping(layout, first_start(result));
  for (const Segment& segment : result.segments) {
    for (std::size_t i = 0; i < segment.words.size(); ++i) {
      grouping.add(segment.words[i], i % max_words == 0);
    }
  }
  return grouping.finish();
}

}  // namespace tessera::whisper
