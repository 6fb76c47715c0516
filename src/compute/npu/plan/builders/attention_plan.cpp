#include "src/compute/npu/plan/builders/attention_plan.h"

#include <algorithm>
#include <string>

#include "src/compute/npu/plan/builders/host_access.h"
#include "src/compute/npu/plan/builders/steps.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

std::int64_t blocks_of(std::int64_t n, std::int64_t block) { return (n + block - 1) / block; }

void check_sizes(const AttentionShape& shape) {
  const std::int64_t least = std::min({shape.heads, shape.queries, shape.keys, shape.d_head,
                                       shape.element_bytes, shape.query_rows, shape.key_rows});
  if (least >= 1) return;
  throw Error(ErrorCode::bad_argument,
              "attention_plan: expected sizes of at least 1, got " + std::to_string(least));
}

Access block_walk(const Blocks& blocks, std::int64_t rows, std::int64_t row_bytes,
                  std::int64_t element_bytes) {
  if (blocks.rows == 0) return {};
  if (rows % blocks.rows != 0 || row_bytes % (blocks.columns * element_bytes) != 0) {
    throw Error(ErrorCode::bad_argument,
                "attention_plan: blocks of " + std::to_string(blocks.rows) + " x " +
                    std::to_string(blocks.columns) + " do not divide " + std::to_string(rows) +
                    " rows of " + std::to_string(row_bytes) + " bytes");
  }
  return blocked_access(rows, row_bytes, blocks.rows, blocks.columns * element_bytes);
}

class AttentionBuilder {
 public:
  AttentionBuilder(const AttentionShape& shape, const AttentionKernels& kernels, KeyPlace place)
      : shape_(shape),
        place_(place),
        rounds_(blocks_of(shape.queries, kCoreRows * shape.query_rows)),
        key_blocks_(blocks_of(shape.keys, shape.key_rows)),
        row_bytes_(shape.d_head * shape.element_bytes),
        model_bytes_(shape.heads * row_bytes_),
        q_bytes_(shape.query_rows * row_bytes_),
        kv_bytes_(2 * shape.key_rows * row_bytes_) {
    plan_.name = "attention_" + std::to_string(shape.heads) + "x" + std::to_string(shape.queries);
    plan_.kernels = {kernels.begin, kernels.step, kernels.finish};
    const std::int64_t rows = padded_rows(shape);
    plan_.host_buffers = {{"qkv", rows * 3 * model_bytes_, 0}, {"out", rows * model_bytes_, 0}};
  }

  ArrayPlan build() {
    const int columns = static_cast<int>(std::min<std::int64_t>(kColumns, shape_.heads));
    for (int column = 0; column < columns; ++column) {
      add_keys(column);
      add_queries(column);
      add_results(column);
      for (int row = 0; row < kCoreRows; ++row) add_core(column, row);
    }
    add_transfers();
    return std::move(plan_);
  }

 private:
  /// The fifos of a column.
  struct Column {
    std::size_t keys_in = 0, keys = 0, queries_in = 0, out = 0;
    std::vector<std::size_t> queries, results;  ///< by row of cores
  };

  std::size_t add(Fifo fifo) {
    plan_.fifos.push_back(std::move(fifo));
    return plan_.fifos.size() - 1;
  }

