#include "src/base/utf8.h"

#include <cstddef>

namespace tessera::base {
namespace {

/// Bytes that a sequence has which begins with `lead`, 0 for a byte that begins none.
int sequence_bytes(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_scalar_value(char32_t code_point, int bytes) {
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  return code_point >= kSmallest[bytes] && code_point <= 0x10FFFF && !surrogate;
}

}  // namespace

Utf8Step next_code_point(std::string_view text) {
  constexpr Utf8Step kDamaged = {kReplacement, 1, false};
  const auto lead = static_cast<unsigned char>(text.front());
  const int bytes = sequence_bytes(lead);
  if (bytes == 0 || text.size() < static_cast<std::size_t>(bytes)) return kDamaged;
  if (bytes == 1) return {lead, 1, true};
  char32_t code_point = lead & (0x7Fu >> bytes);
  for (int i = 1; i < bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return kDamaged;
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  if (!is_scalar_value(code_point, bytes)) return kDamaged;
  return {code_point, bytes, true};
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto put = [&text](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = next_code_point(text);
    append_utf8(result, step.code_point);
    text.remove_prefix(static_cast<std::size_t>(step.bytes));
  }
  return result;
}

}  // namespace tessera::base
