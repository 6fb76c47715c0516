#include "src/compute/npu/plan/array_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// Bytes of program that call kernels, estimated: a prologue; for a lock operation its number and
/// value, a branch's counter and delay slots, a call's pointers, in bundles of 4 to 16 bytes.
constexpr std::size_t kMainBytes = 256;
constexpr std::size_t kLockBytes = 24;
constexpr std::size_t kLoopBytes = 24;
constexpr std::size_t kCallBytes = 48;

std::size_t program_bytes(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::acquire:
    case Step::Kind::release:
      return kLockBytes;
    case Step::Kind::loop:
    case Step::Kind::end:
      return kLoopBytes;
    case Step::Kind::call:
      break;
  }
  return kCallBytes;
}

template <class Things>
std::size_t index_of(const Things& things, const std::string& name, const char* what) {
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return i;
  }
  throw Error(ErrorCode::bad_argument, std::string("the plan has no ") + what + " '" + name + "'");
}

/// How many parts the memory tile's object has on the other side of the link from this fifo: each
/// part has its own locks, hence its own descriptor.
struct LinkEnd {
  const Link* link = nullptr;
  bool input = false;
};

LinkEnd link_end(const ArrayPlan& plan, std::size_t fifo, bool input) {
  for (const Link& link : plan.links) {
    const auto& ends = input ? link.inputs : link.outputs;
    if (std::find(ends.begin(), ends.end(), fifo) != ends.end()) return {&link, input};
  }
  return {};
}

void add_producer_end(const ArrayPlan& plan, std::size_t index, TileUse& use) {
  const Fifo& fifo = plan.fifos[index];
  use.outputs.push_back(index);
  int descriptors = static_cast<int>(fifo.producer_depth);
  if (use.tile.row == kShimRow) {
    descriptors = 0;
  } else if (use.tile.row == kMemtileRow) {
    if (const LinkEnd end = link_end(plan, index, false); end.link != nullptr) {
      descriptors *=
          static_cast<int>(end.link->inputs.size() * static_cast<std::size_t>(fifo.repeat));
    }
  } else {
    use.memory_bytes += fifo.object_bytes * fifo.producer_depth;
    use.locks += 2;
  }
  use.descriptors += descriptors;
  use.output_descriptors.push_back(descriptors);
}

void add_consumer_end(const ArrayPlan& plan, std::size_t index, TileUse& use) {
  const Fifo& fifo = plan.fifos[index];
  use.inputs.push_back(index);
  int descriptors = static_cast<int>(fifo.consumer_depth);
  if (use.tile.row == kShimRow) {
    descriptors = 0;
  } else if (use.tile.row == kMemtileRow) {
    if (const LinkEnd end = link_end(plan, index, true); end.link != nullptr) {
      descriptors *= static_cast<int>(end.link->outputs.size());
    }
  } else {
    use.memory_bytes += fifo.consumer_bytes * fifo.consumer_depth;
    use.locks += 2;
  }
  use.descriptors += descriptors;
  use.input_descriptors.push_back(descriptors);
}

/// The buffers of a link: as deep as its inputs, as large as the whole object.
void add_link(const ArrayPlan& plan, const Link& link, std::map<Tile, TileUse>& uses) {
  if (link.inputs.empty() || link.outputs.empty()) return;
  const Fifo& input = plan.fifos[link.inputs[0]];
  const Fifo& output = plan.fifos[link.outputs[0]];
  TileUse& use = uses[output.producer];
  const bool join = link.inputs.size() > 1;
  use.memory_bytes += join ? output.object_bytes * output.producer_depth
                           : input.consumer_bytes * input.consumer_depth;
  use.locks += 2 * static_cast<int>(std::max(link.inputs.size(), link.outputs.size()));
}

void add_core(const ArrayPlan& plan, const Core& core, TileUse& use) {
  use.memory_bytes += static_cast<std::int64_t>(core.stack_bytes);
  for (const LocalBuffer& buffer : core.buffers) use.memory_bytes += buffer.bytes;
  std::set<std::size_t> kernels;
  use.program_bytes = kMainBytes;
  for (const Step& step : core.program) {
    use.program_bytes += program_bytes(step.kind);
    if (step.kind == Step::Kind::call) kernels.insert(step.index);
  }
  for (const std::size_t kernel : kernels) use.program_bytes += plan.kernels[kernel].program_bytes;
}

}  // namespace

Access producer_access(const Fifo& fifo) {
  return fifo.to_stream.run_bytes > 0 ? fifo.to_stream : linear_access(fifo.object_bytes);
}

Access consumer_access(const Fifo& fifo) {
  return fifo.from_stream.run_bytes > 0 ? fifo.from_stream : linear_access(fifo.consumer_bytes);
}

std::int64_t piece_bytes(const Fifo& fifo) {
  if (fifo.producer.row == kShimRow) return fifo.consumer_bytes;
  if (fifo.consumers[0].row == kShimRow) return fifo.object_bytes;
  return std::min(fifo.object_bytes, fifo.consumer_bytes);
}

std::size_t fifo_index(const ArrayPlan& plan, const std::string& name) {
  return index_of(plan.fifos, name, "fifo");
}

std::size_t host_buffer_index(const ArrayPlan& plan, const std::string& name) {
  return index_of(plan.host_buffers, name, "host buffer");
}

std::vector<TileUse> tile_uses(const ArrayPlan& plan) {
  std::map<Tile, TileUse> uses;
  const auto use_of = [&](Tile tile) -> TileUse& {
    TileUse& use = uses[tile];
    use.tile = tile;
    return use;
  };
  for (std::size_t i = 0; i < plan.fifos.size(); ++i) {
    add_producer_end(plan, i, use_of(plan.fifos[i].producer));
    for (const Tile consumer : plan.fifos[i].consumers) add_consumer_end(plan, i, use_of(consumer));
  }
  for (const Link& link : plan.links) add_link(plan, link, uses);
  for (const Core& core : plan.cores) add_core(plan, core, use_of(core.tile));
  std::vector<TileUse> result;
  result.reserve(uses.size());
  for (auto& [tile, use] : uses) result.push_back(std::move(use));
  return result;
}

}  // namespace tessera::compute::npu
