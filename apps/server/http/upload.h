// A file on its way from a client: in memory as long as it is small, else in an unnamed file.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace tessera::server {

/// There is no room for an upload.
class StorageFull : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Bytes that are collected and then read. What lies in a file has no name there, so that it is
/// gone with the process whatever happens.
class Upload {
 public:
  /// `folder` is where files go, `max_memory_bytes` how much stays in memory.
  Upload(std::string folder, std::size_t max_memory_bytes)
      : folder_(std::move(folder)), max_memory_bytes_(max_memory_bytes) {}
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  /// Throws StorageFull.
  void append(std::span<const std::byte> bytes);
  /// No more bytes will come. Throws StorageFull when they cannot be read back.
  void finish();
  /// All bytes, once finished.
  std::span<const std::byte> bytes() const { return bytes_; }
  std::size_t size() const { return size_; }

 private:
  void spill();
  void write(std::span<const std::byte> bytes) const;

  std::string folder_;
  std::size_t max_memory_bytes_;
  std::size_t size_ = 0;
  std::vector<std::byte> memory_;
  int file_ = -1;
  void* mapping_ = nullptr;
  std::span<const std::byte> bytes_;
};

}  // namespace tessera::server
