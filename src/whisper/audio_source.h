// Where the bytes of a sound file come from: an open file, a pipe, or memory. FFmpeg reads only
// through this, so it never opens anything itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct AVIOContext;

namespace tessera::whisper {

/// Throws Error{bad_file} with "name: reason".
[[noreturn]] void fail_to_read(const std::string& name, const std::string& reason);

/// Bytes behind an AVIOContext. Neither copied nor moved: FFmpeg keeps its address.
class AudioSource {
 public:
  /// Opens a file, or the standard input for "-". Throws Error{bad_file} when it is missing, a
  /// directory or empty.
  static std::unique_ptr<AudioSource> open_file(const std::string& path);

  /// A view of bytes that the caller keeps alive. Throws Error{bad_file} when there are none.
  static std::unique_ptr<AudioSource> open_memory(std::span<const std::byte> bytes,
                                                  const std::string& name);

  ~AudioSource();
  AudioSource(const AudioSource&) = delete;
  AudioSource& operator=(const AudioSource&) = delete;

  AVIOContext* io() const { return io_; }

  /// The name as given, made safe for a one-line message.
  const std::string& name() const { return name_; }

  /// Size in bytes, or -1 for a pipe, which cannot go back either.
  std::int64_t size_bytes() const { return size_bytes_; }

  /// The first and the last bytes of the file, at most kEdgeBytes. In a pipe, of what FFmpeg was
  /// given so far.
  static constexpr std::size_t kEdgeBytes = 64 * 1024;
  std::vector<std::byte> head() const;
  std::vector<std::byte> tail() const;

  /// Bytes that FFmpeg was given so far.
  std::int64_t bytes_read() const { return bytes_read_; }

  /// The errno of a read that failed, or 0. FFmpeg reports it as the end of the file now and then.
  int read_errno() const { return read_errno_; }

 private:
  AudioSource(int descriptor, std::span<const std::byte> memory, const std::string& name);

  static int read_callback(void* self, std::uint8_t* out, int size);
  static std::int64_t seek_callback(void* self, std::int64_t offset, int whence);

  std::vector<std::byte> edge_at(std::int64_t offset) const;
  std::ptrdiff_t copy_at(std::int64_t offset, void* out, std::size_t size) const;
  void remember(const void* data, std::size_t size);
  std::ptrdiff_t read_next(void* out, std::size_t size);
  std::int64_t seek(std::int64_t offset, int whence);

  int descriptor_;  ///< -1: the bytes are in memory_
  std::span<const std::byte> memory_;
  std::string name_;
  std::int64_t size_bytes_ = -1;
  std::int64_t position_ = 0;
  std::int64_t bytes_read_ = 0;
  int read_errno_ = 0;
  std::vector<std::byte> head_;  ///< only of a pipe, which cannot be read again
  std::vector<std::byte> tail_;  ///< up to twice kEdgeBytes
  AVIOContext* io_ = nullptr;
};

}  // namespace tessera::whisper
