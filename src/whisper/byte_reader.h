// Reads little-endian values from the bytes of a file, never beyond their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// A position in a file that moves forward with each read. Every read names what it wants, for the
/// message of Error{bad_file} that a file too short throws; `where` (a file name) begins it.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string where)
      : bytes_(bytes), where_(std::move(where)) {}

  std::uint8_t u8(std::string_view what) {
    return static_cast<std::uint8_t>(little_endian(1, what));
  }
  std::uint16_t u16(std::string_view what) {
    return static_cast<std::uint16_t>(little_endian(2, what));
  }
  std::uint32_t u32(std::string_view what) {
    return static_cast<std::uint32_t>(little_endian(4, what));
  }
  std::int32_t i32(std::string_view what) { return static_cast<std::int32_t>(u32(what)); }

  /// The next `count` bytes, where they lie.
  std::span<const std::byte> take(std::uint64_t count, std::string_view what);
  std::string_view text(std::uint64_t count, std::string_view what);

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  const std::string& where() const { return where_; }

  /// Throws Error{bad_file}: "file: what".
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::uint64_t little_endian(int bytes, std::string_view what);

  std::span<const std::byte> bytes_;
  std::string where_;
  std::size_t position_ = 0;
};

/// The product of a tensor's sizes. False when it leaves 64 bits.
bool multiply_sizes(std::span<const std::uint64_t> sizes, std::uint64_t& product);

}  // namespace tessera::whisper
