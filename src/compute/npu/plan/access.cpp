#include "src/compute/npu/plan/access.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace tessera::compute::npu {
namespace {

constexpr std::size_t kMaxDims = 4;

/// Where stream byte `begin` lies, and how to go on from run to run.
class Walk {
 public:
  Walk(const Access& access, std::int64_t begin) : access_(access) {
    assert(access.run_bytes > 0 && access.dims.size() <= kMaxDims);
    within_run_ = begin % access.run_bytes;
    std::int64_t run = begin / access.run_bytes;
    place_ = access.offset_bytes;
    for (std::size_t i = access.dims.size(); i-- > 0;) {
      const Dim& dim = access.dims[i];
      index_[i] = run % dim.count;
      run /= dim.count;
      place_ += index_[i] * dim.stride_bytes;
    }
  }

  std::int64_t place() const { return place_ + within_run_; }
  std::int64_t left_in_run() const { return access_.run_bytes - within_run_; }

  void next_run() {
    within_run_ = 0;
    for (std::size_t i = access_.dims.size(); i-- > 0;) {
      const Dim& dim = access_.dims[i];
      place_ += dim.stride_bytes;
      if (++index_[i] < dim.count) return;
      place_ -= dim.count * dim.stride_bytes;
      index_[i] = 0;
    }
  }

 private:
  const Access& access_;
  std::array<std::int64_t, kMaxDims> index_{};
  std::int64_t place_ = 0;
  std::int64_t within_run_ = 0;
};

/// Calls copy(place in memory, place in the stream from `begin` on, bytes) for every run.
template <class Copy>
void for_each_run(const Access& access, std::int64_t begin, std::int64_t bytes, const Copy& copy) {
  Walk walk(access, begin);
  for (std::int64_t done = 0; done < bytes;) {
    const std::int64_t n = std::min(walk.left_in_run(), bytes - done);
    copy(walk.place(), done, n);
    done += n;
    walk.next_run();
  }
}

}  // namespace

std::int64_t Access::stream_bytes() const {
  std::int64_t bytes = run_bytes;
  for (const Dim& dim : dims) bytes *= dim.count;
  return bytes;
}

std::int64_t Access::end_bytes() const {
  std::int64_t end = offset_bytes + run_bytes;
  for (const Dim& dim : dims) end += (dim.count - 1) * dim.stride_bytes;
  return end;
}

Access linear_access(std::int64_t bytes, std::int64_t offset_bytes) {
  return {offset_bytes, {}, bytes};
}

Access rows_access(std::int64_t rows, std::int64_t row_bytes, std::int64_t pitch_bytes,
                   std::int64_t offset_bytes) {
  return {offset_bytes, {{rows, pitch_bytes}}, row_bytes};
}

Access blocked_access(std::int64_t rows, std::int64_t row_bytes, std::int64_t block_rows,
                      std::int64_t block_bytes) {
  assert(rows % block_rows == 0 && row_bytes % block_bytes == 0);
  return {0,
          {{rows / block_rows, block_rows * row_bytes},
           {row_bytes / block_bytes, block_bytes},
           {block_rows, row_bytes}},
          block_bytes};
}

void read_stream(const Access& access, const std::byte* base, std::int64_t begin,
                 std::span<std::byte> out) {
  for_each_run(access, begin, static_cast<std::int64_t>(out.size()),
               [&](std::int64_t place, std::int64_t at, std::int64_t bytes) {
                 std::memcpy(out.data() + at, base + place, static_cast<std::size_t>(bytes));
               });
}

void write_stream(const Access& access, std::byte* base, std::int64_t begin,
                  std::span<const std::byte> in) {
  for_each_run(access, begin, static_cast<std::int64_t>(in.size()),
               [&](std::int64_t place, std::int64_t at, std::int64_t bytes) {
                 std::memcpy(base + place, in.data() + at, static_cast<std::size_t>(bytes));
               });
}

}  // namespace tessera::compute::npu
