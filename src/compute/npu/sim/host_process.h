// The controller that works through a launch's instruction stream.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/compute/npu/sim/dma_process.h"

namespace tessera::compute::npu {

class HostProcess final : public Process {
 public:
  HostProcess(SimState& state, std::vector<std::unique_ptr<DmaProcess>>& dmas);

  void advance() override;
  void complete() override;
  std::string waits_for() const override;

  void begin_launch(std::int64_t launch);
  bool done() const { return next_ == state_.plan.sequence.size() && !busy_; }
  /// When the last step of the launch was done.
  std::int64_t done_at() const { return done_at_; }

 private:
  Tile shim_of(std::size_t fifo) const;
  void issue(const HostStep& step);
  /// The step is done: so may be its stage.
  void next();

  SimState& state_;
  std::vector<std::unique_ptr<DmaProcess>>& dmas_;
  std::size_t process_;
  std::vector<std::int64_t> waited_;  ///< tokens taken, by fifo
  std::int64_t launch_ = 0;
  std::size_t next_;
  std::int64_t done_at_ = 0;
  std::size_t stage_ = 0;  ///< under way
  std::int64_t stage_began_at_ = 0;
  bool busy_ = false;
};

}  // namespace tessera::compute::npu
