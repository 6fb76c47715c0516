// The safetensors container: a JSON header and one buffer of tensors, mapped and fully checked.
// Format: https://github.com/huggingface/safetensors, section "Format".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/mapped_file.h"
#include "src/compute/weights.h"

namespace tessera::whisper {

/// One tensor of a file, with its data still in the mapped file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< as the file says it: "F16", "I64", ...
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
};

/// A safetensors file, mapped for as long as the object lives.
///
/// Opening checks everything that later use relies on: the header's length and JSON, no name twice,
/// every dtype known, every tensor's bytes equal to its shape times its element, and the tensors
/// tiling the buffer without holes or overlap. Throws Error{bad_file} with file and tensor name.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  /// The same from memory, which must outlive the object. `path` names the file in messages.
  SafetensorsFile(std::span<const std::byte> file, std::string path);
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::string& path() const { return path_; }

  /// Every tensor, ordered by position in the file.
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }

  /// The tensor of that name, or nullptr.
  const SafetensorsEntry* find(std::string_view name) const;

  /// The tensor as a weight: F32, F16 or BF16 of at most three dimensions, else Error{bad_file}.
  compute::WeightView weight(const SafetensorsEntry& entry) const;

 private:
  void parse(std::span<const std::byte> file);

  std::string path_;
  std::optional<base::MappedFile> file_;  // absent when the caller keeps the bytes
  std::vector<SafetensorsEntry> entries_;
  std::unordered_map<std::string_view, const SafetensorsEntry*> by_name_;
};

}  // namespace tessera::whisper
