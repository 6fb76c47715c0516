#include "src/whisper/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <new>
#include <numeric>

#include "src/whisper/byte_reader.h"
#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr std::uint32_t kLocalMagic = 0x04034b50;
constexpr std::uint32_t kEntryMagic = 0x02014b50;
constexpr std::uint32_t kZip64EndMagic = 0x06064b50;
constexpr std::uint32_t kZip64LocatorMagic = 0x07064b50;

// Bytes of the parts of fixed size.
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kEntryBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kZip64EndBytes = 56;
constexpr std::size_t kZip64LocatorBytes = 20;
constexpr std::size_t kMaxCommentBytes = 0xffff;

// These values say that the true one is in a record of ZIP64.
constexpr std::uint32_t kElsewhere16 = 0xffff;
constexpr std::uint32_t kElsewhere32 = 0xffffffff;

constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint32_t kEncrypted = 1;  // a flag
constexpr std::uint32_t kStored = 0;     // a method
constexpr std::uint32_t kDeflated = 8;   // another

std::uint64_t u64(ByteReader& reader, std::string_view what) {
  const std::uint64_t low = reader.u32(what);
  return low | static_cast<std::uint64_t>(reader.u32(what)) << 32;
}

/// Where the directory is.
struct Directory {
  std::uint64_t disks = 0;  ///< every number of a disk, or'ed: 0 for an archive in one piece
  std::uint64_t entries = 0;
  std::uint64_t entries_here = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;  ///< where it should end: the record that describes it begins there
};

/// An entry and the stretch of the file that it takes.
struct Located {
  ZipEntry entry;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// What the directory says about an entry.
struct Header {
  std::uint32_t flags = 0;
  std::uint32_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t local_offset = 0;
  std::string_view name;
};

class Parser {
 public:
  Parser(std::span<const std::byte> file, const std::string& where, ZipMethods methods)
      : file_(file), where_(where), methods_(methods) {}

  std::vector<Located> parse() {
    directory_ = find_directory();
    check_directory();
    std::vector<Located> entries;
    ByteReader reader(file_.subspan(directory_.offset, directory_.bytes), where_);
    for (std::uint64_t i = 0; i < directory_.entries; ++i)
      entries.push_back(locate(header(reader)));
    if (reader.remaining() != 0) {
      fail("expected " + std::to_string(directory_.entries) +
           " entries in the archive's directory, " + "found " + std::to_string(reader.remaining()) +
           " bytes more");
    }
    return entries;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::bad_file, where_ + ": " + what);
  }

 private:
  /// A reader of exactly `bytes` bytes at `offset`.
  ByteReader at(std::uint64_t offset, std::size_t bytes, const char* what) const {
    if (offset > file_.size() || bytes > file_.size() - offset) {
      fail(std::string("truncated: ") + what + " should be at byte " + std::to_string(offset) +
           ", the file has " + std::to_string(file_.size()));
    }
    return {file_.subspan(offset, bytes), where_};
  }

  std::uint64_t find_end() const {
    if (file_.size() < kEndBytes) fail("truncated: too short for a ZIP archive");
    const std::uint64_t last = file_.size() - kEndBytes;
    const std::uint64_t first = last > kMaxCommentBytes ? last - kMaxCommentBytes : 0;
    for (std::uint64_t offset = last + 1; offset-- > first;) {
      if (std::memcmp(file_.data() + offset, "PK\5\6", 4) != 0) continue;
      ByteReader reader = at(offset, kEndBytes, "the end record");
      reader.take(kEndBytes - 2, "the end record");
      if (reader.u16("the end record") == last - offset) return offset;
    }
    fail("truncated: the record that ends a ZIP archive is missing");
  }

  Directory find_directory() const {
    constexpr const char* kWhat = "the end record";
    const std::uint64_t offset = find_end();
    ByteReader reader = at(offset, kEndBytes, kWhat);
    reader.u32(kWhat);
    Directory directory;
    directory.end = offset;
    directory.disks = reader.u16(kWhat);
    directory.disks |= reader.u16(kWhat);
    directory.entries_here = reader.u16(kWhat);
    directory.entries = reader.u16(kWhat);
    directory.bytes = reader.u32(kWhat);
    directory.offset = reader.u32(kWhat);
    if (offset >= kZip64LocatorBytes) {
      ByteReader locator = at(offset - kZip64LocatorBytes, kZip64LocatorBytes, "the ZIP64 locator");
      if (locator.u32(kWhat) == kZip64LocatorMagic) return find_zip64(directory, locator);
    }
    return directory;
  }

