#include "apps/server/http/upload.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tessera::server {
namespace {

[[noreturn]] void fail(const std::string& folder, int error) {
  throw StorageFull("no room for the upload in " + folder + ": " + std::strerror(error));
}

/// A file that no name leads to. Not every file system has O_TMPFILE.
int open_unnamed(const std::string& folder) {
  int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (file >= 0) return file;
  std::string name = folder + "/tessera-upload-XXXXXX";
  file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) fail(folder, errno);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

Upload::~Upload() {
  if (mapping_ != nullptr) ::munmap(mapping_, size_);
  if (file_ >= 0) ::close(file_);
}

void Upload::append(std::span<const std::byte> bytes) {
  if (file_ < 0 && size_ + bytes.size() > max_memory_bytes_) spill();
  if (file_ >= 0) {
    write(bytes);
  } else {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  }
  size_ += bytes.size();
}

void Upload::finish() {
  if (file_ < 0) {
    bytes_ = memory_;
    return;
  }
  mapping_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
  if (mapping_ == MAP_FAILED) {
    mapping_ = nullptr;
    fail(folder_, errno);
  }
  bytes_ = {static_cast<const std::byte*>(mapping_), size_};
}

void Upload::spill() {
  file_ = open_unnamed(folder_);
  write(std::exchange(memory_, {}));
}

void Upload::write(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(folder_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace tessera::server
