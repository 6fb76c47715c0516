// The English words that numbers are said with.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

struct NumberWord {
  enum class Kind {
    none,
    zero,                 ///< "oh"
    one,                  ///< "one" to "nineteen"
    one_suffixed,         ///< "third", "sixes"
    ten,                  ///< "twenty" to "ninety"
    ten_suffixed,         ///< "twentieth", "nineties"
    multiplier,           ///< "hundred" to "decillion"
    multiplier_suffixed,  ///< "millions", "hundredth"
    sign,                 ///< "minus", which stands before its number
    currency,             ///< "dollars", which stands after it
    percent,              ///< "percent", and "per" when "cent" follows
    special,              ///< "and", "double", "triple", "point"
  };
  Kind kind = Kind::none;
  int value = 0;             ///< of ones and tens; the power of ten of multipliers
  std::u32string_view mark;  ///< "th", "s"; "-", "$"
};

/// Kind::none for words that have nothing to do with numbers. "ninth" is one of them and "nineth"
/// is not: so it is in the table's source, EnglishNumberNormalizer of openai/whisper.
NumberWord number_word(std::u32string_view word);

/// The signs that may stand before digits.
inline constexpr std::u32string_view kNumberPrefixes = U"-+£€$¢";

}  // namespace tessera::whisper
