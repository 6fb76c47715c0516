// The order in which a DMA walks through memory: a descriptor's dimensions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera::compute::npu {

/// One dimension of a descriptor.
struct Dim {
  std::int64_t count = 1;
  std::int64_t stride_bytes = 0;

  friend bool operator==(const Dim&, const Dim&) = default;
};

/// Runs of contiguous bytes, nested dimensions around them, the outermost first. The hardware's
/// innermost dimension is the run, so that the rank is dims.size() + 1.
struct Access {
  std::int64_t offset_bytes = 0;
  std::vector<Dim> dims;
  std::int64_t run_bytes = 0;

  /// Bytes that pass through the stream.
  std::int64_t stream_bytes() const;
  /// One past the last byte touched.
  std::int64_t end_bytes() const;
  bool linear() const { return dims.empty(); }

  friend bool operator==(const Access&, const Access&) = default;
};

/// The first `bytes` from `offset_bytes` on, in order.
Access linear_access(std::int64_t bytes, std::int64_t offset_bytes = 0);

/// Rows of `row_bytes` bytes, `pitch_bytes` apart.
Access rows_access(std::int64_t rows, std::int64_t row_bytes, std::int64_t pitch_bytes,
                   std::int64_t offset_bytes = 0);

/// A matrix of `rows` rows of `row_bytes` bytes that lies row by row, walked in blocks of
/// `block_rows` rows and `block_bytes` bytes, block rows first: how mmul's operands lie.
/// Rows must be a multiple of block_rows, row_bytes of block_bytes.
Access blocked_access(std::int64_t rows, std::int64_t row_bytes, std::int64_t block_rows,
                      std::int64_t block_bytes);

/// Copies stream bytes [begin, begin + out.size()) of what `access` reads from `base`.
void read_stream(const Access& access, const std::byte* base, std::int64_t begin,
                 std::span<std::byte> out);

/// Puts `in` where `access` places stream bytes [begin, begin + in.size()).
void write_stream(const Access& access, std::byte* base, std::int64_t begin,
                  std::span<const std::byte> in);

}  // namespace tessera::compute::npu
