// Memory that steps use again and again.
#pragma once

#include <cstddef>

#include "src/base/aligned_buffer.h"

namespace tessera::compute::cpu {

/// Grows when more is asked for, and then forgets what was in it.
class RowMemory {
 public:
  template <class T>
  T* at_least(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes > bytes_) {
      data_.reset();
      bytes_ = 0;
      data_ = base::allocate_aligned(bytes + bytes / 2);
      bytes_ = bytes + bytes / 2;
    }
    return reinterpret_cast<T*>(data_.get());
  }
  template <class T>
  T* data() const {
    return reinterpret_cast<T*>(data_.get());
  }

 private:
  base::AlignedBytes data_;
  std::size_t bytes_ = 0;
};

}  // namespace tessera::compute::cpu