  Directory find_zip64(const Directory& small, ByteReader& locator) const {
    constexpr const char* kWhat = "the ZIP64 end record";
    Directory directory;
    directory.disks = locator.u32(kWhat);
    directory.end = u64(locator, kWhat);
    ByteReader reader = at(directory.end, kZip64EndBytes, kWhat);
    if (reader.u32(kWhat) != kZip64EndMagic)
      fail("expected a ZIP64 end record where its locator says");
    const std::uint64_t record_bytes = u64(reader, kWhat);  // after this number
    if (directory.end > small.end ||
        record_bytes != small.end - kZip64LocatorBytes - directory.end - 12) {
      fail("expected the ZIP64 end record right before its locator");
    }
    reader.u32(kWhat);  // versions
    directory.disks |= reader.u32(kWhat);
    directory.disks |= reader.u32(kWhat);
    directory.entries_here = u64(reader, kWhat);
    directory.entries = u64(reader, kWhat);
    directory.bytes = u64(reader, kWhat);
    directory.offset = u64(reader, kWhat);
    // Two readers must not see two archives in one file.
    const bool agree = (small.entries == kElsewhere16 || small.entries == directory.entries) &&
                       (small.bytes == kElsewhere32 || small.bytes == directory.bytes) &&
                       (small.offset == kElsewhere32 || small.offset == directory.offset);
    if (!agree) fail("the end record and the ZIP64 end record disagree");
    return directory;
  }

  void check_directory() const {
    if (directory_.disks != 0 || directory_.entries != directory_.entries_here) {
      throw Error(ErrorCode::unsupported, where_ + ": expected a ZIP archive in one piece");
    }
    const bool fits = directory_.offset <= directory_.end &&
                      directory_.bytes == directory_.end - directory_.offset;
    if (!fits) {
      fail("expected the archive's directory to end at byte " + std::to_string(directory_.end) +
           ", its " + std::to_string(directory_.bytes) + " bytes begin at " +
           std::to_string(directory_.offset));
    }
    if (directory_.entries > directory_.bytes / kEntryBytes) {
      fail("the archive's directory is too small for " + std::to_string(directory_.entries) +
           " entries");
    }
  }

  Header header(ByteReader& reader) const {
    constexpr const char* kWhat = "the archive's directory";
    if (reader.u32(kWhat) != kEntryMagic) fail("expected another entry in the archive's directory");
    Header header;
    reader.u32(kWhat);  // versions
    header.flags = reader.u16(kWhat);
    header.method = reader.u16(kWhat);
    reader.u32(kWhat);  // time and date
    header.crc32 = reader.u32(kWhat);
    header.stored_bytes = reader.u32(kWhat);
    header.bytes = reader.u32(kWhat);
    const std::uint16_t name_bytes = reader.u16(kWhat);
    const std::uint16_t extra_bytes = reader.u16(kWhat);
    const std::uint16_t comment_bytes = reader.u16(kWhat);
    reader.u32(kWhat);  // disk, internal attributes
    reader.u32(kWhat);  // external attributes
    header.local_offset = reader.u32(kWhat);
    header.name = reader.text(name_bytes, kWhat);
    ByteReader extra(reader.take(extra_bytes, kWhat), where_);
    reader.take(comment_bytes, kWhat);
    add_zip64_sizes(header, extra);
    return header;
  }

  static void add_zip64_sizes(Header& header, ByteReader& extra) {
    constexpr const char* kWhat = "an entry's extra fields";
    while (extra.remaining() >= 4) {  // some writers leave padding
      const std::uint16_t kind = extra.u16(kWhat);
      const std::uint16_t bytes = extra.u16(kWhat);
      ByteReader field(extra.take(bytes, kWhat), extra.where());
      if (kind != kZip64Extra) continue;
      if (header.bytes == kElsewhere32) header.bytes = u64(field, kWhat);
      if (header.stored_bytes == kElsewhere32) header.stored_bytes = u64(field, kWhat);
      if (header.local_offset == kElsewhere32) header.local_offset = u64(field, kWhat);
      return;
    }
  }

