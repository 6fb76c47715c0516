// Matrices as they pass between the halves of the library.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include "src/base/aligned_buffer.h"
#include "src/compute/dtype.h"

namespace tessera::compute {

/// A read-only matrix in host memory: row-major, `row_stride` elements from row to row.
struct TensorView {
  DType dtype = DType::f32;
  int rows = 0;
  int cols = 0;
  std::size_t row_stride = 0;
  const std::byte* data = nullptr;

  template <class T>
  std::span<const T> row(int index) const {
    return {reinterpret_cast<const T*>(data) + static_cast<std::size_t>(index) * row_stride,
            static_cast<std::size_t>(cols)};
  }
};

/// A matrix that owns its memory; rows follow each other without gaps, the first is 64-byte
/// aligned.
class Tensor {
 public:
  Tensor() = default;
  /// Zero-filled.
  Tensor(DType dtype, int rows, int cols)
      : dtype_(dtype), rows_(rows), cols_(cols), data_(base::allocate_aligned(bytes())) {
    std::memset(data_.get(), 0, bytes());
  }

  int rows() const { return rows_; }
  int cols() const { return cols_; }
  std::size_t bytes() const {
    return static_cast<std::size_t>(rows_) * static_cast<std::size_t>(cols_) *
           element_bytes(dtype_);
  }

  template <class T>
  std::span<T> row(int index) {
    return {reinterpret_cast<T*>(data_.get()) +
                static_cast<std::size_t>(index) * static_cast<std::size_t>(cols_),
            static_cast<std::size_t>(cols_)};
  }
  template <class T>
  std::span<const T> row(int index) const {
    return view().row<T>(index);
  }
  /// All elements, row after row.
  template <class T>
  std::span<T> values() {
    return {reinterpret_cast<T*>(data_.get()), bytes() / sizeof(T)};
  }
  template <class T>
  std::span<const T> values() const {
    return {reinterpret_cast<const T*>(data_.get()), bytes() / sizeof(T)};
  }

  TensorView view() const {
    return {dtype_, rows_, cols_, static_cast<std::size_t>(cols_), data_.get()};
  }

 private:
  DType dtype_ = DType::f32;
  int rows_ = 0;
  int cols_ = 0;
  base::AlignedBytes data_;
};

}  // namespace tessera::compute
