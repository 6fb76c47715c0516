// Where an engine's packed weights lie: one piece of memory, laid out before it is filled, so that
// it can be filled by many threads, and written to a file and mapped again as it is.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/base/thread_pool.h"

namespace tessera::compute::cpu {

/// A place in PackedWeights that holds `count` elements of T.
template <class T>
struct PackedArray {
  std::size_t offset = 0;
  std::size_t count = 0;
};

class PackedWeights {
 public:
  /// Lays out an array, 64-byte aligned, behind those before it. Only before `fill` or `adopt`.
  template <class T>
  PackedArray<T> reserve(std::size_t count) {
    return {reserve_bytes(count * sizeof(T)), count};
  }
  /// What makes some of the arrays' contents. Tasks run at the same time as each other.
  void add_task(std::function<void()> task) { tasks_.push_back(std::move(task)); }

  /// Allocates the arrays and runs the tasks.
  void fill(base::ThreadPool& pool);
  /// Takes the contents of `bytes()` bytes as an earlier `fill` left them. `owner` keeps them.
  void adopt(const std::byte* data, std::shared_ptr<const void> owner);

  std::size_t bytes() const { return bytes_; }
  const std::byte* data() const { return data_; }

  template <class T>
  const T* at(const PackedArray<T>& array) const {
    return reinterpret_cast<const T*>(data_ + array.offset);
  }
  /// For the tasks.
  template <class T>
  T* writable(const PackedArray<T>& array) const {
    return reinterpret_cast<T*>(memory_.get() + array.offset);
  }

 private:
  std::size_t reserve_bytes(std::size_t bytes);

  /// Between an array's end and the next one: zeros, so that equal weights are equal files.
  struct Gap {
    std::size_t offset, bytes;
  };

  std::size_t bytes_ = 0;
  std::vector<Gap> gaps_;
  std::vector<std::function<void()>> tasks_;
  base::AlignedBytes memory_;
  std::shared_ptr<const void> owner_;
  const std::byte* data_ = nullptr;
};

}  // namespace tessera::compute::cpu
