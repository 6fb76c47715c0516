// Finds files that were cut off, by the length fields of their containers. FFmpeg reads such a file
// up to its end and says nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tessera::whisper {

/// Where the sound ends, in bytes from the start of the file, as the header says. `format` is
/// FFmpeg's first name for the container, `head` the first bytes of the file. Known for wav, w64,
/// caf and matroska; nothing for the others, and for files that were written into a pipe, where the
/// length was not known (size 0, all ones, or the largest that a program dared to write).
std::optional<std::int64_t> promised_end_bytes(const std::string& format,
                                               std::span<const std::byte> head);

/// Whether the last Ogg page (RFC 3533, section 6) in the last bytes of a file is cut off.
bool ends_inside_ogg_page(std::span<const std::byte> tail);

/// The length that the header of an MPEG audio frame (ISO 11172-3, 2.4.1.3; 13818-3; layers 1 to 3)
/// gives, or 0 when `frame` does not start with one or its bit rate is free.
std::size_t mpeg_frame_bytes(std::span<const std::byte> frame);

}  // namespace tessera::whisper
