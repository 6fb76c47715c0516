#include "src/compute/npu/cost/attention_ladder.h"

#include "src/compute/npu/cost/attention_cost.h"
#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/cost/launch_cost.h"
#include "src/compute/npu/cost/matmul_cost.h"
#include "src/compute/npu/cost/scalar_cost.h"

namespace tessera::compute::npu {
namespace {

constexpr int kTile = 64;
constexpr MatmulShape kShape{kTile, kTile, kTile};

// The plan's own vector code: 32 lanes are multiplied, then added up to one number, for every
// output of both products. A tree over 32 lanes waits 2 x 2 cycles in each of 5 steps, and 6 to
// extract.
double lane_products_cycles() { return 2.0 * kTile * kTile * (2 * 2 * 5 + 6); }

double peano_products() { return 2 * matmul_cycles(kShape, MatmulKind::i8_to_i8, Grade::peano); }

}  // namespace

std::vector<LadderRow> attention_ladder() {
  using Range = std::pair<double, double>;
  const double scalar_softmax = scalar_softmax_cycles(kTile, kTile);
  std::vector<LadderRow> rows;
  rows.push_back({.step = "0",
                  .what = "scalar int8, as the seed ran it",
                  .modelled_cycles = scalar_attention_cycles(kTile),
                  .seed_measured_ms = 2.233});
  rows.push_back({.step = "1a",
                  .what = "products of 32 lanes, each added up",
                  .modelled_cycles = lane_products_cycles() + scalar_softmax,
                  .seed_planned_ms = Range{1.0, 1.5}});
  rows.push_back({.step = "1b",
                  .what = "products by mmul 4x8x8",
                  .modelled_cycles = peano_products() + scalar_softmax});
  rows.push_back({.step = "2a",
                  .what = "softmax by a table, scalar, a reciprocal per row",
                  .modelled_cycles = peano_products() + scalar_table_softmax_cycles(kTile, kTile)});
  rows.push_back({.step = "2b",
                  .what = "softmax by a table, in vectors",
                  .modelled_cycles = total_cycles(staged_i8_stages(Grade::peano)),
                  .seed_planned_ms = Range{0.7, 1.0}});
  for (const Grade grade : {Grade::peano, Grade::hand}) {
    rows.push_back({.step = "3",
                    .what = "fused, block layout, normalised last",
                    .grade = grade,
                    .modelled_cycles = total_cycles(fused_i8_stages(kTile, grade)),
                    .seed_planned_ms = Range{0.5, 0.7}});
  }
  for (const Grade grade : {Grade::peano, Grade::hand}) {
    rows.push_back({.step = "4",
                    .what = "fused, 16 queries on each core",
                    .grade = grade,
                    .cores = 4,
                    .modelled_cycles = total_cycles(fused_i8_stages(kTile / 4, grade)),
                    .seed_planned_ms = Range{0.2, 0.3}});
  }
  for (const Grade grade : {Grade::peano, Grade::hand}) {
    rows.push_back({.step = "5",
                    .what = "fused, a tile on each core",
                    .grade = grade,
                    .cores = 16,
                    .modelled_cycles = total_cycles(fused_i8_stages(kTile, grade)) / 16});
  }
  for (const Grade grade : {Grade::peano, Grade::hand}) {
    rows.push_back({.step = "bf16",
                    .what = "flash attention in bf16, float32 sums",
                    .grade = grade,
                    .modelled_cycles = total_cycles(flash_bf16_stages(kTile, grade))});
  }
  return rows;
}

std::vector<LaunchShare> launch_shares() {
  // Whisper base: 8 heads of 24 x 24 tiles, 1500 positions in tiles of 64.
  constexpr int kPairsPerLayer = 8 * 24 * 24;
  return {{"one launch per tile", runlist_us(1)},
          {"one launch per tile, runlists of 64",
           runlist_us(kMeasuredRunlist) / static_cast<double>(kMeasuredRunlist)},
          {"one launch per layer of Whisper base", runlist_us(1) / kPairsPerLayer}};
}

}  // namespace tessera::compute::npu
