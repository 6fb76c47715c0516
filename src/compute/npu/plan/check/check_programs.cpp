// The rules of cores' programs: loops, objects held, arguments.
#include <algorithm>

#include "src/compute/npu/plan/check/check_parts.h"

namespace tessera::compute::npu {
namespace {

/// Walks through one program, keeping count of the objects held.
class ProgramCheck {
 public:
  ProgramCheck(const ArrayPlan& plan, const Core& core, Breaches& breaches)
      : plan_(plan), core_(core), breaches_(breaches), held_(plan.fifos.size(), 0) {}

  void run() {
    bool acquires = false;
    for (at_ = 0; at_ < core_.program.size(); ++at_) {
      const Step& step = core_.program[at_];
      acquires = acquires || step.kind == Step::Kind::acquire;
      check(step);
    }
    if (!loops_.empty()) breach("loop", "a loop has no end");
    if (!acquires) breach("program", "the program acquires nothing and would never wait");
    for (std::size_t i = 0; i < held_.size(); ++i) {
      if (held_[i] == 0) continue;
      breach("held", "the program ends with " + std::to_string(held_[i]) + " objects of fifo " +
                         plan_.fifos[i].name);
    }
  }

 private:
  void breach(const char* rule, const std::string& what) {
    breaches_.add(rule, name_of(core_.tile) + ", step " + std::to_string(at_) + ": " + what);
  }

  void check(const Step& step) {
    switch (step.kind) {
      case Step::Kind::loop:
        if (step.count < 0) breach("loop", std::to_string(step.count) + " trips");
        loops_.push_back(held_);
        break;
      case Step::Kind::end:
        end_loop();
        break;
      case Step::Kind::acquire:
        acquire(step);
        break;
      case Step::Kind::release:
        release(step);
        break;
      case Step::Kind::call:
        call(step);
        break;
    }
  }

  void end_loop() {
    if (loops_.empty()) {
      breach("loop", "an end without a loop");
      return;
    }
    for (std::size_t i = 0; i < held_.size(); ++i) {
      if (held_[i] == loops_.back()[i]) continue;
      breach("held", "a trip of the loop changes the objects held of fifo " + plan_.fifos[i].name +
                         " from " + std::to_string(loops_.back()[i]) + " to " +
                         std::to_string(held_[i]));
    }
    held_ = loops_.back();
    loops_.pop_back();
  }

  bool is_port(const Fifo& fifo) const {
    return fifo.producer == core_.tile || std::find(fifo.consumers.begin(), fifo.consumers.end(),
                                                    core_.tile) != fifo.consumers.end();
  }

  void acquire(const Step& step) {
    const Fifo& fifo = plan_.fifos[step.index];
    if (!is_port(fifo)) {
      breach("held", "fifo " + fifo.name + " does not come here");
      return;
    }
    const std::int64_t depth =
        fifo.producer == core_.tile ? fifo.producer_depth : fifo.consumer_depth;
    if (held_[step.index] > 0) {
      breach("held", "acquires of fifo " + fifo.name + " while it holds " +
                         std::to_string(held_[step.index]));
    } else if (step.count < 1 || step.count > depth) {
      breach("depth", "acquires " + std::to_string(step.count) + " objects of fifo " + fifo.name +
                          ", which has room for " + std::to_string(depth));
    }
    held_[step.index] += step.count;
  }

  void release(const Step& step) {
    if (step.count < 1 || step.count > held_[step.index]) {
      breach("held", "releases " + std::to_string(step.count) + " objects of fifo " +
                         plan_.fifos[step.index].name + " and holds " +
                         std::to_string(held_[step.index]));
      held_[step.index] = 0;
      return;
    }
    held_[step.index] -= step.count;
  }

  void call(const Step& step) {
    const CoreKernel& kernel = plan_.kernels[step.index];
    if (step.arguments.size() != kernel.buffer_bytes.size() ||
        step.scalars.size() != kernel.scalars) {
      breach("arguments", kernel.name + " takes " + std::to_string(kernel.buffer_bytes.size()) +
                              " buffers and " + std::to_string(kernel.scalars) + " numbers, got " +
                              std::to_string(step.arguments.size()) + " and " +
                              std::to_string(step.scalars.size()));
      return;
    }
    for (std::size_t i = 0; i < step.arguments.size(); ++i) check_argument(step, kernel, i);
  }

  void check_argument(const Step& step, const CoreKernel& kernel, std::size_t i) {
    const Argument& argument = step.arguments[i];
    std::int64_t bytes = 0;
    std::string name;
    if (argument.source == Argument::Source::buffer) {
      bytes = core_.buffers[argument.index].bytes;
      name = core_.buffers[argument.index].name;
    } else {
      const Fifo& fifo = plan_.fifos[argument.index];
      bytes = fifo.producer == core_.tile ? fifo.object_bytes : fifo.consumer_bytes;
      name = "fifo " + fifo.name;
      if (argument.object < 0 || argument.object >= held_[argument.index]) {
        breach("held", kernel.name + " is given object " + std::to_string(argument.object) +
                           " of " + name + "; held are " + std::to_string(held_[argument.index]));
      }
    }
    if (static_cast<std::size_t>(bytes) >= kernel.buffer_bytes[i]) return;
    breach("arguments", kernel.name + " wants " + std::to_string(kernel.buffer_bytes[i]) +
                            " bytes as buffer " + std::to_string(i) + ", " + name + " has " +
                            std::to_string(bytes));
  }

  const ArrayPlan& plan_;
  const Core& core_;
  Breaches& breaches_;
  std::size_t at_ = 0;
  std::vector<std::int64_t> held_;                ///< by fifo
  std::vector<std::vector<std::int64_t>> loops_;  ///< what was held when each open loop began
};

}  // namespace

void check_programs(const ArrayPlan& plan, Breaches& breaches) {
  for (const Core& core : plan.cores) ProgramCheck(plan, core, breaches).run();
}

}  // namespace tessera::compute::npu
