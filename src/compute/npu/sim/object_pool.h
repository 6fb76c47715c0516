// The buffers of one end of a fifo, with the locks that guard them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::compute::npu {

/// Objects in a ring. Each writer and each reader counts the objects that it has finished; an
/// object is full when all writers (the parts of a join) have finished it, and free again when all
/// readers (the parts of a split) have.
class ObjectPool {
 public:
  ObjectPool(std::int64_t depth, std::int64_t bytes, std::size_t writers, std::size_t readers)
      : depth_(depth), bytes_(bytes), written_(writers, 0), read_(readers, 0) {}

  /// What a pool holds before anything was written: no zeros that a kernel could rely on.
  static constexpr std::byte kPaint{0xA5};
  void allocate() {
    own_.resize(static_cast<std::size_t>(depth_ * bytes_));
    use(own_.data());
  }
  /// The pool's memory is somebody else's.
  void use(std::byte* memory) {
    memory_ = memory;
    std::fill_n(memory, depth_ * bytes_, kPaint);
  }

  /// Whether the writer may have `count` objects more than it has finished.
  bool can_write(std::size_t writer, std::int64_t count) const {
    return written_[writer] + count - least(read_) <= depth_;
  }
  bool can_read(std::size_t reader, std::int64_t count) const {
    return read_[reader] + count <= least(written_);
  }
  void finish_write(std::size_t writer, std::int64_t count) { written_[writer] += count; }
  void finish_read(std::size_t reader, std::int64_t count) { read_[reader] += count; }

  std::int64_t full_for(std::size_t reader) const { return least(written_) - read_[reader]; }
  std::int64_t free_for(std::size_t writer) const {
    return depth_ - (written_[writer] - least(read_));
  }
  bool empty() const { return *std::max_element(written_.begin(), written_.end()) == least(read_); }

  /// The object after those that the writer (reader) has finished; null without memory.
  std::byte* write_place(std::size_t writer, std::int64_t ahead = 0) {
    return place(written_[writer] + ahead);
  }
  std::byte* read_place(std::size_t reader, std::int64_t ahead = 0) {
    return place(read_[reader] + ahead);
  }

  std::int64_t depth() const { return depth_; }

  std::vector<std::size_t> processes;  ///< who may wait for it

 private:
  static std::int64_t least(const std::vector<std::int64_t>& counts) {
    return *std::min_element(counts.begin(), counts.end());
  }
  std::byte* place(std::int64_t object) {
    return memory_ == nullptr ? nullptr : memory_ + object % depth_ * bytes_;
  }

  std::int64_t depth_;
  std::int64_t bytes_;
  std::vector<std::byte> own_;
  std::byte* memory_ = nullptr;
  std::vector<std::int64_t> written_;
  std::vector<std::int64_t> read_;
};

}  // namespace tessera::compute::npu
