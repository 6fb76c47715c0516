#include "src/whisper/download/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "src/base/atomic_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestMark = 1024;

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Error(ErrorCode::bad_file,
              path.string() + ": cannot write: " + std::system_category().message(error));
}

fs::path part_path(fs::path target) { return target += ".part"; }

int open_regular_file(const fs::path& path, struct stat& status) {
  // Not through a link, which could lead anywhere; not blocking, should it be a pipe.
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (descriptor < 0) fail(path, errno);
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw Error(ErrorCode::bad_file, path.string() + ": cannot write: not a regular file");
  }
  return descriptor;
}

/// Whether the path still leads to the file that was opened.
bool is_still_there(const fs::path& path, const struct stat& opened) {
  struct stat now = {};
  return ::lstat(path.c_str(), &now) == 0 && now.st_dev == opened.st_dev &&
         now.st_ino == opened.st_ino;
}

/// A mark as HTTP has it: quoted, visible characters. It is sent to servers, so that a damaged file
/// must not become another header.
bool is_mark(const std::string& text) {
  return text.size() >= 2 && text.size() <= kLongestMark && text.front() == '"' &&
         text.back() == '"' && std::all_of(text.begin() + 1, text.end() - 1, [](char c) {
           return c > 0x20 && c < 0x7F && c != '"';
         });
}

}  // namespace

PartFile::PartFile(fs::path target, int descriptor, std::uint64_t size_bytes)
    : target_(std::move(target)),
      path_(part_path(target_)),
      descriptor_(descriptor),
      size_bytes_(size_bytes) {}

PartFile::PartFile(PartFile&& other) noexcept
    : target_(std::move(other.target_)),
      path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_) {}

PartFile::~PartFile() {
  if (descriptor_ < 0) return;
  // A file that holds nothing is no use to the next process.
  if (size_bytes_ == 0) discard();
  if (descriptor_ >= 0) ::close(descriptor_);
}

PartFile PartFile::open(const fs::path& target,
                        const std::function<void(std::uint64_t bytes)>& wait) {
  const fs::path path = part_path(target);
  while (true) {
    struct stat status = {};
    const int descriptor = open_regular_file(path, status);
    PartFile part(target, descriptor, 1);  // not 0: it is not ours yet, so not ours to remove
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) fail(path, errno);
      if (::fstat(descriptor, &status) != 0) fail(path, errno);
      wait(static_cast<std::uint64_t>(status.st_size));
    }
    // Whoever had it may have put it in its place or removed it; then this is not the part file.
    if (!is_still_there(path, status)) continue;
    if (::fstat(descriptor, &status) != 0) fail(path, errno);
    if (::lseek(descriptor, 0, SEEK_END) < 0) fail(path, errno);
    part.size_bytes_ = static_cast<std::uint64_t>(status.st_size);
    return part;
  }
}

fs::path PartFile::etag_path() const { return fs::path(path_) += ".etag"; }

std::string PartFile::etag_from(const std::string& url) const {
  std::ifstream file(etag_path(), std::ios::binary);
  std::string known_url;
  std::string etag;
  const bool known = std::getline(file, known_url) && std::getline(file, etag);
  return known && known_url == url && is_mark(etag) ? etag : std::string();
}

void PartFile::restart(const std::string& url, const std::string& etag) {
  if (::ftruncate(descriptor_, 0) != 0) fail(path_, errno);
  if (::lseek(descriptor_, 0, SEEK_SET) < 0) fail(path_, errno);
  size_bytes_ = 0;
  if (is_mark(etag)) {
    base::write_file_atomically(etag_path(), std::string(url).append("\n").append(etag) + "\n");
  } else {
    ::unlink(etag_path().c_str());
  }
}

void PartFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, errno);
    size_bytes_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void PartFile::commit() {
  // Some file systems have no fsync; they say EINVAL.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(path_, errno);
  if (std::rename(path_.c_str(), target_.c_str()) != 0) fail(target_, errno);
  ::unlink(etag_path().c_str());
  ::close(std::exchange(descriptor_, -1));
}

void PartFile::discard() noexcept {
  ::unlink(path_.c_str());
  ::unlink(etag_path().c_str());
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace tessera::whisper
