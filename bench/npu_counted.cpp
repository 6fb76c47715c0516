#include "bench/npu_counted.h"

#include <algorithm>
#include <random>

#include "src/compute/kernels/tile_attention/octave_softmax.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/cost/dma_cost.h"
#include "src/compute/npu/kernels/attention_core.h"
#include "src/compute/npu/kernels/flash_attention_core.h"
#include "src/compute/npu/kernels/tile_blocks.h"

namespace tessera::bench {
namespace {

using namespace compute::npu;            // NOLINT: this file is about them
using namespace compute::kernels::aie2;  // NOLINT

constexpr int kKeys = 1500, kTileSide = 64;
constexpr double kOctaves = 3;  // spread of scores

/// Counts of one kernel, whose calls are each a tile pair or a part of one.
struct Counted {
  KernelCounts counts;
  int calls_per_pair = 1;

  /// Of a pair, with the handshakes of three fifos for each call.
  double cycles(Grade grade) const {
    const double call = kernel_cycles(counts, grade) / static_cast<double>(counts.calls);
    return calls_per_pair * (call + 3.0 * kFifoHandshakeCycles);
  }
};

std::vector<float> normal(unsigned seed, std::size_t count, double size) {
  std::mt19937 random(seed);
  std::normal_distribution<double> distribution;
  std::vector<float> numbers(count);
  for (float& x : numbers) x = static_cast<float>(size * distribution(random));
  return numbers;
}

std::vector<std::int8_t> bytes(unsigned seed, double size) {
  const std::vector<float> numbers = normal(seed, kTileBytes, size);
  std::vector<std::int8_t> out(numbers.size());
  std::transform(numbers.begin(), numbers.end(), out.begin(),
                 [](float x) { return static_cast<std::int8_t>(std::clamp(x, -127.0f, 127.0f)); });
  return out;
}

// So that scores of bytes of size 30 and 64 products spread by kOctaves.
compute::kernels::OctaveScale scale_of_scores() {
  return compute::kernels::octave_scale(static_cast<float>(kOctaves * 0.693 / (30.0 * 30.0 * 8)));
}

template <class T>
T* place(CoreState& core, const char* name, std::size_t size, std::size_t bank) {
  return reinterpret_cast<T*>(core.place(name, size, bank));
}

void fill_blocks(std::int8_t* blocks, unsigned seed, int block_rows) {
  rows_to_blocks(bytes(seed, 30).data(), blocks, block_rows, 8);
}

Counted vector_mac() {
  constexpr std::size_t kStackBytes = 8192;
  CoreState core;
  core.reserve_stack(0, kStackBytes);
  auto* const qkv = place<std::int8_t>(core, "qkv", 3 * kTileBytes, 1);
  auto* const out = place<std::int8_t>(core, "out", kTileBytes, 2);
  for (unsigned i = 0; i < 3; ++i) {
    const std::vector<std::int8_t> rows = bytes(i + 1, 30);
    std::copy(rows.begin(), rows.end(), qkv + i * kTileBytes);
  }
  {
    const CoreScope scope(core, "attention_seed_vector_mac");
    attention_seed_vector_mac(qkv, out, 4);
  }
  return {core.counts().front(), 1};
}

Counted mmul() {
  CoreState core;
  core.reserve_stack(0, kDefaultStackBytes);
  auto* const q = place<std::int8_t>(core, "q", kTileBytes, 1);
  auto* const k = place<std::int8_t>(core, "k", kTileBytes, 2);
  auto* const v = place<std::int8_t>(core, "v", kTileBytes, 2);
  auto* const out = place<std::int8_t>(core, "out", kTileBytes, 3);
  auto* const scores = place<std::int8_t>(core, "scores", kTileBytes, 3);
  auto* const weights = place<std::int8_t>(core, "weights", kTileBytes, 1);
  fill_blocks(q, 1, 4);
  fill_blocks(k, 2, 8);
  fill_blocks(v, 3, 8);
  {
    const CoreScope scope(core, "attention_seed_mmul");
    attention_seed_mmul(q, k, v, out, scores, weights, 4);
  }
  return {core.counts().front(), 1};
}

Counted rows_by_table() {
  CoreState core;
  core.reserve_stack(0, kDefaultStackBytes);
  auto* const q = place<std::int8_t>(core, "q", kTileBytes, 0);
  auto* const weights = place<std::uint8_t>(core, "weights", kTileBytes, 0);
  auto* const totals = place<std::int32_t>(core, "totals", kTotalsBytes, 0);
  auto* const table_ab = place<std::int16_t>(core, "table ab", kTableBytes, 0);
  auto* const scores = place<std::int16_t>(core, "scores", kScoresBytes, 1);
  auto* const table_cd = place<std::int16_t>(core, "table cd", kTableBytes, 1);
  auto* const sums = place<std::int32_t>(core, "sums", kSumsBytes, 2);
  auto* const k = place<std::int8_t>(core, "k", kTileBytes, 3);
  auto* const v = place<std::int8_t>(core, "v", kTileBytes, 3);
  fill_weight_table(table_ab);
  fill_weight_table(table_cd);
  fill_blocks(q, 1, 4);
  fill_blocks(k, 2, 8);
  fill_blocks(v, 3, 8);
  const auto scale = scale_of_scores();
  {
    const CoreScope scope(core, "attention_i8_rows");
    attention_i8_rows(q, k, v, sums, totals, scores, weights, table_ab, table_cd, scale.score_shift,
                      scale.multiplier, scale.step_shift);
  }
  return {core.counts().front(), 1};
}

// The counts of the kernel of that name.
Counted counts_named(const std::vector<KernelCounts>& counts, const std::string& name,
                     int calls_per_pair) {
  return {*std::find_if(counts.begin(), counts.end(),
                        [&](const KernelCounts& one) { return one.kernel == name; }),
          calls_per_pair};
}

Counted fused_i8() {
  AttentionCore core;
  core.begin(bytes(1, 30).data());
  unsigned seed = 1;
  for (int first = 0; first < kKeys; first += kTileSide, ++seed) {
    core.add(bytes(2 * seed, 30).data(), bytes(2 * seed + 1, 30).data(),
             std::min(kTileSide, kKeys - first), scale_of_scores());
  }
  return counts_named(core.counts(), "attention_i8_pair", 1);
}

Counted flash_bf16() {
  constexpr int kAtOnce = 32, kWidth = 64;
  FlashAttentionCore core;
  core.begin(normal(1, kTileSide * kWidth, kOctaves / 8).data());
  unsigned seed = 1;
  for (int first = 0; first < kKeys; first += kAtOnce, ++seed) {
    core.add(normal(2 * seed, kAtOnce * kWidth, 1).data(),
             normal(2 * seed + 1, kAtOnce * kWidth, 1).data(), std::min(kAtOnce, kKeys - first));
  }
  return counts_named(core.counts(), "attention_bf16_pair", kTileSide / kAtOnce);
}

}  // namespace

std::vector<LadderRow> counted_ladder() {
  std::vector<LadderRow> rows = attention_ladder();
  const auto set = [&](const std::string& step, const Counted& counted) {
    for (LadderRow& row : rows) {
      if (row.step != step) continue;
      row.modelled_cycles = counted.cycles(row.grade) / row.cores;
      row.counted = true;
    }
  };
  set("1a", vector_mac());
  set("1b", mmul());
  set("2b", rows_by_table());
  const Counted fused = fused_i8();
  set("3", fused);
  set("5", fused);
  set("bf16", flash_bf16());
  return rows;
}

}  // namespace tessera::bench
