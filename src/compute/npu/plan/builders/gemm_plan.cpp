#include "src/compute/npu/plan/builders/gemm_plan.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "src/compute/npu/plan/builders/host_access.h"
#include "src/compute/npu/plan/builders/steps.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

void check_blocks(const Blocks& blocks, std::int64_t rows, std::int64_t columns, const char* name) {
  const bool row_by_row = blocks.rows == 0 && blocks.columns == 0;
  if (row_by_row || (blocks.rows > 0 && blocks.columns > 0 && rows % blocks.rows == 0 &&
                     columns % blocks.columns == 0)) {
    return;
  }
  throw Error(ErrorCode::bad_argument,
              std::string("gemm_plan: blocks of ") + std::to_string(blocks.rows) + " x " +
                  std::to_string(blocks.columns) + " do not divide a tile of " + name + " of " +
                  std::to_string(rows) + " x " + std::to_string(columns));
}

void check_sizes(const GemmShape& shape, const GemmTile& tile) {
  const std::int64_t least =
      std::min({shape.m, shape.k, shape.n, tile.m, tile.k, tile.n, tile.panel_tiles,
                tile.a_element_bytes, tile.b_element_bytes, tile.c_element_bytes});
  if (least < 1) {
    throw Error(ErrorCode::bad_argument,
                "gemm_plan: expected sizes of at least 1, got " + std::to_string(least));
  }
  check_blocks(tile.a, tile.m, tile.k, "A");
  check_blocks(tile.b, tile.k, tile.n, "B");
  check_blocks(tile.c, tile.m, tile.n, "C");
}

/// The walk through `rows` rows of `row_bytes` bytes in such blocks; in order without blocks.
Access block_walk(const Blocks& blocks, std::int64_t rows, std::int64_t row_bytes,
                  std::int64_t element_bytes) {
  if (blocks.rows == 0) return {};
  return blocked_access(rows, row_bytes, blocks.rows, blocks.columns * element_bytes);
}

/// Builds the plan piece by piece.
class GemmBuilder {
 public:
  GemmBuilder(const GemmShape& shape, const GemmTile& tile, const GemmKernels& kernels,
              std::int64_t a_pitch)
      : tile_(tile),
        padded_(padded(shape, tile)),
        a_pitch_(a_pitch > 0 ? a_pitch : padded_.k * tile.a_element_bytes),
        panel_(tile.k * tile.panel_tiles),
        a_bytes_(tile.m * tile.k * tile.a_element_bytes),
        b_bytes_(tile.k * tile.n * tile.b_element_bytes),
        c_bytes_(tile.m * tile.n * tile.c_element_bytes),
        finishes_(kernels.finish.has_value()) {
    plan_.name = "gemm_" + std::to_string(shape.m) + "x" + std::to_string(shape.k) + "x" +
                 std::to_string(shape.n);
    plan_.kernels = {kernels.zero, kernels.multiply};
    if (finishes_) plan_.kernels.push_back(*kernels.finish);
    const std::int64_t a_row = padded_.k * tile.a_element_bytes;
    plan_.host_buffers = {{"a", (padded_.m - 1) * a_pitch_ + a_row, 0},
                          {"b", padded_.k * padded_.n * tile.b_element_bytes, 0},
                          {"c", padded_.m * padded_.n * tile.c_element_bytes, 0}};
  }

  ArrayPlan build() {
    for (int i = 0; i < kColumns; ++i) add_panels(i);
    for (int column = 0; column < kColumns; ++column) add_results(column);
    for (int column = 0; column < kColumns; ++column) {
      for (int row = 0; row < kCoreRows; ++row) add_core(column, row);
    }
    add_transfers();
    return std::move(plan_);
  }

 private:
  std::size_t add(Fifo fifo) {
    plan_.fifos.push_back(std::move(fifo));
    return plan_.fifos.size() - 1;
  }

