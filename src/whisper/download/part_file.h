// What has come of a file so far, kept beside its target until it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace tessera::whisper {

/// TARGET.part, locked: of several processes one writes, the others wait. It outlives the process,
/// so that the next one goes on from its end; TARGET.part.etag says which version of which address
/// it is a part of.
/// Every function throws Error{bad_file}, one line that begins with the file's name, when the disk
/// or the folder's permissions say no.
class PartFile {
 public:
  /// Opens or creates it. While another process has it, `wait(bytes)` is called over and over, with
  /// the number of bytes that are there; it pauses, or throws to give up.
  static PartFile open(const std::filesystem::path& target,
                       const std::function<void(std::uint64_t bytes)>& wait);
  ~PartFile();
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

  /// The mark (HTTP's ETag) that came from `url` with these bytes; "" when there is none.
  std::string etag_from(const std::string& url) const;

  /// Forgets everything, and remembers the mark of what will come ("" for none).
  void restart(const std::string& url, const std::string& etag);
  void append(std::span<const std::byte> bytes);

  /// Flushes to the disk and puts the file in its target's place.
  void commit();
  /// Removes the file: it is not worth going on from.
  void discard() noexcept;

 private:
  PartFile(std::filesystem::path target, int descriptor, std::uint64_t size_bytes);
  std::filesystem::path etag_path() const;

  std::filesystem::path target_;
  std::filesystem::path path_;
  int descriptor_;
  std::uint64_t size_bytes_;
};

}  // namespace tessera::whisper
