#include "src/whisper/writers/tabbed_json.h"

#include "src/whisper/unicode.h"

namespace tessera::whisper {

void TabbedJson::begin_member(std::string_view name) {
  if (!first_) json_ += ",\n";
  first_ = false;
  json_.append(depth_, '\t');
  if (!name.empty()) json_.append("\"").append(name).append("\": ");
}

void TabbedJson::begin(std::string_view name, char bracket) {
  begin_member(name);
  json_ += bracket;
  json_ += '\n';
  ++depth_;
  first_ = true;
}

void TabbedJson::end(char bracket) {
  if (!first_) json_ += '\n';
  --depth_;
  json_.append(depth_, '\t');
  json_ += bracket;
  first_ = false;
}

void TabbedJson::text(std::string_view name, std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  begin_member(name);
  json_ += '"';
  for (const char c : valid_utf8(value)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {  // whisper.cpp lets them through, which is no JSON
      json_.append("\\u00").append({kDigits[byte >> 4], kDigits[byte & 0xF]});
      continue;
    }
    if (c == '"' || c == '\\') json_ += '\\';
    json_ += c;
  }
  json_ += '"';
}

void TabbedJson::number(std::string_view name, std::int64_t value) {
  begin_member(name);
  json_ += std::to_string(value);
}

void TabbedJson::truth(std::string_view name, bool value) {
  begin_member(name);
  json_ += value ? "true" : "false";
}

}  // namespace tessera::whisper
