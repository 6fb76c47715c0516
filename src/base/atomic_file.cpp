#include "src/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "tessera/error.h"

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Error(ErrorCode::bad_file,
              path.string() + ": cannot write: " + std::system_category().message(error));
}

/// The permissions of the file that will be replaced; none where there is no regular file.
std::optional<mode_t> permissions_to_keep(const fs::path& path) {
  struct stat old = {};
  if (::lstat(path.c_str(), &old) != 0 || S_ISLNK(old.st_mode)) return std::nullopt;
  if (S_ISDIR(old.st_mode)) fail(path, EISDIR);
  if (!S_ISREG(old.st_mode)) {
    throw Error(ErrorCode::bad_file, path.string() + ": cannot write: not a regular file");
  }
  // A rename would replace a write-protected file without asking.
  if (::access(path.c_str(), W_OK) != 0) fail(path, errno);
  return old.st_mode & 07777;
}

/// Short, so that every name that is allowed for the target is possible.
std::string temporary_name() {
  static std::atomic<unsigned> count = 0;
  return ".tessera-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& target) : target_(target) {
  const std::optional<mode_t> permissions = permissions_to_keep(target_);
  open_temporary();
  if (permissions && ::fchmod(descriptor_, *permissions) != 0) {
    const int error = errno;
    discard();
    fail(target_, error);
  }
}

AtomicFile::~AtomicFile() { discard(); }

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

void AtomicFile::open_temporary() {
  constexpr int kAttempts = 1000;  // names may be taken by what a killed process left behind
  for (int i = 0; i < kAttempts && descriptor_ < 0; ++i) {
    const fs::path name = target_.parent_path() / temporary_name();
    descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) temporary_ = name;
    if (descriptor_ < 0 && errno != EEXIST) break;
  }
  if (descriptor_ < 0) fail(target_, errno);
}

void AtomicFile::discard() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(target_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  // Some file systems have no fsync; they say EINVAL.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(target_, errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(target_, errno);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) fail(target_, errno);
  temporary_.clear();
}

void write_file_atomically(const fs::path& path, std::string_view contents) {
  AtomicFile file(path);
  file.write(contents);
  file.commit();
}

}  // namespace tessera::base
