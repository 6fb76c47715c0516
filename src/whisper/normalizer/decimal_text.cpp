#include "src/whisper/normalizer/decimal_text.h"

#include <algorithm>

#include "src/whisper/normalizer/code_points.h"

namespace tessera::whisper {
namespace {

std::u32string without_leading_zeros(std::u32string digits) {
  digits.erase(0, std::min(digits.find_first_not_of(U'0'), digits.size()));
  return digits.empty() ? U"0" : digits;
}

std::u32string sum(std::u32string_view a, std::u32string_view b) {
  std::u32string digits;  // the last one first
  int carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
    const auto digit = [i](std::u32string_view number) {
      return i < number.size() ? static_cast<int>(number[number.size() - 1 - i] - U'0') : 0;
    };
    const int total = digit(a) + digit(b) + carry;
    digits += static_cast<char32_t>(U'0' + total % 10);
    carry = total / 10;
  }
  std::reverse(digits.begin(), digits.end());
  return without_leading_zeros(std::move(digits));
}

/// As many decimal digits as stand at `position`, as ASCII.
std::u32string digits_at(std::u32string_view text, std::size_t position) {
  std::u32string digits;
  for (; position < text.size() && is_decimal_digit(text[position]); ++position) {
    digits += static_cast<char32_t>(U'0' + decimal_digit_value(text[position]));
  }
  return digits;
}

}  // namespace

bool is_decimal_number(std::u32string_view text) {
  return !text.empty() && text.front() != U'.' && text.back() != U'.' && parse_decimal(text);
}

std::optional<DecimalFraction> parse_decimal(std::u32string_view text) {
  std::u32string whole = digits_at(text, 0);
  std::size_t end = whole.size();
  std::u32string places;
  if (end < text.size() && text[end] == U'.') {
    places = digits_at(text, end + 1);
    end += 1 + places.size();
  }
  if (end < text.size() || (whole.empty() && places.empty())) return std::nullopt;
  places.erase(places.find_last_not_of(U'0') + 1);
  return DecimalFraction{without_leading_zeros(std::move(whole)), std::move(places)};
}

std::optional<std::u32string> whole_multiple(const DecimalFraction& number, int exponent) {
  const auto shift = static_cast<std::size_t>(exponent);
  if (number.places.size() > shift) return std::nullopt;
  return without_leading_zeros(number.whole + number.places +
                               std::u32string(shift - number.places.size(), U'0'));
}

std::u32string multiply_last_digits(std::u32string_view number, std::size_t n, int exponent) {
  const std::size_t cut = number.size() - std::min(number.size(), n);
  const std::u32string before = std::u32string(number.substr(0, cut)) + std::u32string(n, U'0');
  const std::u32string last(number.substr(cut));
  return sum(before, last + std::u32string(static_cast<std::size_t>(exponent), U'0'));
}

std::u32string add_into_zeros(std::u32string number, int addend) {
  return sum(number, to_decimal(addend));
}

bool ends_in_zeros(std::u32string_view number, std::size_t n) {
  const std::size_t last = number.find_last_not_of(U'0');
  return last == std::u32string_view::npos || number.size() - 1 - last >= n;
}

std::u32string to_decimal(int number) { return to_code_points(std::to_string(number)); }

}  // namespace tessera::whisper
