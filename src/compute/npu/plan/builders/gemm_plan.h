// Matrix products of any size on all sixteen cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// How a matrix's tile lies in a core: in blocks of that many rows and columns, block rows first,
/// as mmul takes them; zeros: row by row.
struct Blocks {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// What a core multiplies at a time, and how it lies there.
struct GemmTile {
  std::int64_t m = 64, k = 64, n = 64;
  std::int64_t a_element_bytes = 1, b_element_bytes = 1, c_element_bytes = 4;
  Blocks a{4, 8}, b{8, 8}, c{4, 8};
  std::int64_t panel_tiles = 1;  ///< tiles along k that come to a memory tile at a time
};

/// zero(sums), multiply(a, b, sums) adds, finish(sums, c) converts; without finish the sums are C.
struct GemmKernels {
  CoreKernel zero;
  CoreKernel multiply;
  std::optional<CoreKernel> finish;
};

struct GemmShape {
  std::int64_t m = 0, k = 0, n = 0;
};

/// `shape`, in whole tiles on all cores.
GemmShape padded(const GemmShape& shape, const GemmTile& tile);

/// C = A * B with C shared out over four rows and four columns of cores: panels of A go along the
/// rows, panels of B down the columns, through memory tiles that put them into blocks (AMD's
/// whole-array design; arXiv 2512.13282). Host buffers: "a", "b" and "c", row by row, of the padded
/// shape, zeros in the padding of A and B.
/// Rows of A begin `a_pitch_bytes` after each other, and may overlap; 0: they follow each other.
/// Throws Error{bad_argument} for sizes below 1 and blocks that do not divide their tile; the rest
/// check_plan says.
ArrayPlan gemm_plan(const GemmShape& shape, const GemmTile& tile, const GemmKernels& kernels,
                    std::int64_t a_pitch_bytes = 0);

/// Copies rows x row_bytes from and to rows of another pitch. Padding is not touched.
void copy_rows(std::span<const std::byte> from, std::int64_t from_pitch, std::span<std::byte> to,
               std::int64_t to_pitch, std::int64_t rows, std::int64_t row_bytes);

}  // namespace tessera::compute::npu
