// Reads ZIP archives where they lie in memory.
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
  std::span<const std::byte> data;  ///< as it lies in the archive
  std::uint32_t crc32 = 0;          ///< as the archive says it; not compared with the data
  bool deflated = false;            ///< else stored as it is
  std::uint64_t bytes = 0;          ///< of the file, as the archive says it
};

/// Which entries an archive may have.
enum class ZipMethods { stored, stored_or_deflated };

/// The directory of an archive, ZIP or ZIP64, of one disk.
///
/// Opening checks everything that later use relies on: the records at the end, that the directory
/// lies right before them, that each entry lies in front of the directory with a header that says
/// the same name, is stored in one of the ways that are allowed, overlaps no other, and that no
/// name comes twice.
class ZipArchive {
 public:
  /// `file` must outlive the object. `where` (a file name) begins the message of every error.
  /// Throws Error{bad_file}, Error{unsupported} for entries that are encrypted or compressed in
  /// another way.
  ZipArchive(std::span<const std::byte> file, std::string where,
             ZipMethods methods = ZipMethods::stored);

  /// The file of an entry, inflated if it has to be. Throws Error{bad_file} when it has more than
  /// `max_bytes`, is damaged, or its CRC-32 is another than the archive says.
  std::vector<std::byte> extract(const ZipEntry& entry, std::uint64_t max_bytes) const;

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
