#include "src/whisper/unicode.h"

#include <utf8proc.h>

namespace tessera::whisper {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

using StepKind = Utf8Step::Kind;

/// What a first byte promises: the length and the range of the second byte (Unicode 15, table 3-7).
struct Lead {
  int length;
  unsigned char second_min;
  unsigned char second_max;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Appends `bytes` to `out` with replacements, and returns how many bytes of a truncated character
/// are left at the end, which are not appended.
std::size_t append_valid(std::string_view bytes, std::string& out) {
  for (std::size_t i = 0; i < bytes.size();) {
    const Utf8Step step = next_utf8(bytes, i);
    if (step.kind == StepKind::truncated) return bytes.size() - i;
    out += step.kind == StepKind::character ? bytes.substr(i, step.length) : kReplacement;
    i += step.length;
  }
  return 0;
}

bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

}  // namespace

Utf8Step next_utf8(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(position);
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {StepKind::invalid, 0, 1};
  if (lead.length == 1) return {StepKind::character, first, 1};
  char32_t code_point = first & (0x7Fu >> lead.length);
  for (int i = 1; i < lead.length; ++i) {
    if (position + i >= text.size()) return {StepKind::truncated, 0, i};
    const unsigned char next = byte(position + i);
    const unsigned char low = i == 1 ? lead.second_min : 0x80;
    const unsigned char high = i == 1 ? lead.second_max : 0xBF;
    if (next < low || next > high) return {StepKind::invalid, 0, i};
    code_point = (code_point << 6) | (next & 0x3Fu);
  }
  return {StepKind::character, code_point, lead.length};
}

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  if (append_valid(bytes, out) > 0) out += kReplacement;
  return out;
}

std::string Utf8Assembler::push(std::string_view bytes) {
  tail_ += bytes;
  std::string out;
  const std::size_t rest = append_valid(tail_, out);
  tail_.erase(0, tail_.size() - rest);
  return out;
}

std::string Utf8Assembler::flush() {
  const bool unfinished = !tail_.empty();
  tail_.clear();
  return std::string(unfinished ? kReplacement : "");
}

CharacterClass character_class(char32_t code_point) {
  if (is_white_space(code_point)) return CharacterClass::white_space;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharacterClass::letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharacterClass::number;
    default:
      return CharacterClass::other;
  }
}

}  // namespace tessera::whisper
