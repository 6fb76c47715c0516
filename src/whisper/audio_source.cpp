#include "src/whisper/audio_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

#include "src/whisper/audio_ffmpeg.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kIoBufferBytes = 64 * 1024;

std::string system_reason(int code) { return std::system_category().message(code); }

/// A message is one line, whatever a file is called.
std::string printable(std::string name) {
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return name;
}

int open_descriptor(const std::string& path) {
  const int source = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (source < 0) fail_to_read(printable(path), system_reason(errno));
  return source;
}

}  // namespace

void fail_to_read(const std::string& name, const std::string& reason) {
  throw Error(ErrorCode::bad_file, name + ": " + reason);
}

std::unique_ptr<AudioSource> AudioSource::open_file(const std::string& path) {
  const int descriptor = open_descriptor(path);
  std::unique_ptr<AudioSource> source(
      new AudioSource(descriptor, {}, path == "-" ? "standard input" : path));
  struct stat info = {};
  if (::fstat(descriptor, &info) != 0) fail_to_read(source->name_, system_reason(errno));
  if (S_ISDIR(info.st_mode)) fail_to_read(source->name_, "is a directory, not a sound file");
  if (S_ISREG(info.st_mode)) {
    source->size_bytes_ = info.st_size;
    if (info.st_size == 0) fail_to_read(source->name_, "the file is empty");
  } else {
    source->io_->seekable = 0;
  }
  return source;
}

std::unique_ptr<AudioSource> AudioSource::open_memory(std::span<const std::byte> bytes,
                                                      const std::string& name) {
  std::unique_ptr<AudioSource> source(new AudioSource(-1, bytes, name));
  if (bytes.empty()) fail_to_read(source->name_, "the file is empty");
  source->size_bytes_ = static_cast<std::int64_t>(bytes.size());
  return source;
}

AudioSource::AudioSource(int descriptor, std::span<const std::byte> memory, const std::string& name)
    : descriptor_(descriptor), memory_(memory), name_(printable(name)) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  if (buffer != nullptr) {
    io_ = avio_alloc_context(buffer, kIoBufferBytes, 0, this, &AudioSource::read_callback, nullptr,
                             &AudioSource::seek_callback);
  }
  if (io_ == nullptr) {
    av_free(buffer);
    if (descriptor_ >= 0) ::close(descriptor_);
    throw std::bad_alloc();
  }
}

AudioSource::~AudioSource() {
  av_freep(&io_->buffer);
  avio_context_free(&io_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::vector<std::byte> AudioSource::head() const { return size_bytes_ < 0 ? head_ : edge_at(0); }

std::vector<std::byte> AudioSource::tail() const {
  if (size_bytes_ >= 0) {
    return edge_at(std::max<std::int64_t>(0, size_bytes_ - std::int64_t{kEdgeBytes}));
  }
  return {tail_.end() - static_cast<std::ptrdiff_t>(std::min(tail_.size(), kEdgeBytes)),
          tail_.end()};
}

std::vector<std::byte> AudioSource::edge_at(std::int64_t offset) const {
  std::vector<std::byte> bytes(kEdgeBytes);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::ptrdiff_t count =
        copy_at(offset + static_cast<std::int64_t>(done), bytes.data() + done, bytes.size() - done);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

void AudioSource::remember(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  head_.insert(head_.end(), bytes, bytes + std::min(size, kEdgeBytes - head_.size()));
  tail_.insert(tail_.end(), bytes, bytes + size);
  if (tail_.size() > 2 * kEdgeBytes) tail_.erase(tail_.begin(), tail_.end() - kEdgeBytes);
}

/// Like pread: the number of bytes, 0 at the end, or -1 with errno.
std::ptrdiff_t AudioSource::copy_at(std::int64_t offset, void* out, std::size_t size) const {
  if (descriptor_ >= 0) {
    std::ptrdiff_t count = 0;
    do {
      count = ::pread(descriptor_, out, size, offset);
    } while (count < 0 && errno == EINTR);
    return count;
  }
  if (offset < 0 || offset >= size_bytes_) return 0;
  const std::size_t count = std::min(size, static_cast<std::size_t>(size_bytes_ - offset));
  std::memcpy(out, memory_.data() + offset, count);
  return static_cast<std::ptrdiff_t>(count);
}

std::ptrdiff_t AudioSource::read_next(void* out, std::size_t size) {
  std::ptrdiff_t count = 0;
  if (size_bytes_ >= 0) {
    count = copy_at(position_, out, size);
  } else {
    do {
      count = ::read(descriptor_, out, size);
    } while (count < 0 && errno == EINTR);
    if (count > 0) remember(out, static_cast<std::size_t>(count));
  }
  if (count > 0) {
    position_ += count;
    bytes_read_ += count;
  }
  return count;
}

int AudioSource::read_callback(void* self, std::uint8_t* out, int size) {
  auto* source = static_cast<AudioSource*>(self);
  const std::ptrdiff_t count = source->read_next(out, static_cast<std::size_t>(size));
  if (count > 0) return static_cast<int>(count);
  if (count == 0) return AVERROR_EOF;
  source->read_errno_ = errno;
  return AVERROR(source->read_errno_);
}

std::int64_t AudioSource::seek_callback(void* self, std::int64_t offset, int whence) {
  return static_cast<AudioSource*>(self)->seek(offset, whence);
}

std::int64_t AudioSource::seek(std::int64_t offset, int whence) {
  if (size_bytes_ < 0) return AVERROR(ESPIPE);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size_bytes_;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      if (__builtin_add_overflow(offset, position_, &offset)) return AVERROR(EINVAL);
      break;
    case SEEK_END:
      if (__builtin_add_overflow(offset, size_bytes_, &offset)) return AVERROR(EINVAL);
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  position_ = offset;
  return position_;
}

}  // namespace tessera::whisper
