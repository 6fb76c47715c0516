// Reads ZIP archives whose entries are stored, not compressed, where they lie in memory.
// Format: PKWARE, .ZIP File Format Specification (APPNOTE), 4.3 and 4.5.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::whisper {

struct ZipEntry {
  std::string name;
  std::span<const std::byte> data;
  std::uint32_t crc32 = 0;  ///< as the archive says it; not compared with the data
};

/// The directory of an archive, ZIP or ZIP64, of one disk.
///
/// Opening checks everything that later use relies on: the records at the end, that the directory
/// lies right before them, that each entry lies in front of the directory with a header that says
/// the same name, is stored as it is, overlaps no other, and that no name comes twice.
class ZipArchive {
 public:
  /// `file` must outlive the object. `where` (a file name) begins the message of every error.
  /// Throws Error{bad_file}, Error{unsupported} for compressed or encrypted entries.
  ZipArchive(std::span<const std::byte> file, std::string where);

  /// Every entry, by position in the file.
  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// The entry of that name, or nullptr.
  const ZipEntry* find(std::string_view name) const;

 private:
  std::string where_;
  std::vector<ZipEntry> entries_;
  std::vector<std::size_t> by_name_;  // indices of entries_, sorted by name
};

/// Whether bytes begin as a ZIP archive does.
bool is_zip_archive(std::span<const std::byte> file);

}  // namespace tessera::whisper
