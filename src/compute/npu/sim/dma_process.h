// The DMA channels at both ends of a fifo, and the stream between them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "src/compute/npu/sim/sim_state.h"

namespace tessera::compute::npu {

/// Moves a piece at a time: when an object is full at the source and there is room at every sink,
/// for the stream is slowed down by the slowest of them.
class DmaProcess final : public Process {
 public:
  DmaProcess(SimState& state, std::size_t fifo);

  void advance() override;
  void complete() override;
  std::string waits_for() const override;

  /// Who is told when a task is done.
  void set_host(std::size_t process) { host_ = process; }
  /// The next words of a shim's channel are slow.
  void begin_launch() { cold_ = true; }
  /// Gives the shim's channel a task: the first byte of the buffer in this launch, and how to walk.
  void add_task(std::byte* base, const Access& access, bool token);
  std::size_t tasks() const { return tasks_.size(); }
  std::int64_t tokens() const { return tokens_; }
  bool idle() const { return !busy_ && tasks_.empty() && sent_bytes_ == 0 && sends_ == 0; }

 private:
  struct Task {
    std::byte* base;
    const Access* access;
    std::int64_t bytes;
    std::int64_t done;
    bool token;
  };

  bool source_ready() const;
  bool sinks_ready() const;
  std::int64_t piece_cycles();
  void move_piece();
  void finish_source();
  void finish_sinks();
  void finish_task();
  bool from_host() const { return !source_.is_pool(); }
  bool to_host() const { return sinks_.empty(); }

  SimState& state_;
  std::size_t fifo_;
  const Fifo& shape_;
  PoolEnd source_;
  std::vector<PoolEnd> sinks_;
  Access read_;
  Access write_;
  std::int64_t source_offset_ = 0;  ///< of a split's part in the object
  std::int64_t sink_offset_ = 0;    ///< of a join's part
  std::int64_t piece_;
  std::size_t process_;
  std::size_t host_ = 0;
  std::int64_t sent_bytes_ = 0;      ///< of the source's object
  std::int64_t sends_ = 0;           ///< of the source's object so far
  std::int64_t received_bytes_ = 0;  ///< of the sinks' objects
  std::int64_t started_ = 0;
  std::int64_t tokens_ = 0;
  bool busy_ = false;
  bool cold_ = true;
  std::deque<Task> tasks_;
  std::vector<std::byte> stream_;
};

}  // namespace tessera::compute::npu
