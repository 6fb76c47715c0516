#include "src/compute/npu/plan/builders/tile_plans.h"

#include <algorithm>
#include <string>

#include "src/compute/npu/plan/builders/host_access.h"
#include "src/compute/npu/plan/builders/steps.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// Rounds that one transfer covers: an iteration of a shim's dimensions.
constexpr std::int64_t kRounds = kShimIterations;

std::size_t stack_for(const CoreKernel& kernel) { return kernel.stack_bytes + 1024; }

/// The names of a column's fifos end with its number.
std::string named(const char* name, int column) { return name + std::to_string(column); }
std::string named(const char* name, int column, int row) {
  return named(name, column) + "_" + std::to_string(row);
}

std::size_t add_fifo(ArrayPlan& plan, Fifo fifo) {
  plan.fifos.push_back(std::move(fifo));
  return plan.fifos.size() - 1;
}

Fifo plain_fifo(std::string name, Tile from, std::vector<Tile> to, std::int64_t bytes) {
  Fifo fifo;
  fifo.name = std::move(name);
  fifo.producer = from;
  fifo.consumers = std::move(to);
  fifo.object_bytes = bytes;
  fifo.consumer_bytes = bytes;
  return fifo;
}

/// What goes into a column and what comes out of it.
struct Ends {
  std::vector<std::size_t> inputs;
  std::size_t output;
};

Core tile_core(const TileWork& work, Tile tile, std::size_t input, std::size_t output) {
  Core core{tile, {}, stack_for(work.kernel), {}};
  core.program = {acquire(input), acquire(output),
                  call(0, {object_of(input), object_of(output)}, work.scalars), release(input),
                  release(output)};
  return core;
}

Ends add_single_core(const TileWork& work, ArrayPlan& plan) {
  const Tile shim{0, kShimRow}, core{0, kFirstCoreRow};
  const std::size_t input = add_fifo(plan, plain_fifo("in0", shim, {core}, work.input_bytes));
  const std::size_t output = add_fifo(plan, plain_fifo("out0", core, {shim}, work.output_bytes));
  plan.cores.push_back(tile_core(work, core, input, output));
  return {{input}, output};
}

/// A memory tile that splits what comes in among its column's cores and joins what they make.
Ends add_column(const TileWork& work, int column, ArrayPlan& plan) {
  const Tile shim{column, kShimRow}, memtile{column, kMemtileRow};
  const std::size_t input = add_fifo(
      plan, plain_fifo(named("in", column), shim, {memtile}, kCoreRows * work.input_bytes));
  const std::size_t output = add_fifo(
      plan, plain_fifo(named("out", column), memtile, {shim}, kCoreRows * work.output_bytes));
  Link split{{input}, {}, {}}, join{{}, {output}, {}};
  for (int row = 0; row < kCoreRows; ++row) {
    const Tile core{column, kFirstCoreRow + row};
    const std::size_t in =
        add_fifo(plan, plain_fifo(named("in", column, row), memtile, {core}, work.input_bytes));
    const std::size_t out =
        add_fifo(plan, plain_fifo(named("out", column, row), core, {memtile}, work.output_bytes));
    split.outputs.push_back(in);
    split.offsets_bytes.push_back(row * work.input_bytes);
    join.inputs.push_back(out);
    join.offsets_bytes.push_back(row * work.output_bytes);
    plan.cores.push_back(tile_core(work, core, in, out));
  }
  plan.links.push_back(std::move(split));
  plan.links.push_back(std::move(join));
  return {{input}, output};
}

/// Rounds [first, first + rounds) of a buffer that has `round_bytes` for all and `bytes` for this.
Access rounds_of(std::int64_t first, std::int64_t rounds, std::int64_t round_bytes,
                 std::int64_t bytes, std::int64_t offset) {
  return fit_shim(rows_access(rounds, bytes, round_bytes, first * round_bytes + offset));
}

}  // namespace

