#include "src/compute/npu/sim/host_process.h"

#include "src/compute/npu/sim/sim_costs.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

HostProcess::HostProcess(SimState& state, std::vector<std::unique_ptr<DmaProcess>>& dmas)
    : state_(state),
      dmas_(dmas),
      process_(state.schedule.add(this)),
      waited_(state.plan.fifos.size(), 0),
      next_(state.plan.sequence.size()) {
  for (const auto& dma : dmas) dma->set_host(process_);
}

void HostProcess::begin_launch(std::int64_t launch) {
  launch_ = launch;
  next_ = 0;
  stage_ = 0;
  stage_began_at_ = state_.schedule.now();
  state_.schedule.wake(process_);
}

void HostProcess::next() {
  ++next_;
  done_at_ = state_.schedule.now();
  const std::vector<Stage>& stages = state_.plan.stages;
  if (stage_ == stages.size()) return;
  const bool last = stage_ + 1 == stages.size();
  const std::size_t end = last ? state_.plan.sequence.size() : stages[stage_ + 1].first;
  if (next_ < end) return;
  state_.result.stage_cycles[stage_] += done_at_ - stage_began_at_;
  stage_began_at_ = done_at_;
  ++stage_;
}

void HostProcess::advance() {
  while (!busy_ && next_ < state_.plan.sequence.size()) {
    const HostStep& step = state_.plan.sequence[next_];
    if (step.kind == HostStep::Kind::transfer) {
      busy_ = true;
      state_.schedule.complete_in(kIssueCycles, process_);
      return;
    }
    if (dmas_[step.fifo]->tokens() == waited_[step.fifo]) return;
    ++waited_[step.fifo];
    next();
  }
}

void HostProcess::complete() {
  busy_ = false;
  issue(state_.plan.sequence[next_]);
  next();
  advance();
}

Tile HostProcess::shim_of(std::size_t fifo) const {
  const Fifo& shape = state_.plan.fifos[fifo];
  return shape.producer.row == kShimRow ? shape.producer : shape.consumers[0];
}

/// The hardware does not wait for room in a queue or for a descriptor: a plan has to.
void HostProcess::issue(const HostStep& step) {
  const Tile shim = shim_of(step.fifo);
  DmaProcess& dma = *dmas_[step.fifo];
  std::size_t in_flight = 0;
  for (std::size_t i = 0; i < dmas_.size(); ++i) {
    if (dmas_[i]->tasks() > 0 && shim_of(i) == shim) in_flight += dmas_[i]->tasks();
  }
  const std::string where =
      name_of(shim) + ", step " + std::to_string(next_) + " of the host's sequence: ";
  if (dma.tasks() >= kShimQueue) {
    throw Error(ErrorCode::bad_argument, where + "the queue of fifo " +
                                             state_.plan.fifos[step.fifo].name + " holds " +
                                             std::to_string(kShimQueue) + " tasks already");
  }
  const int descriptors = limits_of(TileKind::shim).descriptors;
  if (in_flight >= static_cast<std::size_t>(descriptors)) {
    throw Error(ErrorCode::bad_argument,
                where + "all " + std::to_string(descriptors) + " descriptors are in flight");
  }
  std::byte* base = nullptr;
  if (state_.moves_data()) {
    base = state_.host_buffers[step.buffer].data() +
           launch_ * state_.plan.host_buffers[step.buffer].launch_stride_bytes;
  }
  dma.add_task(base, step.access, step.token);
}

std::string HostProcess::waits_for() const {
  if (done() || busy_) return "";
  const HostStep& step = state_.plan.sequence[next_];
  return "the host waits for fifo " + state_.plan.fifos[step.fifo].name + " (step " +
         std::to_string(next_) + " of " + std::to_string(state_.plan.sequence.size()) + ")";
}

}  // namespace tessera::compute::npu
