// The right-hand matrix of a product, packed once into the panels that every variant reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "src/base/aligned_buffer.h"

namespace tessera::compute::kernels {

/// A right-hand matrix as the matmul kernels take it, see MatmulI8Params and its siblings.
template <class T>
class PackedPanels {
 public:
  /// Not filled yet. `group`: neighbouring rows whose elements of a column lie together.
  PackedPanels(int k, int n, int group);

  const T* data() const { return reinterpret_cast<const T*>(data_.get()); }
  T* data() { return reinterpret_cast<T*>(data_.get()); }
  /// Element (row, column) of the matrix.
  T at(int row, int column) const;
  int k() const { return k_; }
  int n() const { return n_; }

 private:
  int k_, n_, group_;
  base::AlignedBytes data_;
};

/// B (k, n), rows `stride` elements apart, or with `transposed` B^T: (n, k).
PackedPanels<std::uint8_t> pack_i8(const std::int8_t* b, std::ptrdiff_t stride, int k, int n,
                                   bool transposed);
PackedPanels<std::uint16_t> pack_bf16(const std::uint16_t* b, std::ptrdiff_t stride, int k, int n,
                                      bool transposed);
PackedPanels<float> pack_f32(const float* b, std::ptrdiff_t stride, int k, int n, bool transposed);

}  // namespace tessera::compute::kernels
