// Files that appear complete or not at all.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace tessera::base {

/// A file that is written beside its target under a temporary name; commit() puts it in its place.
/// A file that was there is replaced, keeps its permissions, and is untouched when anything fails;
/// nothing is left behind without commit(). A symbolic link is replaced, not followed, so that
/// nothing outside the directory is written.
/// Every function throws Error{bad_file}, one line that begins with the target's name, when the
/// directory is missing, the old file is write-protected or not a regular file, the disk is full.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Flushes to the disk and renames. Nothing may be written afterwards.
  void commit();

 private:
  void open_temporary();
  void discard() noexcept;

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once it is renamed or removed
  int descriptor_ = -1;
};

/// The whole file at once.
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);

}  // namespace tessera::base
