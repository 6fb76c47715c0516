#include "src/base/atomic_folder.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

#include "tessera/error.h"

namespace tessera::base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw Error(ErrorCode::bad_file, path.string() + ": cannot write: " + error.message());
}

[[noreturn]] void fail(const fs::path& path, int error) {
  fail(path, std::error_code(error, std::system_category()));
}

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::bad_argument, path.string() + ": " + what);
}

/// Where the folder will really be.
fs::path resolved(const fs::path& named) {
  if (named.empty()) refuse(named, "expected the name of a folder");
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(named, error), error);
  if (error) fail(named, error);
  if (!path.has_filename()) path = path.parent_path();  // "out/"
  return path;
}

void check_replaceable(const fs::path& named, const fs::path& target, bool replace) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (status.type() == fs::file_type::not_found) return;
  if (status.type() == fs::file_type::none) fail(named, error);
  if (status.type() != fs::file_type::directory) {
    refuse(named, "expected a folder or nothing there, found a file");
  }
  // A rename would leave whoever stands in it in a folder that is gone.
  if (target == fs::current_path(error) || target == target.root_path()) {
    refuse(named, "expected another folder than the current one");
  }
  const bool empty = fs::is_empty(target, error);
  if (error) fail(named, error);
  if (!empty && !replace) refuse(named, "expected an empty folder or none, this one has files");
}

/// Short, so that every name that is allowed for the target is possible.
std::string temporary_name() {
  static std::atomic<unsigned> count = 0;
  return ".tessera-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
}

/// Brings the names in a folder to the disk. Some file systems cannot; then there is no more to do.
void sync_folder(const fs::path& folder) noexcept {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void AtomicFolder::check_target(const fs::path& target, bool replace) {
  check_replaceable(target, resolved(target), replace);
}

AtomicFolder::AtomicFolder(const fs::path& target, bool replace)
    : named_(target), target_(resolved(target)), replace_(replace) {
  check_replaceable(named_, target_, replace_);
  try {
    make_parents(target_.parent_path());
    make_temporary();
  } catch (...) {
    discard();
    throw;
  }
}

AtomicFolder::~AtomicFolder() { discard(); }

void AtomicFolder::make_parents(const fs::path& parent) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path path = parent; !fs::exists(path, error) && !error; path = path.parent_path()) {
    missing.push_back(path);
  }
  if (error) fail(named_, error);
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    if (::mkdir(path->c_str(), 0777) == 0) {
      made_parents_.push_back(*path);
    } else if (errno != EEXIST) {
      fail(named_, errno);
    }
  }
}

void AtomicFolder::make_temporary() {
  constexpr int kAttempts = 1000;  // names may be taken by what a killed process left behind
  for (int i = 0; i < kAttempts && temporary_.empty(); ++i) {
    const fs::path name = target_.parent_path() / temporary_name();
    if (::mkdir(name.c_str(), 0777) == 0) {
      temporary_ = name;
    } else if (errno != EEXIST) {
      break;
    }
  }
  if (temporary_.empty()) fail(named_, errno);
}

void AtomicFolder::commit() {
  sync_folder(temporary_);
  // An empty folder at the target is replaced by this too, one with files is not.
  if (::rename(temporary_.c_str(), target_.c_str()) == 0) {
    temporary_.clear();
    made_parents_.clear();
  } else if (replace_ && (errno == ENOTEMPTY || errno == EEXIST)) {
    exchange();
  } else {
    fail(named_, errno);
  }
  sync_folder(target_.parent_path());
}

void AtomicFolder::exchange() {
  // From here on the temporary folder is the old one, which discard() removes.
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
    discard();
    return;
  }
  // The file system cannot exchange: two steps, the second of which is undone when it fails.
  if (errno != EINVAL && errno != ENOSYS) fail(named_, errno);
  const fs::path old = target_.parent_path() / temporary_name();
  if (::rename(target_.c_str(), old.c_str()) != 0) fail(named_, errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::rename(old.c_str(), target_.c_str());
    fail(named_, error);
  }
  temporary_ = old;
  discard();
}

void AtomicFolder::discard() noexcept {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  temporary_.clear();
  for (auto path = made_parents_.rbegin(); path != made_parents_.rend(); ++path) {
    ::rmdir(path->c_str());
  }
  made_parents_.clear();
}

}  // namespace tessera::base
