#include "apps/server/field_value.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "apps/server/http/message.h"

namespace tessera::server {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

template <class Number>
bool parse(std::string_view text, Number& value) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// Bytes of the UTF-8 sequence at the text's beginning; 0 when it is ill-formed.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xBF) {
    return i < text.size() && byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned least = first == 0xE0 ? 0xA0 : 0x80;  // shorter forms
    const unsigned most = first == 0xED ? 0x9F : 0xBF;   // surrogates
    return continues(1, least, most) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned least = first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xF4 ? 0x8F : 0xBF;  // above U+10FFFF
    return continues(1, least, most) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

double FieldValue::number() const {
  double value = 0;
  if (!parse(text, value) || !std::isfinite(value)) refuse("a number");
  return value;
}

int FieldValue::integer() const {
  int value = 0;
  if (!parse(text, value)) refuse("a whole number");
  return value;
}

bool FieldValue::truth() const {
  std::string lower(trimmed(text));
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (lower == yes) return true;
  }
  for (const std::string_view no : {"false", "0", "no", "off"}) {
    if (lower == no) return false;
  }
  refuse("true or false");
}

std::vector<std::string> FieldValue::list() const {
  std::vector<std::string> parts;
  std::string_view rest = text;
  while (!trimmed(rest).empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    parts.emplace_back(trimmed(rest.substr(0, comma)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return parts;
}

std::vector<double> FieldValue::numbers() const {
  std::vector<double> values;
  for (const std::string& part : list()) {
    double value = 0;
    if (!parse(part, value) || !std::isfinite(value)) refuse("numbers separated by commas");
    values.push_back(value);
  }
  return values;
}

void FieldValue::refuse(std::string_view wanted) const {
  throw HttpError(
      400, "invalid_value",
      std::string(name) + ": expected " + std::string(wanted) + ", got " + in_quotes(text),
      std::string(name));
}

void FieldValue::unsupported(std::string_view why) const {
  throw HttpError(400, "unsupported_value", std::string(name) + ": " + std::string(why),
                  std::string(name));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 60;
  const bool cut = text.size() > kMost;
  std::string result = "'";
  for (const char c : text.substr(0, kMost)) result += c >= ' ' && c <= '~' ? c : '?';
  return result + (cut ? "...'" : "'");
}

}  // namespace tessera::server
