// For tests of torch's files: ZIP archives and pickles, sound or spoiled, made byte by byte.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::whisper {

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text += static_cast<char>(i < 8 ? value >> (8 * i) : 0);  // a field may be longer than a value
  }
  return text;
}

/// An entry of a test's archive. The sizes may lie.
struct TestEntry {
  std::string name;
  std::string data;
  std::uint32_t flags = 0;
  std::uint32_t method = 0;
  std::string file = {};  ///< what `data` was made of by another method
};

/// An entry that is deflated (method 8).
inline TestEntry deflated_entry(const std::string& name, const std::string& file) {
  z_stream stream = {};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string data(deflateBound(&stream, file.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data()));
  stream.avail_in = static_cast<uInt>(file.size());
  stream.next_out = reinterpret_cast<Bytef*>(data.data());
  stream.avail_out = static_cast<uInt>(data.size());
  deflate(&stream, Z_FINISH);
  data.resize(stream.total_out);
  deflateEnd(&stream);
  return {name, data, 0, 8, file};
}

/// A ZIP archive of stored entries, of the small or the 64-bit form, with a comment at its end.
inline std::string zip_bytes(const std::vector<TestEntry>& entries, bool zip64 = false,
                             const std::string& comment = "") {
  std::string file;
  std::string directory;
  for (const TestEntry& entry : entries) {
    const std::string& whole = entry.file.empty() ? entry.data : entry.file;
    const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(whole.data()), whole.size());
    const std::string method = little_endian(entry.flags, 2) + little_endian(entry.method, 2) +
                               little_endian(0, 4) + little_endian(sum, 4);
    const std::string sizes = little_endian(zip64 ? 0xffffffff : entry.data.size(), 4) +
                              little_endian(zip64 ? 0xffffffff : whole.size(), 4);
    const std::string name_size = little_endian(entry.name.size(), 2);
    std::string extra;
    if (zip64) {
      extra = little_endian(1, 2) + little_endian(24, 2) + little_endian(whole.size(), 8) +
              little_endian(entry.data.size(), 8) + little_endian(file.size(), 8);
    }
    directory += "PK\1\2" + little_endian(0, 4) + method + sizes + name_size +
                 little_endian(extra.size(), 2) + little_endian(0, 2) + little_endian(0, 8) +
                 little_endian(zip64 ? 0xffffffff : file.size(), 4) + entry.name + extra;
    file += "PK\3\4" + little_endian(0, 2) + method + sizes + name_size + little_endian(0, 2) +
            entry.name + entry.data;
  }
  const std::uint64_t offset = file.size();
  file += directory;
  if (zip64) {
    const std::uint64_t end = file.size();
    file += "PK\6\6" + little_endian(44, 8) + little_endian(0, 4 + 4 + 4) +
            little_endian(entries.size(), 8) + little_endian(entries.size(), 8) +
            little_endian(directory.size(), 8) + little_endian(offset, 8);
    file += "PK\6\7" + little_endian(0, 4) + little_endian(end, 8) + little_endian(1, 4);
  }
  const std::uint64_t small = ~std::uint64_t{0};
  return file + "PK\5\6" + little_endian(0, 4) + little_endian(zip64 ? small : entries.size(), 2) +
         little_endian(zip64 ? small : entries.size(), 2) +
         little_endian(zip64 ? small : directory.size(), 4) +
         little_endian(zip64 ? small : offset, 4) + little_endian(comment.size(), 2) + comment;
}

/// Opcodes of protocol 2, one after the other.
class PickleWriter {
 public:
  PickleWriter() { raw("\x80\x02"); }

  PickleWriter& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  PickleWriter& text(std::string_view value) {
    return raw("X").raw(little_endian(value.size(), 4)).raw(value);
  }
  PickleWriter& integer(std::int64_t value) {
    return raw("J").raw(little_endian(static_cast<std::uint64_t>(value), 4));
  }
  PickleWriter& global(std::string_view module, std::string_view name) {
    return raw("c").raw(module).raw("\n").raw(name).raw("\n");
  }
  PickleWriter& integers(const std::vector<std::int64_t>& values) {
    raw("(");
    for (const std::int64_t value : values) integer(value);
    return raw("t");
  }
  std::string finish() { return bytes_ + "."; }

 private:
  std::string bytes_;
};

}  // namespace tessera::whisper
