#include "src/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
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

/// The file under its temporary name; removed unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) : target_(target) {
    static std::atomic<unsigned> counter = 0;
    constexpr int kAttempts = 1000;  // names may be taken by what a killed process left behind
    for (int i = 0; i < kAttempts && descriptor_ < 0; ++i) {
      name_ = target.parent_path() /
              (".tessera-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp");
      descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ < 0 && errno != EEXIST) break;
    }
    if (descriptor_ < 0) fail(target_, errno);
  }

  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!renamed_) ::unlink(name_.c_str());
  }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void set_permissions(mode_t mode) const {
    if (::fchmod(descriptor_, mode & 07777) != 0) fail(target_, errno);
  }

  void write(std::string_view contents) const {
    while (!contents.empty()) {
      const ssize_t written = ::write(descriptor_, contents.data(), contents.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(target_, errno);
      contents.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// Some file systems have no fsync; they say EINVAL.
  void flush_and_close() {
    if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(target_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(target_, errno);
  }

  void rename_to_target() {
    if (std::rename(name_.c_str(), target_.c_str()) != 0) fail(target_, errno);
    renamed_ = true;
  }

 private:
  const fs::path& target_;
  fs::path name_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

}  // namespace

void write_file_atomically(const fs::path& path, std::string_view contents) {
  struct stat old = {};
  const bool exists = ::lstat(path.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) fail(path, EISDIR);
  if (exists && !S_ISREG(old.st_mode) && !S_ISLNK(old.st_mode)) {
    throw Error(ErrorCode::bad_file, path.string() + ": cannot write: not a regular file");
  }
  const bool keep_permissions = exists && S_ISREG(old.st_mode);
  // A rename would replace a write-protected file without asking.
  if (keep_permissions && ::access(path.c_str(), W_OK) != 0) fail(path, errno);

  TemporaryFile file(path);
  file.write(contents);
  if (keep_permissions) file.set_permissions(old.st_mode);
  file.flush_and_close();
  file.rename_to_target();
}

}  // namespace tessera::base