  /// A fifo from a shim to its memory tile and on to cores: panels come in, tiles go out in blocks.
  /// `written` is how the memory tile puts a panel of rows into tiles, if it is not in order.
  std::size_t add_panel(const char* name, int column, std::vector<Tile> cores,
                        std::int64_t tile_bytes, Access written, Access read) {
    const std::string number = std::to_string(column);
    const Tile memtile{column, kMemtileRow};
    const std::int64_t bytes = tile_bytes * tile_.panel_tiles;
    Fifo in{name + ("_in" + number),
            {column, kShimRow},
            {memtile},
            bytes,
            bytes,
            2,
            2,
            {},
            std::move(written),
            1};
    Fifo out{
        name + number, memtile, std::move(cores), bytes, tile_bytes, 2, 2, std::move(read), {}, 1};
    const std::size_t from = add(std::move(in)), to = add(std::move(out));
    plan_.links.push_back({{from}, {to}, {}});
    return from;
  }

  /// Row `i` of cores gets its panels of A through memory tile `i`, column `i` those of B.
  void add_panels(int i) {
    std::vector<Tile> row, column;
    for (int j = 0; j < kColumns; ++j) row.push_back({j, kFirstCoreRow + i});
    for (int j = 0; j < kCoreRows; ++j) column.push_back({i, kFirstCoreRow + j});
    const std::int64_t a_row = tile_.k * tile_.a_element_bytes;
    const std::int64_t b_row = tile_.n * tile_.b_element_bytes;
    // A panel of A comes as rows of all its tiles: (m, tile, k) becomes (tile, m, k).
    Access tiles_of_rows;
    if (tile_.panel_tiles > 1) {
      tiles_of_rows = {0, {{tile_.m, a_row}, {tile_.panel_tiles, a_bytes_}}, a_row};
    }
    a_.push_back(
        add_panel("a", i, std::move(row), a_bytes_, tiles_of_rows,
                  block_walk(tile_.a, tile_.panel_tiles * tile_.m, a_row, tile_.a_element_bytes)));
    b_.push_back(add_panel("b", i, std::move(column), b_bytes_, {},
                           block_walk(tile_.b, panel_, b_row, tile_.b_element_bytes)));
  }

  /// A column's tiles of C meet in its memory tile, out of their blocks.
  void add_results(int column) {
    const std::string number = std::to_string(column);
    const Tile shim{column, kShimRow}, memtile{column, kMemtileRow};
    const Access rows =
        block_walk(tile_.c, tile_.m, tile_.n * tile_.c_element_bytes, tile_.c_element_bytes);
    Link join;
    for (int row = 0; row < kCoreRows; ++row) {
      Fifo part{"c" + number + "_" + std::to_string(row),
                {column, kFirstCoreRow + row},
                {memtile},
                c_bytes_,
                c_bytes_,
                1,
                2,
                {},
                rows,
                1};
      join.inputs.push_back(add(std::move(part)));
      join.offsets_bytes.push_back(row * c_bytes_);
    }
    Fifo out{"c_out" + number,
             memtile,
             {shim},
             kCoreRows * c_bytes_,
             kCoreRows * c_bytes_,
             2,
             2,
             {},
             {},
             1};
    c_.push_back(add(std::move(out)));
    join.outputs.push_back(c_.back());
    plan_.links.push_back(std::move(join));
  }

  void add_core(int column, int row) {
    const auto index = [&](const char* name, int i) {
      return fifo_index(plan_, name + std::to_string(i));
    };
    const std::size_t a = index("a", row), b = index("b", column);
    const std::size_t c =
        fifo_index(plan_, "c" + std::to_string(column) + "_" + std::to_string(row));
    Core core{{column, kFirstCoreRow + row}, {}, 0, {}};
    for (const CoreKernel& kernel : plan_.kernels) {
      core.stack_bytes = std::max(core.stack_bytes, kernel.stack_bytes + 1024);
    }
    if (finishes_) {
      core.buffers.push_back(
          {"sums", static_cast<std::int64_t>(plan_.kernels[0].buffer_bytes.at(0))});
    }
    const Argument sums = finishes_ ? buffer_at(0) : object_of(c);
    std::vector<Step>& program = core.program;
    if (!finishes_) program.push_back(acquire(c));
    npu::add(program,
             {call(0, {sums}), loop_of(padded_.k / tile_.k), acquire(a), acquire(b),
              call(1, {object_of(a), object_of(b), sums}), release(a), release(b), end_loop()});
    if (finishes_) npu::add(program, {acquire(c), call(2, {sums, object_of(c)})});
    program.push_back(release(c));
    plan_.cores.push_back(std::move(core));
  }

