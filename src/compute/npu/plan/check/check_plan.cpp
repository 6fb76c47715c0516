#include "src/compute/npu/plan/check/check_plan.h"

#include <algorithm>
#include <set>

#include "src/compute/npu/plan/check/check_parts.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

bool in_array(Tile tile) {
  return tile.column >= 0 && tile.column < kColumns && tile.row >= 0 && tile.row < kRows;
}

std::string coordinates(Tile tile) {
  return "(" + std::to_string(tile.column) + "," + std::to_string(tile.row) + ")";
}

void check_tile(Tile tile, const std::string& who, Breaches& breaches) {
  if (in_array(tile)) return;
  breaches.add("tile", who + " is on " + coordinates(tile) + "; the array has columns 0 to " +
                           std::to_string(kColumns - 1) + " and rows 0 to " +
                           std::to_string(kRows - 1));
}

/// A symbol of MLIR and a name in a file: letters, digits, _ and -.
void check_name(const std::string& name, const char* what, std::set<std::string>& names,
                Breaches& breaches) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain) {
    breaches.add("name", std::string(what) + " '" + name + "': letters, digits and _ only");
  } else if (!names.insert(name).second) {
    breaches.add("name", std::string(what) + " '" + name + "' is there twice");
  }
}

void check_index(std::size_t index, std::size_t size, const std::string& who, const char* what,
                 Breaches& breaches) {
  if (index < size) return;
  breaches.add("reference", who + " names " + what + " " + std::to_string(index) + " of " +
                                std::to_string(size));
}

void check_step(const ArrayPlan& plan, const Core& core, std::size_t index, Breaches& breaches) {
  const Step& step = core.program[index];
  const std::string who = name_of(core.tile) + ", step " + std::to_string(index);
  if (step.kind == Step::Kind::acquire || step.kind == Step::Kind::release) {
    check_index(step.index, plan.fifos.size(), who, "fifo", breaches);
  }
  if (step.kind != Step::Kind::call) return;
  check_index(step.index, plan.kernels.size(), who, "kernel", breaches);
  for (const Argument& argument : step.arguments) {
    if (argument.source == Argument::Source::fifo) {
      check_index(argument.index, plan.fifos.size(), who, "fifo", breaches);
    } else {
      check_index(argument.index, core.buffers.size(), who, "buffer", breaches);
    }
  }
}

void check_core_names(const ArrayPlan& plan, Breaches& breaches) {
  std::set<Tile> tiles;
  for (const Core& core : plan.cores) {
    check_tile(core.tile, "a core", breaches);
    if (in_array(core.tile) && kind_of(core.tile) != TileKind::core) {
      breaches.add("tile", name_of(core.tile) + " cannot run a program");
    }
    if (!tiles.insert(core.tile).second) {
      breaches.add("tile", name_of(core.tile) + " has two programs");
    }
    std::set<std::string> buffers;
    for (const LocalBuffer& buffer : core.buffers) {
      check_name(buffer.name, "buffer", buffers, breaches);
    }
    for (std::size_t i = 0; i < core.program.size(); ++i) check_step(plan, core, i, breaches);
  }
}

}  // namespace

void check_references(const ArrayPlan& plan, Breaches& breaches) {
  std::set<std::string> fifos, kernels, buffers;
  for (const CoreKernel& kernel : plan.kernels) {
    check_name(kernel.name, "kernel", kernels, breaches);
  }
  for (const HostBuffer& buffer : plan.host_buffers) {
    check_name(buffer.name, "host buffer", buffers, breaches);
  }
  for (const Fifo& fifo : plan.fifos) {
    check_name(fifo.name, "fifo", fifos, breaches);
    check_tile(fifo.producer, "fifo " + fifo.name, breaches);
    for (const Tile tile : fifo.consumers) check_tile(tile, "fifo " + fifo.name, breaches);
    if (fifo.consumers.empty()) breaches.add("fifo", "fifo " + fifo.name + " has no consumer");
  }
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    const std::string who = "link " + std::to_string(i);
    for (const std::size_t f : plan.links[i].inputs) {
      check_index(f, plan.fifos.size(), who, "fifo", breaches);
    }
    for (const std::size_t f : plan.links[i].outputs) {
      check_index(f, plan.fifos.size(), who, "fifo", breaches);
    }
  }
  check_core_names(plan, breaches);
  for (std::size_t i = 0; i < plan.sequence.size(); ++i) {
    const std::string who = "step " + std::to_string(i) + " of the host's sequence";
    check_index(plan.sequence[i].fifo, plan.fifos.size(), who, "fifo", breaches);
    if (plan.sequence[i].kind == HostStep::Kind::wait) continue;
    check_index(plan.sequence[i].buffer, plan.host_buffers.size(), who, "host buffer", breaches);
  }
}

std::vector<Violation> check_plan(const ArrayPlan& plan) {
  Breaches breaches;
  check_references(plan, breaches);
  if (!breaches.none()) return breaches.take();
  check_fifos(plan, breaches);
  check_links(plan, breaches);
  if (!breaches.none()) return breaches.take();
  check_tiles(plan, breaches);
  check_programs(plan, breaches);
  check_sequence(plan, breaches);
  return breaches.take();
}

void require_valid(const ArrayPlan& plan) {
  const std::vector<Violation> found = check_plan(plan);
  if (found.empty()) return;
  std::string message = "plan " + plan.name + ": " + found.front().message;
  if (found.size() > 1) message += " (and " + std::to_string(found.size() - 1) + " more)";
  throw Error(ErrorCode::bad_argument, message);
}

}  // namespace tessera::compute::npu
