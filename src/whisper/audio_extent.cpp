#include "src/whisper/audio_extent.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>

namespace tessera::whisper {
namespace {

using Bytes = std::span<const std::byte>;

/// An integer of `size` bytes at `at`; the caller has made sure that it is there.
std::uint64_t big_endian(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | std::to_integer<unsigned>(bytes[at + i]);
  return value;
}

std::uint64_t little_endian(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | std::to_integer<unsigned>(bytes[at + i]);
  return value;
}

bool has_tag(Bytes bytes, std::size_t at, std::string_view tag) {
  return at + tag.size() <= bytes.size() &&
         std::memcmp(bytes.data() + at, tag.data(), tag.size()) == 0;
}

/// The sum, unless it is no place in any file.
std::optional<std::int64_t> end_of(std::uint64_t begin, std::uint64_t size) {
  constexpr std::uint64_t kFarthest = std::uint64_t{1} << 60;
  if (size == 0 || size > kFarthest || begin > kFarthest) return std::nullopt;
  return static_cast<std::int64_t>(begin + size);
}

/// Programs that write WAV into a pipe put in the largest size that they dare: SoX 0x7ffff000,
/// arecord 0x80000000, FFmpeg 0xffffffff, all with or without the header.
bool is_endless(std::uint64_t size) {
  return (size >= 0x7fff0000 && size <= 0x80000000) || (size >= 0xffff0000 && size <= 0xffffffff);
}

/// RIFF (or RF64, EBU Tech 3306): chunks of tag, 32-bit size, body, padded to even.
std::optional<std::int64_t> wav_end(Bytes head) {
  std::uint64_t size_in_ds64 = 0;
  for (std::uint64_t at = 12; at + 8 <= head.size();) {
    const std::uint64_t size = little_endian(head, at + 4, 4);
    if (has_tag(head, at, "ds64") && at + 24 <= head.size()) {
      size_in_ds64 = little_endian(head, at + 16, 8);
    }
    if (has_tag(head, at, "data")) {
      if (size == 0xffffffff && size_in_ds64 != 0) return end_of(at + 8, size_in_ds64);
      if (is_endless(size)) return std::nullopt;
      return end_of(at + 8, size);
    }
    at += 8 + size + size % 2;
  }
  return std::nullopt;
}

/// Wave64: a 16-byte identifier, then the 64-bit size of all that follows, these 24 bytes included.
std::optional<std::int64_t> w64_end(Bytes head) {
  if (head.size() < 24) return std::nullopt;
  return end_of(0, little_endian(head, 16, 8));
}

/// Core Audio Format: an 8-byte header, then chunks of tag, 64-bit size, body.
std::optional<std::int64_t> caf_end(Bytes head) {
  for (std::uint64_t at = 8; at + 12 <= head.size();) {
    const std::uint64_t size = big_endian(head, at + 4, 8);
    if (has_tag(head, at, "data")) return end_of(at + 12, size);
    if (size > head.size()) break;
    at += 12 + size;
  }
  return std::nullopt;
}

/// Matroska (RFC 8794): elements of identifier and size, both of variable length: the number of
/// leading zero bits says how many bytes follow. The Segment, which holds everything, comes after
/// the header.
std::optional<std::int64_t> matroska_end(Bytes head) {
  constexpr std::uint64_t kSegment = 0x18538067;
  const auto length_at = [&](std::size_t at) -> std::size_t {
    if (at >= head.size()) return 0;
    const auto length =
        static_cast<std::size_t>(std::countl_zero(std::to_integer<std::uint8_t>(head[at])) + 1);
    return length <= 8 && at + length <= head.size() ? length : 0;
  };
  std::size_t at = 0;
  for (;;) {
    const std::size_t id_length = length_at(at);
    const std::size_t size_length = id_length == 0 ? 0 : length_at(at + id_length);
    if (size_length == 0) return std::nullopt;
    const std::uint64_t id = big_endian(head, at, id_length);
    const std::uint64_t unknown = (std::uint64_t{1} << 7 * size_length) - 1;
    const std::uint64_t size = big_endian(head, at + id_length, size_length) & unknown;
    at += id_length + size_length;
    if (id == kSegment) return size == unknown ? std::nullopt : end_of(at, size);
    if (size > head.size()) return std::nullopt;
    at += size;
  }
}

}  // namespace

std::optional<std::int64_t> promised_end_bytes(const std::string& format, Bytes head) {
  if (format == "wav") return wav_end(head);
  if (format == "w64") return w64_end(head);
  if (format == "caf") return caf_end(head);
  if (format == "matroska") return matroska_end(head);
  return std::nullopt;
}

bool ends_inside_ogg_page(Bytes tail) {
  constexpr std::string_view kPage("OggS\0", 5);  // with the version, always 0
  constexpr std::size_t kHeaderBytes = 27;
  const auto page =
      std::find_end(tail.begin(), tail.end(), kPage.begin(), kPage.end(),
                    [](std::byte a, char b) { return a == static_cast<std::byte>(b); });
  if (page == tail.end()) return false;
  const Bytes rest(page, tail.end());
  if (rest.size() < kHeaderBytes) return true;
  const auto segments = std::to_integer<std::size_t>(rest[kHeaderBytes - 1]);
  std::size_t page_bytes = kHeaderBytes + segments;
  if (rest.size() < page_bytes) return true;
  for (std::size_t i = 0; i < segments; ++i) {
    page_bytes += std::to_integer<std::size_t>(rest[kHeaderBytes + i]);
  }
  return rest.size() < page_bytes;
}

std::size_t mpeg_frame_bytes(Bytes frame) {
  // Rows: version 1 layers 1, 2, 3, then versions 2 and 2.5 layer 1, layers 2 and 3; in kbit/s.
  constexpr std::array<std::array<std::uint16_t, 16>, 5> kBitRates = {{
      {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0},
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},
      {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},
      {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
  }};
  constexpr std::array<std::size_t, 4> kRatesHz = {44100, 48000, 32000, 0};
  if (frame.size() < 4) return 0;
  const auto header = static_cast<std::uint32_t>(big_endian(frame, 0, 4));
  const unsigned version = header >> 19 & 3;  // 3: 1, 2: 2, 1: reserved, 0: 2.5
  const unsigned layer = 4 - (header >> 17 & 3);
  if (header >> 21 != 0x7ff || version == 1 || layer == 4) return 0;
  const bool low_rate = version != 3;
  const std::size_t rate_hz = kRatesHz[header >> 10 & 3] >> (low_rate ? (version == 2 ? 1 : 2) : 0);
  const unsigned row = low_rate ? (layer == 1 ? 3 : 4) : layer - 1;
  const std::size_t bits_per_s = std::size_t{1000} * kBitRates[row][header >> 12 & 15];
  if (rate_hz == 0 || bits_per_s == 0) return 0;
  const std::size_t padding = header >> 9 & 1;
  if (layer == 1) return (12 * bits_per_s / rate_hz + padding) * 4;
  return (layer == 3 && low_rate ? 72 : 144) * bits_per_s / rate_hz + padding;
}

}  // namespace tessera::whisper
