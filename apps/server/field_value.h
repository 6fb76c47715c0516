// A field's text as what it stands for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::server {

/// The text of a field. Every function throws HttpError naming the field when the text is no such
/// thing.
struct FieldValue {
  std::string_view name;
  const std::string& text;

  double number() const;  ///< finite
  int integer() const;
  bool truth() const;                     ///< true, false, 1, 0, yes, no, on, off in any case
  std::vector<std::string> list() const;  ///< separated by commas, without blanks around them
  std::vector<double> numbers() const;

  [[noreturn]] void refuse(std::string_view wanted) const;
  /// For what is known and cannot be had here.
  [[noreturn]] void unsupported(std::string_view why) const;
};

/// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7).
bool is_utf8(std::string_view text);

/// Text of a client's as it may stand in a message: short, without control characters.
std::string in_quotes(std::string_view text);

}  // namespace tessera::server