  Located locate(const Header& header) const {
    const std::string name = "entry " + printable(header.name);
    if ((header.flags & kEncrypted) != 0) {
      throw Error(ErrorCode::unsupported, where_ + ": " + name + " is encrypted");
    }
    const bool deflated = header.method == kDeflated && methods_ == ZipMethods::stored_or_deflated;
    if (header.method != kStored && !deflated) {
      throw Error(ErrorCode::unsupported, where_ + ": " + name +
                                              ": expected it stored, found compression method " +
                                              std::to_string(header.method));
    }
    if (!deflated && header.bytes != header.stored_bytes)
      fail(name + ": two sizes for what is not compressed");
    const std::uint64_t begin = header.local_offset;
    ByteReader reader = at(begin, kLocalBytes, "an entry's header");
    if (reader.u32(name) != kLocalMagic) fail(name + ": its header is not where it should be");
    reader.take(kLocalBytes - 8, name);
    const std::uint16_t name_bytes = reader.u16(name);
    const std::uint16_t extra_bytes = reader.u16(name);
    ByteReader rest = at(begin + kLocalBytes, name_bytes, "an entry's name");
    if (rest.text(name_bytes, name) != header.name) fail(name + ": its header says another name");
    const std::uint64_t data = begin + kLocalBytes + name_bytes + extra_bytes;
    if (data > directory_.offset || header.stored_bytes > directory_.offset - data) {
      fail(name + ": truncated: expected " + std::to_string(header.stored_bytes) +
           " bytes at byte " + std::to_string(data) + ", the archive's directory begins at " +
           std::to_string(directory_.offset));
    }
    return {{std::string(header.name), file_.subspan(data, header.stored_bytes), header.crc32,
             deflated, header.bytes},
            begin,
            data + header.stored_bytes};
  }

  std::span<const std::byte> file_;
  const std::string& where_;
  ZipMethods methods_;
  Directory directory_;
};

void check_overlap(const Parser& parser, const std::vector<Located>& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].begin < entries[i - 1].end) {
      parser.fail("entry " + printable(entries[i].entry.name) + " overlaps " +
                  printable(entries[i - 1].entry.name));
    }
  }
}

/// Inflates (RFC 1951) into exactly as many bytes as `out` has; false when that is not what comes.
bool inflate_raw(std::span<const std::byte> in, std::span<std::byte> out) {
  constexpr int kRaw = -MAX_WBITS;  // no header, as in ZIP archives
  if (in.size() > UINT_MAX || out.size() > UINT_MAX) return false;
  z_stream stream = {};
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::inflateInit2(&stream, kRaw) != Z_OK) throw std::bad_alloc();
  const int status = ::inflate(&stream, Z_FINISH);
  ::inflateEnd(&stream);
  return status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> file, std::string where, ZipMethods methods)
    : where_(std::move(where)) {
  Parser parser(file, where_, methods);
  std::vector<Located> located = parser.parse();
  std::ranges::sort(located, {}, &Located::begin);
  check_overlap(parser, located);
  for (Located& entry : located) entries_.push_back(std::move(entry.entry));
  by_name_.resize(entries_.size());
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  const auto name_of = [this](std::size_t i) -> const std::string& { return entries_[i].name; };
  std::ranges::sort(by_name_, {}, name_of);
  const auto twice = std::ranges::adjacent_find(by_name_, {}, name_of);
  if (twice != by_name_.end()) {
    parser.fail("entry " + printable(entries_[*twice].name) + " is there twice");
  }
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto name_of = [this](std::size_t i) -> std::string_view { return entries_[i].name; };
  const auto found = std::ranges::lower_bound(by_name_, name, {}, name_of);
  if (found == by_name_.end() || name_of(*found) != name) return nullptr;
  return &entries_[*found];
}

std::vector<std::byte> ZipArchive::extract(const ZipEntry& entry, std::uint64_t max_bytes) const {
  const auto fail = [&](const std::string& problem) {
    throw Error(ErrorCode::bad_file, where_ + ": entry " + printable(entry.name) + ": " + problem);
  };
  if (entry.bytes > max_bytes) {
    fail("expected at most " + std::to_string(max_bytes) + " bytes, found " +
         std::to_string(entry.bytes));
  }
  std::vector<std::byte> file(entry.data.begin(), entry.data.end());
  file.reserve(1);  // zlib wants an address even for nothing
  if (entry.deflated) {
    file.resize(static_cast<std::size_t>(entry.bytes));
    if (!inflate_raw(entry.data, file)) fail("damaged: its compressed data make another file");
  }
  const auto* bytes = reinterpret_cast<const Bytef*>(file.data());
  if (::crc32_z(::crc32_z(0, nullptr, 0), bytes, file.size()) != entry.crc32) {
    fail("damaged: its checksum is another");
  }
  return file;
}

bool is_zip_archive(std::span<const std::byte> file) {
  constexpr std::byte kBegin[] = {std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  return file.size() >= sizeof kBegin &&
         std::equal(std::begin(kBegin), std::end(kBegin), file.begin());
}

}  // namespace tessera::whisper
