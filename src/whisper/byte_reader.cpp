#include "src/whisper/byte_reader.h"

#include <limits>

#include "tessera/error.h"

namespace tessera::whisper {

std::span<const std::byte> ByteReader::take(std::uint64_t count, std::string_view what) {
  if (count > remaining()) {
    fail("truncated: expected " + std::to_string(count) + " bytes of " + std::string(what) +
         " at byte " + std::to_string(position_) + ", the file has " + std::to_string(remaining()) +
         " there");
  }
  const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += static_cast<std::size_t>(count);
  return taken;
}

std::string_view ByteReader::text(std::uint64_t count, std::string_view what) {
  const std::span<const std::byte> taken = take(count, what);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

std::uint64_t ByteReader::little_endian(int bytes, std::string_view what) {
  const std::span<const std::byte> taken = take(static_cast<std::uint64_t>(bytes), what);
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i)
    value = value << 8 | std::to_integer<std::uint64_t>(taken[i]);
  return value;
}

void ByteReader::fail(const std::string& what) const {
  throw Error(ErrorCode::bad_file, where_ + ": " + what);
}

bool multiply_sizes(std::span<const std::uint64_t> sizes, std::uint64_t& product) {
  product = 1;
  for (const std::uint64_t size : sizes) {
    if (size != 0 && product > std::numeric_limits<std::uint64_t>::max() / size) return false;
    product *= size;
  }
  return true;
}

}  // namespace tessera::whisper
