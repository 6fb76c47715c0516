// Matrix products of the reference device: float32 in and out, every sum in float64.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "src/base/thread_pool.h"
#include "src/compute/weights.h"

namespace tessera::compute::reference {

/// A matrix of n rows (outputs) by k columns (inputs), stored as panels of kPanel outputs whose
/// inputs follow each other: element (row, col) is at panel row / kPanel, position col, lane
/// row % kPanel. So one pass over a panel feeds kPanel independent sums, which a compiler can keep
/// in vector registers without changing the order of any sum.
class PackedMatrix {
 public:
  static constexpr int kPanel = 8;

  PackedMatrix() = default;

  /// From a weight, (n, k); a convolution's (n, channels, taps) counts as (n, channels x taps).
  static PackedMatrix from_weight(const WeightView& weight);
  /// From rows: output i is the k values at data + i * stride.
  static PackedMatrix from_rows(const float* data, int n, int k, std::size_t stride);
  /// From columns: output i is the k values at data + i, stride apart.
  static PackedMatrix from_columns(const float* data, int n, int k, std::size_t stride);

  int n() const { return n_; }
  int k() const { return k_; }
  int panels() const { return (n_ + kPanel - 1) / kPanel; }
  const float* panel(int index) const {
    return values_.data() + static_cast<std::size_t>(index) * static_cast<std::size_t>(k_) * kPanel;
  }

 private:
  PackedMatrix(int n, int k);
  float& at(int row, int col);

  int n_ = 0;
  int k_ = 0;
  std::vector<float> values_;  // (panels, k, kPanel), the last panel padded with zeros
};

/// y = x W^T + b for one range of panels, on the calling thread.
/// x: (m, k) rows `x_stride` apart; y: (m, n) rows `y_stride` apart; bias: (n) or empty.
/// Each y is one float64 sum over k in ascending order, rounded once: the result does not depend on
/// how rows are batched or which thread computes them.
void linear_panels(const PackedMatrix& weight, std::span<const float> bias, const float* x,
                   std::size_t x_stride, int m, float* y, std::size_t y_stride, int first_panel,
                   int last_panel);

/// The whole product, on all threads of the pool.
void linear(const PackedMatrix& weight, std::span<const float> bias, const float* x,
            std::size_t x_stride, int m, float* y, std::size_t y_stride, base::ThreadPool& pool);

}  // namespace tessera::compute::reference
