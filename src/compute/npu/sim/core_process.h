// A core of a simulated run: it interprets its program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/compute/npu/sim/sim_state.h"

namespace tessera::compute::npu {

class CoreProcess final : public Process {
 public:
  CoreProcess(SimState& state, std::size_t core);

  void advance() override;
  void complete() override;
  std::string waits_for() const override;

  /// Time spent waiting counts from now on.
  void begin_launch();
  /// Whether the program has taken nothing in since it last began. It may have prepared what it
  /// will give out, as cores do that begin with zeros.
  bool at_start() const;

 private:
  /// A fifo that the core writes or reads.
  struct Port {
    PoolEnd end;
    bool writes = false;
    std::int64_t held = 0;
  };
  struct Loop {
    std::size_t begin;
    std::int64_t left;
  };

  bool acquire(const Step& step);
  void release(const Step& step);
  void call(const Step& step);
  void begin_loop(const Step& step);
  void end_loop();
  std::byte* place_of(const Argument& argument);
  void place_buffers();
  /// Who runs the kernels, if somebody does.
  CoreRunner* runner() const { return state_.moves_data() ? state_.options.runner : nullptr; }

  SimState& state_;
  const Core& core_;
  CoreTimes& times_;
  std::size_t track_;
  std::size_t process_;
  std::vector<Port> ports_;             ///< by fifo
  std::vector<std::size_t> loop_ends_;  ///< by step: where a loop's `end` is
  std::size_t core_index_;
  std::vector<std::vector<std::byte>> own_;  ///< buffers that nobody else keeps
  std::vector<std::byte*> buffers_;
  std::vector<std::byte*> places_;  ///< of a call's arguments
  std::vector<Loop> loops_;
  std::size_t next_ = 0;       ///< step
  std::int64_t ready_at_ = 0;  ///< when the steps so far are done
  bool busy_ = false;
  bool begun_ = false;  ///< has taken something in
};

}  // namespace tessera::compute::npu
