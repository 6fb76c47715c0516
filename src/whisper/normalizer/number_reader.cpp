#include "src/whisper/normalizer/number_reader.h"

#include "src/whisper/normalizer/decimal_text.h"

namespace tessera::whisper {
namespace {

using Kind = NumberWord::Kind;

constexpr std::size_t kThousands = 3;  // digits that "million" and the like multiply

Kind kind_of(std::u32string_view word) { return number_word(word).kind; }

}  // namespace

std::vector<std::u32string> NumberReader::read() {
  for (at_ = 0; at_ < words_.size(); ++at_) read_word();
  write_number();
  return std::move(written_);
}

void NumberReader::read_word() {
  const bool has_prefix = kNumberPrefixes.find(current().front()) != std::u32string_view::npos;
  const std::u32string_view unsigned_word = current().substr(has_prefix ? 1 : 0);
  if (is_decimal_number(unsigned_word)) return read_digits(unsigned_word);
  const NumberWord word = number_word(current());
  switch (word.kind) {
    case Kind::none:
      return write_number_and(current());
    case Kind::zero:
      return read_zero();
    case Kind::one:
    case Kind::ten:
      return read_cardinal(word);
    case Kind::one_suffixed:
    case Kind::ten_suffixed:
      return read_suffixed(word);
    case Kind::multiplier:
      return read_multiplier(word);
    case Kind::multiplier_suffixed:
      return read_suffixed_multiplier(word);
    case Kind::sign:
      return read_sign(word);
    case Kind::currency:
      return read_currency(word);
    case Kind::percent:
      return read_percent(word);
    case Kind::special:
      return read_special();
  }
}

void NumberReader::read_digits(std::u32string_view unsigned_word) {
  if (number_ && !number_->is_integer && number_->digits.ends_with(U'.')) {
    number_->digits += current();  // decimals, or the next part of an address
    return;
  }
  write_number();
  if (unsigned_word.size() < current().size()) prefix_ = current().front();
  const DecimalFraction value = *parse_decimal(unsigned_word);
  number_ = value.places.empty() ? Number{value.whole, true}
                                 : Number{std::u32string(unsigned_word), false};
}

void NumberReader::read_zero() { number_ = {digits_unless_zero() + U"0", false}; }

void NumberReader::read_cardinal(const NumberWord& word) { number_ = extended(word); }

NumberReader::Number NumberReader::extended(const NumberWord& word) const {
  const std::u32string said = to_decimal(word.value);
  if (!number_) return {said, true};
  const bool is_ten = word.kind == Kind::ten || word.kind == Kind::ten_suffixed;
  const bool one_digit = word.value < 10;
  if (!number_->is_integer || (!is_ten && kind_of(previous()) == Kind::one)) {
    // "nineteen eighty" is text by now; its last zero makes room for "four".
    const bool fills_zero = !is_ten && one_digit && kind_of(previous()) == Kind::ten;
    const std::size_t kept = number_->digits.size() - (fills_zero ? 1 : 0);
    return {number_->digits.substr(0, kept) + said, false};
  }
  if (ends_in_zeros(number_->digits, one_digit ? 1 : 2)) {
    return {add_into_zeros(number_->digits, word.value), true};
  }
  return {number_->digits + said, false};
}

void NumberReader::read_suffixed(const NumberWord& word) {
  write(extended(word).digits.append(word.mark));
}

std::optional<std::u32string> NumberReader::multiplied(int exponent) const {
  if (number_->is_integer) return multiply_last_digits(number_->digits, kThousands, exponent);
  const std::optional<DecimalFraction> value = parse_decimal(number_->digits);
  return value ? whole_multiple(*value, exponent) : std::nullopt;
}

void NumberReader::read_multiplier(const NumberWord& word) {
  const std::u32string alone = *whole_multiple({U"1", {}}, word.value);
  if (!number_) {
    number_ = {alone, true};
  } else if (const std::optional<std::u32string> product = multiplied(word.value)) {
    number_ = {*product, true};
  } else {
    write_number();
    number_ = {alone, true};
  }
}

void NumberReader::read_suffixed_multiplier(const NumberWord& word) {
  read_multiplier(word);
  write(number_->digits.append(word.mark));
}

void NumberReader::read_sign(const NumberWord& word) {
  write_number();
  if (next_continues_a_number()) {
    prefix_ = word.mark;
  } else {
    write(current());
  }
}

void NumberReader::read_currency(const NumberWord& word) {
  if (!number_) return write(current());
  prefix_ = word.mark;
  write_number();
}

void NumberReader::read_percent(const NumberWord& word) {
  const bool says_percent = current() == U"percent";
  if (number_ && (says_percent || next() == U"cent")) {
    write(number_->digits.append(word.mark));
    if (!says_percent) ++at_;
  } else {
    write_number_and(current());
  }
}

void NumberReader::read_special() {
  if (!next_continues_a_number()) return write_number_and(current());
  if (current() == U"and") {
    if (kind_of(previous()) != Kind::multiplier) write_number_and(current());
  } else if (current() == U"point") {
    const Kind kind = kind_of(next());
    const bool decimals = kind == Kind::one || kind == Kind::ten || kind == Kind::zero;
    // Before another word, as in "point million", it is lost.
    if (decimals || is_decimal_number(next())) number_ = {digits_unless_zero() + U".", false};
  } else {
    read_repetition();
  }
}

/// "double" and "triple".
void NumberReader::read_repetition() {
  const NumberWord digit = number_word(next());
  if (digit.kind != Kind::one && digit.kind != Kind::zero) return write_number_and(current());
  std::u32string digits = digits_unless_zero();
  const int repeats = current() == U"double" ? 2 : 3;
  for (int i = 0; i < repeats; ++i) digits += to_decimal(digit.value);
  number_ = {digits, false};
  ++at_;
}

std::u32string NumberReader::digits_unless_zero() const {
  const bool nothing = !number_ || (number_->is_integer && number_->digits == U"0");
  return nothing ? std::u32string() : number_->digits;
}

void NumberReader::write(std::u32string_view text) {
  written_.push_back(prefix_.append(text));
  prefix_.clear();
  number_.reset();
}

void NumberReader::write_number() {
  if (number_) write(number_->digits);
}

void NumberReader::write_number_and(std::u32string_view text) {
  write_number();
  write(text);
}

std::u32string_view NumberReader::previous() const {
  return at_ > 0 ? std::u32string_view(words_[at_ - 1]) : std::u32string_view();
}

std::u32string_view NumberReader::next() const {
  return at_ + 1 < words_.size() ? std::u32string_view(words_[at_ + 1]) : std::u32string_view();
}

bool NumberReader::next_continues_a_number() const {
  return kind_of(next()) != Kind::none || is_decimal_number(next());
}

}  // namespace tessera::whisper
