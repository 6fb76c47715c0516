// The rules of tiles: channels, descriptors, locks, memory, program.
#include <algorithm>
#include <set>

#include "src/compute/npu/plan/check/check_parts.h"

namespace tessera::compute::npu {
namespace {

/// What a core's main function keeps on the stack beside the deepest kernel.
constexpr std::size_t kMainStackBytes = 256;

void check_descriptors(const TileUse& use, const TileLimits& limits, const std::string& where,
                       Breaches& breaches) {
  breaches.at_most("descriptors", where, "buffer descriptors", use.descriptors, limits.descriptors);
  if (limits.per_parity == limits.descriptors) return;
  int by_parity[2] = {0, 0};
  for (const auto& channels : {use.input_descriptors, use.output_descriptors}) {
    for (std::size_t i = 0; i < channels.size(); ++i) by_parity[i % 2] += channels[i];
  }
  breaches.at_most("descriptors", where, "buffer descriptors on even channels", by_parity[0],
                   limits.per_parity);
  breaches.at_most("descriptors", where, "buffer descriptors on odd channels", by_parity[1],
                   limits.per_parity);
}

void check_use(const TileUse& use, Breaches& breaches) {
  const TileKind kind = kind_of(use.tile);
  const TileLimits& limits = limits_of(kind);
  const std::string where = name_of(use.tile);
  breaches.at_most("channels", where, "fifos coming in, by DMA channels",
                   static_cast<std::int64_t>(use.inputs.size()), limits.channels);
  breaches.at_most("channels", where, "fifos going out, by DMA channels",
                   static_cast<std::int64_t>(use.outputs.size()), limits.channels);
  check_descriptors(use, limits, where, breaches);
  breaches.at_most("locks", where, "locks", use.locks, limits.locks);
  if (kind == TileKind::shim) return;
  breaches.at_most("memory", where, "bytes of objects, buffers and stack", use.memory_bytes,
                   static_cast<std::int64_t>(limits.memory));
  breaches.at_most("program", where, "bytes of program",
                   static_cast<std::int64_t>(use.program_bytes), kProgramBytes);
}

/// The default stack of 1 KB runs into the first buffer without a word: it is always said.
void check_stack(const ArrayPlan& plan, const Core& core, Breaches& breaches) {
  std::size_t wanted = 0;
  const CoreKernel* deepest = nullptr;
  for (const Step& step : core.program) {
    if (step.kind != Step::Kind::call) continue;
    const CoreKernel& kernel = plan.kernels[step.index];
    if (deepest != nullptr && kernel.stack_bytes <= deepest->stack_bytes) continue;
    deepest = &kernel;
    wanted = kernel.stack_bytes + kMainStackBytes;
  }
  if (core.stack_bytes >= wanted) return;
  breaches.add("stack", name_of(core.tile) + " has a stack of " + std::to_string(core.stack_bytes) +
                            " bytes; kernel " + deepest->name + " needs " + std::to_string(wanted));
}

}  // namespace

void check_tiles(const ArrayPlan& plan, Breaches& breaches) {
  for (const TileUse& use : tile_uses(plan)) check_use(use, breaches);
  for (const Core& core : plan.cores) check_stack(plan, core, breaches);
  // Every core that a fifo comes to or leaves has a program that tends it.
  std::set<Tile> cores;
  for (const Core& core : plan.cores) cores.insert(core.tile);
  const auto check = [&](Tile tile, const Fifo& fifo) {
    if (kind_of(tile) != TileKind::core || cores.count(tile) > 0) return;
    breaches.add("tile", name_of(tile) + " has fifo " + fifo.name + " and no program");
  };
  for (const Fifo& fifo : plan.fifos) {
    check(fifo.producer, fifo);
    for (const Tile tile : fifo.consumers) check(tile, fifo);
  }
}

}  // namespace tessera::compute::npu
