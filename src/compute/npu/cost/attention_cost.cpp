#include "src/compute/npu/cost/attention_cost.h"

#include "src/compute/npu/cost/body_cost.h"
#include "src/compute/npu/cost/dma_cost.h"
#include "src/compute/npu/cost/matmul_cost.h"

namespace tessera::compute::npu {
namespace {

constexpr int kTile = 64;
constexpr std::int64_t kRowsPerBlock = 4;
/// Tiles of keys whose maximum makes earlier sums smaller: most maxima come early. An estimate of
/// 10 to 50 %, its upper end.
constexpr double kRescaledShare = 0.5;
/// Compare, and branch over what is not needed (llvm-aie: 5 delay slots).
constexpr double kRescaleTest = 20;

// Nobody published a hand-scheduled product of these kinds; chess's stand for them.
double product_cycles(int queries, MatmulKind kind, Grade grade) {
  return matmul_cycles({queries, kTile, kTile}, kind, grade == Grade::hand ? Grade::chess : grade);
}

// Four rows at once: over the 8 column blocks, then within the lanes of one.
Body block_row_max(std::int64_t moves) {
  return {"row max", kRowsPerBlock * kTile, {.loads = 16, .moves = moves}, Recurrence::none};
}

// One more column of values, all ones: a product for every block of four rows and eight keys.
Body row_sum_i8() { return {"row sum", 32, {.loads = 1, .products = 1}, Recurrence::integer_sum}; }

// Two chains side by side.
Body row_sum_bf16() {
  return {"row sum", 64, {.loads = 4, .float_products = 2}, Recurrence::float_sum};
}

// 16 sums in 32 bits times a factor of the row; the float one in two parts of bf16, as is the sum.
Body rescale_i32() {
  return {"rescale",
          16,
          {.accumulator_loads = 2, .stores = 2, .moves = 1, .products = 2},
          Recurrence::none};
}
Body rescale_f32() {
  return {"rescale",
          16,
          {.accumulator_loads = 2, .stores = 4, .moves = 3, .float_products = 4},
          Recurrence::none};
}

}  // namespace

std::vector<StageCost> fused_i8_stages(int queries, Grade grade) {
  const std::int64_t scores = static_cast<std::int64_t>(queries) * kTile;
  return {{"Q K^T to int16", product_cycles(queries, MatmulKind::i8_to_i16, grade)},
          {"row max, rescale test", body_cycles(block_row_max(13), scores, grade) + kRescaleTest},
          {"exp", body_cycles(exp_table_i8_body(), scores, grade)},
          {"row sum", body_cycles(row_sum_i8(), scores, grade)},
          {"P V added up", product_cycles(queries, MatmulKind::i8_to_i32, grade)},
          {"rescale", kRescaledShare * body_cycles(rescale_i32(), scores, grade)},
          {"handshakes", 3.0 * kFifoHandshakeCycles}};
}

std::vector<StageCost> flash_bf16_stages(int queries, Grade grade) {
  const std::int64_t scores = static_cast<std::int64_t>(queries) * kTile;
  return {{"Q K^T to bf16", product_cycles(queries, MatmulKind::bf16, grade)},
          {"row max, rescale test", body_cycles(block_row_max(16), scores, grade) + kRescaleTest},
          {"exp", body_cycles(exp_table_bf16_body(), scores, grade)},
          {"row sum", body_cycles(row_sum_bf16(), scores, grade)},
          {"P V added up", product_cycles(queries, MatmulKind::bf16_to_f32, grade)},
          {"rescale", kRescaledShare * body_cycles(rescale_f32(), scores, grade)},
          {"handshakes", 3.0 * kFifoHandshakeCycles}};
}

std::vector<StageCost> staged_i8_stages(Grade grade) {
  constexpr std::int64_t kScores = std::int64_t{kTile} * kTile;
  // A row's 64 numbers come down to one in 5 steps of shift and max or add (aie_api, reduce).
  const Body reduce = {"reduce a row", kTile, {.loads = 4, .moves = 13}, Recurrence::none};
  const Body normalise = {
      "normalise", 32, {.loads = 1, .stores = 1, .moves = 1, .products = 1}, Recurrence::none};
  return {{"Q K^T to int16", product_cycles(kTile, MatmulKind::i8_to_i16, grade)},
          {"row max", body_cycles(reduce, kScores, grade)},
          {"exp", body_cycles(exp_table_i8_body(), kScores, grade)},
          {"row sum", body_cycles(reduce, kScores, grade)},
          {"normalise", body_cycles(normalise, kScores, grade)},
          {"P V to int8", product_cycles(kTile, MatmulKind::i8_to_i8, grade)},
          {"handshakes", 3.0 * kFifoHandshakeCycles}};
}

double total_cycles(const std::vector<StageCost>& stages) {
  double total = 0;
  for (const StageCost& stage : stages) total += stage.cycles;
  return total;
}

}  // namespace tessera::compute::npu
