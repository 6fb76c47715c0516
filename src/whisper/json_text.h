// Values as Python's json module prints them, which is what openai/whisper's JSON files are made
// of.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// Appends a string in quotes, everything but printable ASCII escaped: "\n", "\u00e9", and two
/// surrogates for what is above U+FFFF. Bytes that are not UTF-8 become "\ufffd".
void append_json_string(std::string& json, std::string_view text);

/// Appends a number in Python's repr form: the shortest decimal that reads back as the same number,
/// always with a point or an exponent ("0.0", "1e-05", "1e+16"). Python writes NaN and Infinity,
/// which is not JSON; here they are "null".
void append_json_float(std::string& json, double value);

}  // namespace tessera::whisper
