// The words of a window go to its segments, and the segments' edges to their words.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "src/whisper/word_timing.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// Marks that are joined to the word after them, and to the word before them.
struct PunctuationMarks {
  std::string_view prepended;
  std::string_view appended;
};

/// Gives each segment its words, by the number of its tokens below `eot`; words made of the tokens
/// of two segments go to the first. Applies the rules for durations and punctuation, rounds times
/// to 0.01 s, and moves the edges of segments to their words, or those of overlong words to the
/// segment. `words`: of all the segments together, in their order. `last_speech_s`: where the words
/// before these ended.
///
/// A time before the recording's beginning, which a window of less than 40 ms gives (see
/// token_times), becomes 0.
/// Source: add_word_timestamps() of timing.py, openai/whisper.
void fill_segment_words(std::span<Segment> segments, std::vector<WordTiming> words,
                        const PunctuationMarks& marks, int eot, double last_speech_s);

}  // namespace tessera::whisper
