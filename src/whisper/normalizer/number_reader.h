// Reads the words of a text in order and writes the numbers among them as digits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/whisper/normalizer/number_words.h"

namespace tessera::whisper {

/// One pass over the words. A number grows in `number_` while its words come, and is written when a
/// word comes that does not go on with it.
/// Source: EnglishNumberNormalizer.process_words of openai/whisper.
class NumberReader {
 public:
  explicit NumberReader(const std::vector<std::u32string>& words) : words_(words) {}

  std::vector<std::u32string> read();

 private:
  /// What has been said of a number so far.
  struct Number {
    std::u32string digits;
    /// As Python's int: digits may be added to its zeros. Else it is text that digits are put
    /// behind, as in "nineteen eighty four" or "three point one".
    bool is_integer = true;
  };

  void read_word();
  void read_digits(std::u32string_view unsigned_word);
  void read_zero();
  void read_cardinal(const NumberWord& word);
  void read_multiplier(const NumberWord& word);
  void read_suffixed(const NumberWord& word);
  void read_suffixed_multiplier(const NumberWord& word);
  void read_sign(const NumberWord& word);
  void read_currency(const NumberWord& word);
  void read_percent(const NumberWord& word);
  void read_special();
  void read_repetition();

  /// The digits of the number with 1 to 90 behind it: into its zeros, or as further digits.
  Number extended(const NumberWord& word) const;
  /// The number times a power of ten, when it is one that can be multiplied.
  std::optional<std::u32string> multiplied(int exponent) const;
  /// What Python's `str(value or "")` is.
  std::u32string digits_unless_zero() const;

  void write(std::u32string_view text);
  void write_number();
  void write_number_and(std::u32string_view text);

  std::u32string_view current() const { return words_[at_]; }
  std::u32string_view previous() const;
  std::u32string_view next() const;
  bool next_continues_a_number() const;

  const std::vector<std::u32string>& words_;
  std::size_t at_ = 0;
  std::optional<Number> number_;
  std::u32string prefix_;  ///< a sign or currency to be written before what is written next
  std::vector<std::u32string> written_;
};

}  // namespace tessera::whisper