ArrayPlan tile_parallel_plan(const TileWork& work, int cores) {
  if (cores != 1 && cores != kCoreRows && cores != kCores) {
    throw Error(ErrorCode::bad_argument,
                "tile_parallel_plan: expected 1, 4 or 16 cores, got " + std::to_string(cores));
  }
  ArrayPlan plan;
  plan.name = "tiles_" + std::to_string(cores);
  plan.kernels = {work.kernel};
  const std::int64_t rounds = (work.tiles + cores - 1) / cores;
  plan.host_buffers = {{"input", rounds * cores * work.input_bytes, 0},
                       {"output", rounds * cores * work.output_bytes, 0}};
  std::vector<Ends> columns;
  if (cores == 1) columns.push_back(add_single_core(work, plan));
  for (int column = 0; column < cores / kCoreRows; ++column) {
    columns.push_back(add_column(work, column, plan));
  }
  const std::int64_t per_column = cores / static_cast<std::int64_t>(columns.size());
  std::vector<std::vector<HostStep>> groups;
  for (std::int64_t first = 0; first < rounds; first += kRounds) {
    const std::int64_t count = std::min(kRounds, rounds - first);
    groups.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::int64_t before = static_cast<std::int64_t>(c) * per_column;
      groups.back().push_back(
          send(columns[c].inputs[0], 0,
               rounds_of(first, count, cores * work.input_bytes, per_column * work.input_bytes,
                         before * work.input_bytes)));
      groups.back().push_back(
          fetch(columns[c].output, 1,
                rounds_of(first, count, cores * work.output_bytes, per_column * work.output_bytes,
                          before * work.output_bytes)));
    }
  }
  append_groups(groups, plan.sequence);
  return plan;
}

ArrayPlan row_parallel_plan(const RowWork& work) {
  ArrayPlan plan;
  plan.name = "rows_4";
  plan.kernels = {work.kernel};
  plan.host_buffers = {{"queries", work.tiles * work.query_bytes, 0},
                       {"keys_values", work.tiles * work.key_value_bytes, 0},
                       {"output", work.tiles * work.output_bytes, 0}};
  const Tile shim{0, kShimRow}, memtile{0, kMemtileRow};
  std::vector<Tile> cores;
  for (int row = 0; row < kCoreRows; ++row) cores.push_back({0, kFirstCoreRow + row});
  const std::size_t queries = add_fifo(plan, plain_fifo("q", shim, {memtile}, work.query_bytes));
  const std::size_t keys = add_fifo(plan, plain_fifo("kv", shim, {memtile}, work.key_value_bytes));
  const std::size_t spread =
      add_fifo(plan, plain_fifo("kv_all", memtile, cores, work.key_value_bytes));
  const std::size_t output = add_fifo(plan, plain_fifo("o", memtile, {shim}, work.output_bytes));
  Link split{{queries}, {}, {}}, join{{}, {output}, {}};
  for (int row = 0; row < kCoreRows; ++row) {
    const std::int64_t in_bytes = work.query_bytes / kCoreRows;
    const std::int64_t out_bytes = work.output_bytes / kCoreRows;
    const Tile tile = cores[static_cast<std::size_t>(row)];
    const std::size_t in = add_fifo(plan, plain_fifo(named("q", row), memtile, {tile}, in_bytes));
    const std::size_t out = add_fifo(plan, plain_fifo(named("o", row), tile, {memtile}, out_bytes));
    split.outputs.push_back(in);
    split.offsets_bytes.push_back(row * in_bytes);
    join.inputs.push_back(out);
    join.offsets_bytes.push_back(row * out_bytes);
    Core core{tile, {}, stack_for(work.kernel), {}};
    core.program = {
        acquire(in),  acquire(spread),
        acquire(out), call(0, {object_of(in), object_of(spread), object_of(out)}, work.scalars),
        release(in),  release(spread),
        release(out)};
    plan.cores.push_back(std::move(core));
  }
  plan.links = {split, {{keys}, {spread}, {}}, join};
  append_groups({{send(queries, 0, linear_access(work.tiles * work.query_bytes)),
                  send(keys, 1, linear_access(work.tiles * work.key_value_bytes)),
                  fetch(output, 2, linear_access(work.tiles * work.output_bytes))}},
                plan.sequence);
  return plan;
}

}  // namespace tessera::compute::npu
