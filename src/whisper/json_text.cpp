#include "src/whisper/json_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "src/whisper/unicode.h"

namespace tessera::whisper {
namespace {

void append_unit(std::string& json, unsigned unit) {
  constexpr char kDigits[] = "0123456789abcdef";
  json += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) json += kDigits[unit >> shift & 0xF];
}

void append_escaped(std::string& json, char32_t c) {
  switch (c) {
    case '"':
      json += "\\\"";
      return;
    case '\\':
      json += "\\\\";
      return;
    case '\b':
      json += "\\b";
      return;
    case '\f':
      json += "\\f";
      return;
    case '\n':
      json += "\\n";
      return;
    case '\r':
      json += "\\r";
      return;
    case '\t':
      json += "\\t";
      return;
    default:
      break;
  }
  if (c >= 0x20 && c < 0x7F) {
    json += static_cast<char>(c);
  } else if (c < 0x10000) {
    append_unit(json, c);
  } else {
    const unsigned above = c - 0x10000;
    append_unit(json, 0xD800 + (above >> 10));
    append_unit(json, 0xDC00 + (above & 0x3FF));
  }
}

}  // namespace

void append_json_string(std::string& json, std::string_view text) {
  json += '"';
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text, at);
    append_escaped(json, step.kind == Utf8Step::Kind::character ? step.code_point : U'\uFFFD');
    at += static_cast<std::size_t>(step.length);
  }
  json += '"';
}

void append_json_float(std::string& json, double value) {
  if (!std::isfinite(value)) {
    json += "null";
    return;
  }
  // "d.ddde[+-]xx": the same shortest digits as Python's, which uses an exponent below 1e-4 and
  // from 1e16.
  char scientific[32];
  const auto end = std::to_chars(scientific, scientific + sizeof scientific, value,
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(scientific, static_cast<std::size_t>(end - scientific));
  const int exponent = std::atoi(std::string(text.substr(text.find('e') + 1)).c_str());
  if (exponent < -4 || exponent >= 16) {
    json += text;
    return;
  }
  char fixed[32];
  const auto fixed_end =
      std::to_chars(fixed, fixed + sizeof fixed, value, std::chars_format::fixed).ptr;
  const std::string_view digits(fixed, static_cast<std::size_t>(fixed_end - fixed));
  json += digits;
  if (digits.find('.') == std::string_view::npos) json += ".0";
}

}  // namespace tessera::whisper
