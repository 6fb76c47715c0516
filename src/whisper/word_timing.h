// Words with their times in a window, and the rules that touch a word and its neighbours.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// A word that was said in a window. Rules that join two words leave one of them empty.
struct WordTiming {
  std::string text;        ///< UTF-8, with its leading blank; empty when joined to another
  std::size_t tokens = 0;  ///< how many it is made of
  double start_s = 0;      ///< from the window's beginning
  double end_s = 0;
  double probability = 0;  ///< mean of its tokens' probabilities
};

/// The median duration of the words that last at all, at most 0.7 s; 0 when there are none.
double median_duration(std::span<const WordTiming> words);

/// Shortens marks at the end of a sentence, and words after one, to `max_duration_s`: what they
/// have too much is most likely the pause between the sentences.
void shorten_pauses(std::span<WordTiming> words, double max_duration_s);

/// Joins marks of `prepended` that follow a blank to the word after them, and then marks of
/// `appended` to the word before them. Times and probabilities stay those of the word.
void merge_punctuation(std::span<WordTiming> words, std::string_view prepended,
                       std::string_view appended);

}  // namespace tessera::whisper