  /// K and V come first: a repeated object takes a descriptor per repetition, and channels of even
  /// number and of odd number have 24 each.
  void add_keys(int column) {
    columns_.emplace_back();
    const std::string number = std::to_string(column);
    const Tile memtile{column, kMemtileRow};
    const bool streamed = place_ == KeyPlace::streamed;
    const std::int64_t blocks = streamed ? 1 : key_blocks_;
    const std::int64_t depth = place_ == KeyPlace::once ? 1 : 2;
    const Access walk =
        block_walk(shape_.kv, 2 * shape_.key_rows * blocks, row_bytes_, shape_.element_bytes);
    std::vector<Tile> cores;
    for (int row = 0; row < kCoreRows; ++row) cores.push_back({column, kFirstCoreRow + row});
    const std::int64_t bytes = blocks * kv_bytes_;
    columns_.back().keys_in =
        add({"kv_in" + number, {column, kShimRow}, {memtile}, bytes, bytes, 2, depth, {}, {}, 1});
    columns_.back().keys = add({"kv" + number,
                                memtile,
                                std::move(cores),
                                bytes,
                                kv_bytes_,
                                depth,
                                2,
                                walk,
                                {},
                                streamed ? 1 : rounds_});
    plan_.links.push_back({{columns_.back().keys_in}, {columns_.back().keys}, {}});
  }

  void add_queries(int column) {
    const std::string number = std::to_string(column);
    const Tile memtile{column, kMemtileRow};
    const Access walk = block_walk(shape_.q, shape_.query_rows, row_bytes_, shape_.element_bytes);
    const std::int64_t bytes = kCoreRows * q_bytes_;
    Column& fifos = columns_.back();
    fifos.queries_in =
        add({"q_in" + number, {column, kShimRow}, {memtile}, bytes, bytes, 2, 2, {}, {}, 1});
    Link split{{fifos.queries_in}, {}, {}};
    for (int row = 0; row < kCoreRows; ++row) {
      fifos.queries.push_back(add({"q" + number + "_" + std::to_string(row),
                                   memtile,
                                   {{column, kFirstCoreRow + row}},
                                   q_bytes_,
                                   q_bytes_,
                                   2,
                                   1,
                                   walk,
                                   {},
                                   1}));
      split.outputs.push_back(fifos.queries.back());
      split.offsets_bytes.push_back(row * q_bytes_);
    }
    plan_.links.push_back(std::move(split));
  }

  void add_results(int column) {
    const std::string number = std::to_string(column);
    const Tile shim{column, kShimRow}, memtile{column, kMemtileRow};
    const Access walk = block_walk(shape_.o, shape_.query_rows, row_bytes_, shape_.element_bytes);
    Column& fifos = columns_.back();
    Link join;
    for (int row = 0; row < kCoreRows; ++row) {
      fifos.results.push_back(add({"o" + number + "_" + std::to_string(row),
                                   {column, kFirstCoreRow + row},
                                   {memtile},
                                   q_bytes_,
                                   q_bytes_,
                                   1,
                                   2,
                                   {},
                                   walk,
                                   1}));
      join.inputs.push_back(fifos.results.back());
      join.offsets_bytes.push_back(row * q_bytes_);
    }
    const std::int64_t bytes = kCoreRows * q_bytes_;
    fifos.out = add({"o_out" + number, memtile, {shim}, bytes, bytes, 2, 2, {}, {}, 1});
    join.outputs.push_back(fifos.out);
    plan_.links.push_back(std::move(join));
  }

  void add_core(int column, int row) {
    const Column& fifos = columns_[static_cast<std::size_t>(column)];
    const std::size_t q = fifos.queries[static_cast<std::size_t>(row)];
    const std::size_t o = fifos.results[static_cast<std::size_t>(row)];
    Core core{{column, kFirstCoreRow + row}, {}, 0, {}};
    for (const CoreKernel& kernel : plan_.kernels) {
      core.stack_bytes = std::max(core.stack_bytes, kernel.stack_bytes + 1024);
    }
    std::vector<Argument> state;
    for (const std::size_t bytes : plan_.kernels[0].buffer_bytes) {
      state.push_back(buffer_at(core.buffers.size()));
      core.buffers.push_back(
          {"state" + std::to_string(core.buffers.size()), static_cast<std::int64_t>(bytes)});
    }
    const auto step = [&](std::int64_t valid) {
      std::vector<Argument> arguments = {object_of(q), object_of(fifos.keys)};
      arguments.insert(arguments.end(), state.begin(), state.end());
      npu::add(core.program, {acquire(fifos.keys),
                              call(1, std::move(arguments), {static_cast<std::int32_t>(valid)}),
                              release(fifos.keys)});
    };
    npu::add(core.program, {acquire(q), call(0, state)});
    if (key_blocks_ > 1) {
      core.program.push_back(loop_of(key_blocks_ - 1));
      step(shape_.key_rows);
      core.program.push_back(end_loop());
    }
    step(shape_.keys - (key_blocks_ - 1) * shape_.key_rows);
    std::vector<Argument> results = state;
    results.push_back(object_of(o));
    npu::add(core.program, {acquire(o), call(2, std::move(results)), release(o), release(q)});
    plan_.cores.push_back(std::move(core));
  }

