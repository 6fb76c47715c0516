// How words become subtitles: lines, breaks and highlighting.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tessera/result.h"
#include "tessera/writers.h"

namespace tessera::whisper {

/// Text that is shown for a while.
struct Cue {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string text;  ///< UTF-8, lines separated by '\n'
};

/// Throws Error{bad_argument} when a limit is below 1, options contradict each other, or the layout
/// needs word times that the result does not have.
void check_layout(const SubtitleLayout& layout, const Result& result);

/// The words of each subtitle, broken into lines: the texts of a subtitle's words make its text.
/// Segments are kept apart unless both a width and a number of lines are given; then they flow into
/// each other, and a pause of more than 3 s begins a new subtitle. Widths count code points.
/// Source: SubtitlesWriter.iterate_result() of openai/whisper.
std::vector<std::vector<Word>> group_words(const Result& result, const SubtitleLayout& layout);

/// The subtitles of a result as openai/whisper cuts them: by words when it has them, else one for
/// each segment. With highlight_words a subtitle becomes one cue for each word that is said,
/// underlined with <u>, and one for each pause between two.
std::vector<Cue> make_cues(const Result& result, const SubtitleLayout& layout);

/// Subtitles by words with the time of each word inside, "one <00:01.000>two" ("WebVTT cue
/// timestamp" of the W3C's WebVTT), and '&', '<', '>' escaped. Such times must rise and lie inside
/// their subtitle: a word that begins at no later time than the one before it, or not before the
/// end, goes without.
std::vector<Cue> make_karaoke_cues(const Result& result, const SubtitleLayout& layout);

}  // namespace tessera::whisper
