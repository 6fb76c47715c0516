// Linear layers for a few rows: the weights are packed once, and each step streams them from memory
// once.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/fold.h"
#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/packed_weights.h"
#include "src/compute/cpu/precision_plan.h"
#include "src/compute/cpu/row_memory.h"

namespace tessera::compute::cpu {

/// Columns of a matrix of rows in memory: whole panels, so that kernels never see a part of one.
inline int padded_columns(int n) {
  return (n + kernels::kPanelColumns - 1) / kernels::kPanelColumns * kernels::kPanelColumns;
}

/// Rows of floats, (rows, padded_columns(columns)).
class RowMatrix {
 public:
  float* resize(int rows, int columns) {
    stride_ = padded_columns(columns);
    return memory_.at_least<float>(static_cast<std::size_t>(rows) *
                                   static_cast<std::size_t>(stride_));
  }
  float* row(int index) const { return memory_.data<float>() + std::ptrdiff_t{index} * stride_; }
  std::ptrdiff_t stride() const { return stride_; }

 private:
  RowMemory memory_;
  std::ptrdiff_t stride_ = 0;
};

/// How rows are normalised before a layer reads them.
struct RowNorm {
  kernels::LaneNorm kind = kernels::LaneNorm::none;
  std::vector<float> gamma, beta;  ///< (width), or empty where the reader has them folded in
};

/// Rows in the numbers that a layer multiplies.
struct RowInput {
  RowMemory values;             ///< (rows, k)
  std::vector<float> scales;    ///< of i8: (groups, rows)
  std::vector<RowMemory> sums;  ///< per thread, of the products
};

/// Where a layer's results go: out = gelu(x weight^T + bias) + addend.
struct RowTarget {
  const RowMatrix& out;
  bool adds = false;  ///< to what is in `out`
  bool gelu = false;
};

class RowLinear {
 public:
  /// Rows `first` to `first + count` of the layer in float32.
  using Source = std::function<Dense(int first, int count)>;

  /// Reserves memory for a layer of n outputs and k inputs in `store`, which outlives it. `group`:
  /// of i8, inputs that share a scale of a row.
  RowLinear(PackedWeights& store, Number number, int n, int k, int group);

  /// For tasks of the store: packs all of the layer, or panels [first, first + count).
  void pack(const Dense& layer) const;
  void pack(int first, int count, const Source& source) const;
  int panels() const { return panels_; }

  int n() const { return n_; }
  int k() const { return k_; }
  /// Bytes that a product reads.
  std::size_t bytes() const;

  /// Normalises `rows` rows of x and converts them to what apply multiplies.
  void prepare(const KernelSet& kernels, const RowMatrix& x, int rows, const RowNorm& norm,
               RowInput& input, base::ThreadPool& pool) const;
  void apply(const KernelSet& kernels, RowInput& input, int rows, const RowTarget& target,
             base::ThreadPool& pool) const;

 private:
  /// Some panels by some rows.
  struct Part {
    int panel, panels, row, rows;
  };

  void pack_panel(const Dense& part, int panel) const;
  std::size_t panel_offset(int group, int panel) const;
  int group_depth(int group) const;
  void multiply(const KernelSet& kernels, const RowInput& input, const Part& part, int group,
                void* sums) const;
  void compute(const KernelSet& kernels, const RowInput& input, int all_rows, const Part& part,
               const RowTarget& target, std::byte* sums) const;

  Number number_;
  int n_, k_, group_, groups_, panels_;
  const PackedWeights* store_;
  PackedArray<std::byte> weights_;  // (groups, panels) of what the matmul kernels take
  PackedArray<float> scales_;       // of i8: (groups, padded n)
  PackedArray<float> bias_;         // (padded n)
};

}  // namespace tessera::compute::cpu