  /// Row blocks of C from above to below; within one, column blocks from left to right. A panel of
  /// A is sent again for each of them.
  void add_transfers() {
    const std::int64_t m_blocks = padded_.m / (kCoreRows * tile_.m);
    const std::int64_t n_blocks = padded_.n / (kColumns * tile_.n);
    std::vector<std::vector<HostStep>> groups;
    for (std::int64_t mb = 0; mb < m_blocks; ++mb) {
      for (std::int64_t nb = 0; nb < n_blocks; nb += kShimIterations) {
        groups.emplace_back();
        for (int i = 0; i < kColumns; ++i) {
          add_group(mb, nb, std::min(kShimIterations, n_blocks - nb), i, groups.back());
        }
      }
    }
    append_groups(groups, plan_.sequence);
  }

  void add_group(std::int64_t mb, std::int64_t nb, std::int64_t count, int i,
                 std::vector<HostStep>& group) const {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t b_pitch = padded_.n * tile_.b_element_bytes;
    const std::int64_t c_pitch = padded_.n * tile_.c_element_bytes;
    const std::int64_t panels = padded_.k / panel_;
    const std::int64_t a_run = panel_ * tile_.a_element_bytes;
    const std::int64_t b_run = tile_.n * tile_.b_element_bytes;
    const std::int64_t c_run = tile_.n * tile_.c_element_bytes;
    group.push_back(send(a_[at], 0,
                         {(mb * kCoreRows + i) * tile_.m * a_pitch_,
                          {{count, 0}, {panels, a_run}, {tile_.m, a_pitch_}},
                          a_run}));
    group.push_back(
        send(b_[at], 1,
             {(nb * kColumns + i) * b_run,
              {{count, kColumns * b_run}, {panels, panel_ * b_pitch}, {panel_, b_pitch}},
              b_run}));
    group.push_back(fetch(c_[at], 2,
                          {mb * kCoreRows * tile_.m * c_pitch + (nb * kColumns + i) * c_run,
                           {{count, kColumns * c_run}, {kCoreRows * tile_.m, c_pitch}},
                           c_run}));
  }

  GemmTile tile_;
  GemmShape padded_;
  std::int64_t a_pitch_;
  std::int64_t panel_;
  std::int64_t a_bytes_, b_bytes_, c_bytes_;
  bool finishes_;
  ArrayPlan plan_;
  std::vector<std::size_t> a_, b_, c_;  ///< the shims' fifos by column
};

}  // namespace

GemmShape padded(const GemmShape& shape, const GemmTile& tile) {
  return {round_up(shape.m, kCoreRows * tile.m), round_up(shape.k, tile.k * tile.panel_tiles),
          round_up(shape.n, kColumns * tile.n)};
}

ArrayPlan gemm_plan(const GemmShape& shape, const GemmTile& tile, const GemmKernels& kernels,
                    std::int64_t a_pitch_bytes) {
  check_sizes(shape, tile);
  if (a_pitch_bytes < 0) {
    throw Error(ErrorCode::bad_argument, "gemm_plan: expected a pitch of A of at least 0, got " +
                                             std::to_string(a_pitch_bytes));
  }
  return GemmBuilder(shape, tile, kernels, a_pitch_bytes).build();
}

void copy_rows(std::span<const std::byte> from, std::int64_t from_pitch, std::span<std::byte> to,
               std::int64_t to_pitch, std::int64_t rows, std::int64_t row_bytes) {
  for (std::int64_t i = 0; i < rows; ++i) {
    std::memcpy(to.data() + i * to_pitch, from.data() + i * from_pitch,
                static_cast<std::size_t>(row_bytes));
  }
}

}  // namespace tessera::compute::npu
