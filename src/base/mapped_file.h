// A read-only view of a whole file, mapped rather than read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace tessera::base {

/// Maps a regular file read-only for as long as the object lives. Moves, does not copy.
/// Throws Error{bad_file} when the file is missing, is not a regular file, or cannot be mapped.
/// An empty file maps to an empty span.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tessera::base
