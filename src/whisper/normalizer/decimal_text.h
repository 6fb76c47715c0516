// Whole numbers of any size as decimal digits: what Python's int and Fraction do with the numbers
// in a text, where "decillion" may follow anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// A number without sign: digits before and after the point, ASCII.
struct DecimalFraction {
  std::u32string whole;   ///< "0" or without leading zeros
  std::u32string places;  ///< without trailing zeros
};

/// Whether `text` is digits, or digits, a point and digits; digits of any script.
bool is_decimal_number(std::u32string_view text);

/// Reads "12", "1.5", "1." and ".5"; anything else is nothing.
std::optional<DecimalFraction> parse_decimal(std::u32string_view text);

/// The number times 10^exponent, when that is whole.
std::optional<std::u32string> whole_multiple(const DecimalFraction& number, int exponent);

/// `number` / 10^n rounded down times 10^n, plus `number` modulo 10^n times 10^exponent.
std::u32string multiply_last_digits(std::u32string_view number, std::size_t n, int exponent);

/// `number`, whose last places are zeros, plus a number that fits there.
std::u32string add_into_zeros(std::u32string number, int addend);

/// Whether `number`, a whole number, ends in n zeros or is 0.
bool ends_in_zeros(std::u32string_view number, std::size_t n);

std::u32string to_decimal(int number);

}  // namespace tessera::whisper