  /// Four heads at a time, one per column; with streamed keys a round of queries at a time.
  void add_transfers() {
    const std::int64_t rounds = place_ == KeyPlace::streamed ? 1 : rounds_;
    std::vector<std::vector<HostStep>> groups;
    for (std::int64_t first = 0; first < shape_.heads; first += kColumns) {
      for (std::int64_t round = 0; round < rounds_; round += rounds) {
        groups.emplace_back();
        const std::int64_t heads = std::min<std::int64_t>(kColumns, shape_.heads - first);
        for (std::int64_t c = 0; c < heads; ++c) {
          add_head(first + c, round, rounds, columns_[static_cast<std::size_t>(c)], groups.back());
        }
      }
    }
    append_groups(groups, plan_.sequence);
  }

  void add_head(std::int64_t head, std::int64_t round, std::int64_t rounds, const Column& fifos,
                std::vector<HostStep>& group) const {
    const std::int64_t pitch = 3 * model_bytes_, column = head * row_bytes_;
    const std::int64_t rows = kCoreRows * shape_.query_rows;
    group.push_back(send(
        fifos.queries_in, 0,
        fit_shim(rows_access(rounds * rows, row_bytes_, pitch, round * rows * pitch + column))));
    group.push_back(
        send(fifos.keys_in, 0,
             {model_bytes_ + column,
              {{key_blocks_, shape_.key_rows * pitch}, {2, model_bytes_}, {shape_.key_rows, pitch}},
              row_bytes_}));
    group.push_back(fetch(fifos.out, 1,
                          fit_shim(rows_access(rounds * rows, row_bytes_, model_bytes_,
                                               round * rows * model_bytes_ + column))));
  }

  AttentionShape shape_;
  KeyPlace place_;
  std::int64_t rounds_;  ///< in which a column's cores take all query blocks
  std::int64_t key_blocks_;
  std::int64_t row_bytes_;    ///< of a head
  std::int64_t model_bytes_;  ///< of all heads
  std::int64_t q_bytes_, kv_bytes_;
  ArrayPlan plan_;
  std::vector<Column> columns_;
};

}  // namespace

std::int64_t padded_rows(const AttentionShape& shape) {
  const std::int64_t queries = kCoreRows * shape.query_rows;
  return std::max(blocks_of(shape.queries, queries) * queries,
                  blocks_of(shape.keys, shape.key_rows) * shape.key_rows);
}

ArrayPlan attention_plan(const AttentionShape& shape, const AttentionKernels& kernels,
                         KeyPlace place) {
  check_sizes(shape);
  return AttentionBuilder(shape, kernels, place).build();
}

ArrayPlan attention_plan(const AttentionShape& shape, const AttentionKernels& kernels) {
  for (const KeyPlace place : {KeyPlace::twice, KeyPlace::once}) {
    ArrayPlan plan = attention_plan(shape, kernels, place);
    if (check_plan(plan).empty()) return plan;
  }
  ArrayPlan plan = attention_plan(shape, kernels, KeyPlace::streamed);
  require_valid(plan);
  return plan;
}

}  // namespace tessera::compute::npu
