#include "src/compute/npu/plan/builders/encoder_fifos.h"

#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/plan/builders/encoder_plan.h"

namespace tessera::compute::npu {
namespace {

std::size_t add(ArrayPlan& plan, std::string name, Tile from, std::vector<Tile> to,
                std::int64_t bytes) {
  Fifo fifo;
  fifo.name = std::move(name);
  fifo.producer = from;
  fifo.consumers = std::move(to);
  fifo.object_bytes = bytes;
  fifo.consumer_bytes = bytes;
  plan.fifos.push_back(std::move(fifo));
  return plan.fifos.size() - 1;
}

void link(ArrayPlan& plan, std::size_t from, std::size_t to) {
  plan.links.push_back({{from}, {to}, {}});
}

void add_results(ArrayPlan& plan, int column, EncoderFifos& fifos) {
  const auto at = static_cast<std::size_t>(column);
  const std::string number = std::to_string(column);
  const Tile shim{column, kShimRow}, memtile{column, kMemtileRow};
  Link join;
  for (int row = 0; row < kCoreRows; ++row) {
    const std::size_t part = add(plan, "c" + number + "_" + std::to_string(row),
                                 {column, kFirstCoreRow + row}, {memtile}, kPanelBytes);
    plan.fifos[part].producer_depth = 1;
    plan.fifos[part].from_stream = blocked_access(kPanelRows, kPanelRowBytes, 4, 8);
    fifos.c[at][static_cast<std::size_t>(row)] = part;
    join.inputs.push_back(part);
    join.offsets_bytes.push_back(row * kPanelBytes);
  }
  fifos.c_out[at] = add(plan, "c_out" + number, memtile, {shim}, kCoreRows * kPanelBytes);
  join.outputs.push_back(fifos.c_out[at]);
  plan.links.push_back(std::move(join));
}

}  // namespace

EncoderFifos add_encoder_fifos(ArrayPlan& plan, std::int64_t element_bytes) {
  EncoderFifos fifos;
  for (int i = 0; i < kColumns; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::string number = std::to_string(i);
    const Tile shim{i, kShimRow}, memtile{i, kMemtileRow};
    std::vector<Tile> row, column;
    for (int j = 0; j < kColumns; ++j) row.push_back({j, kFirstCoreRow + i});
    for (int j = 0; j < kCoreRows; ++j) column.push_back({i, kFirstCoreRow + j});
    fifos.a_in[at] = add(plan, "a_in" + number, shim, {memtile}, kPanelBytes);
    fifos.a[at] = add(plan, "a" + number, memtile, std::move(row), kPanelBytes);
    plan.fifos[fifos.a[at]].to_stream =
        blocked_access(kPanelRows, kPanelRowBytes, 4, 8 * element_bytes);
    link(plan, fifos.a_in[at], fifos.a[at]);
    fifos.b_in[at] = add(plan, "b_in" + number, shim, {memtile}, kPanelBytes);
    fifos.b[at] = add(plan, "b" + number, memtile, std::move(column), kPanelBytes);
    plan.fifos[fifos.b[at]].to_stream =
        blocked_access(kPanelRows / element_bytes, kPanelRowBytes * element_bytes, 8, 8);
    link(plan, fifos.b_in[at], fifos.b[at]);
  }
  for (int column = 0; column < kColumns; ++column) add_results(plan, column, fifos);
  return fifos;
}

}  // namespace tessera::compute::npu
