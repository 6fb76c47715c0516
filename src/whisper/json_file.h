// Reads JSON that came with a model: bounded in size, depth and count, without duplicate keys.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// What a file may ask of the parser. The defaults hold every configuration and tokenizer file of
/// the official models several times over.
struct JsonLimits {
  std::size_t max_bytes = std::size_t{32} << 20;
  std::size_t max_values = std::size_t{2} << 20;  ///< objects, arrays and scalars together
  int max_depth = 16;                             ///< objects and arrays inside each other
};

/// Parses one JSON text. `where` (a file name) begins the message of every error.
/// Throws Error{bad_file} for text that is not JSON, exceeds a limit, or repeats a key.
nlohmann::json parse_json(std::string_view text, const std::string& where,
                          const JsonLimits& limits = {});

/// The same for large files: members stay in the file's order, without an index. So members of
/// large objects should be gone through, not looked up.
nlohmann::ordered_json parse_json_in_order(std::string_view text, const std::string& where);

/// Reads and parses a whole file. Throws Error{bad_file} also when the file cannot be read.
nlohmann::json read_json_file(const std::filesystem::path& path, const JsonLimits& limits = {});
nlohmann::ordered_json read_json_file_in_order(const std::filesystem::path& path);

/// A name or value from a file as it may appear in a message: control characters become '?', long
/// text is cut.
std::string printable(std::string_view text);

/// A JSON value as it may appear in a message: short values as they are, long ones by their type.
std::string printable_value(const nlohmann::json& value);
std::string printable_value(const nlohmann::ordered_json& value);

}  // namespace tessera::whisper
