// The rules of the host's sequence: buffers, transfers, queues, tokens.
#include <algorithm>
#include <map>

#include "src/compute/npu/plan/check/check_parts.h"

namespace tessera::compute::npu {
namespace {

/// Walks through the sequence. A wait for the token of a transfer ends that transfer and all that
/// were issued before it: what goes in before a result comes out is what it was made of.
class SequenceCheck {
 public:
  SequenceCheck(const ArrayPlan& plan, Breaches& breaches) : plan_(plan), breaches_(breaches) {}

  void run() {
    for (at_ = 0; at_ < plan_.sequence.size(); ++at_) {
      const HostStep& step = plan_.sequence[at_];
      if (step.kind == HostStep::Kind::wait) {
        wait(step);
      } else {
        transfer(step);
      }
    }
    const bool waits = std::any_of(flying_.begin(), flying_.end(), [&](const Flight& flight) {
      return plan_.fifos[flight.fifo].consumers[0].row == kShimRow;
    });
    if (waits) breach("token", "the launch ends before all that it fetches has arrived");
  }

 private:
  /// A transfer that may not be complete.
  struct Flight {
    std::size_t fifo;
    bool token;
  };

  void breach(const char* rule, const std::string& what) {
    breaches_.add(rule, "step " + std::to_string(at_) + " of the host's sequence: " + what);
  }

  void wait(const HostStep& step) {
    const auto first = std::find_if(flying_.begin(), flying_.end(), [&](const Flight& flight) {
      return flight.fifo == step.fifo && flight.token;
    });
    if (first == flying_.end()) {
      breach("token",
             "no transfer of fifo " + plan_.fifos[step.fifo].name + " with a token to wait for");
      return;
    }
    flying_.erase(flying_.begin(), first + 1);
  }

  void transfer(const HostStep& step) {
    const Fifo& fifo = plan_.fifos[step.fifo];
    const bool sends = fifo.producer.row == kShimRow;
    if (!sends && fifo.consumers[0].row != kShimRow) {
      breach("shim", "fifo " + fifo.name + " neither begins nor ends in a shim");
      return;
    }
    const std::string where =
        "step " + std::to_string(at_) + " of the host's sequence, fifo " + fifo.name;
    check_access(step.access, TileKind::shim, where, breaches_);
    check_span(step, where);
    if (step.access.stream_bytes() % piece_bytes(fifo) != 0) {
      breach("object", "fifo " + fifo.name + " takes objects of " +
                           std::to_string(piece_bytes(fifo)) + " bytes, the transfer has " +
                           std::to_string(step.access.stream_bytes()));
    }
    flying_.push_back({step.fifo, step.token});
    check_queue(fifo, step.fifo, sends ? fifo.producer : fifo.consumers[0]);
  }

  void check_span(const HostStep& step, const std::string& where) {
    const HostBuffer& buffer = plan_.host_buffers[step.buffer];
    if (step.access.end_bytes() <= buffer.bytes) return;
    breaches_.add("host buffer", where + " ends at byte " +
                                     std::to_string(step.access.end_bytes()) + " of " +
                                     buffer.name + ", which has " + std::to_string(buffer.bytes));
  }

  void check_queue(const Fifo& fifo, std::size_t index, Tile shim) {
    std::int64_t queued = 0, descriptors = 0;
    for (const Flight& flight : flying_) {
      const Fifo& other = plan_.fifos[flight.fifo];
      queued += flight.fifo == index ? 1 : 0;
      descriptors += other.producer == shim || other.consumers[0] == shim ? 1 : 0;
    }
    const std::string where = "step " + std::to_string(at_) + " of the host's sequence";
    breaches_.at_most("queue", where + ", fifo " + fifo.name, "tasks queued in the shim", queued,
                      kShimQueue);
    breaches_.at_most("descriptors", where + ", " + name_of(shim), "buffer descriptors in flight",
                      descriptors, limits_of(TileKind::shim).descriptors);
  }

  const ArrayPlan& plan_;
  Breaches& breaches_;
  std::size_t at_ = 0;
  std::vector<Flight> flying_;
};

}  // namespace

void check_sequence(const ArrayPlan& plan, Breaches& breaches) {
  breaches.at_most("host buffers", "the plan", "host buffers",
                   static_cast<std::int64_t>(plan.host_buffers.size()), kMaxHostBuffers);
  if (plan.launches < 1) breaches.add("launches", "the plan has no launch");
  for (const HostBuffer& buffer : plan.host_buffers) {
    if (buffer.bytes < 1 || buffer.launch_stride_bytes < 0) {
      breaches.add("host buffer", "host buffer " + buffer.name + " has " +
                                      std::to_string(buffer.bytes) + " bytes");
    }
  }
  std::size_t before = 0;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const std::size_t first = plan.stages[i].first;
    const bool in_order = i == 0 ? first == 0 : first > before;
    if (!in_order || first >= plan.sequence.size()) {
      breaches.add("stage", "stage " + plan.stages[i].name + " begins at step " +
                                std::to_string(first) + " of " +
                                std::to_string(plan.sequence.size()) +
                                "; the first begins at 0, each after the one before it");
    }
    before = first;
  }
  SequenceCheck(plan, breaches).run();
}

}  // namespace tessera::compute::npu
