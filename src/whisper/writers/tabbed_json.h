// JSON in whisper.cpp's layout: a member a line, indented by tabs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// Builds a JSON text from the outside in. A name is left out in arrays and for the outermost
/// object; every begin has its end.
class TabbedJson {
 public:
  void begin_object(std::string_view name = {}) { begin(name, '{'); }
  void end_object() { end('}'); }
  void begin_array(std::string_view name) { begin(name, '['); }
  void end_array() { end(']'); }

  /// A string; characters above ASCII stand for themselves, ill-formed bytes become U+FFFD.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  void truth(std::string_view name, bool value);

  /// The whole text, without a line break at its end.
  std::string take() { return std::move(json_); }

 private:
  void begin(std::string_view name, char bracket);
  void end(char bracket);
  void begin_member(std::string_view name);

  std::string json_;
  std::size_t depth_ = 0;
  bool first_ = true;  // nothing yet in the innermost object or array
};

}  // namespace tessera::whisper
