#include "bench/npu_seed_accuracy.h"

#include <algorithm>

#include "bench/tile_inputs.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/emulator/core_state.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using compute::npu::CoreScope;
using compute::npu::CoreState;
using compute::npu::StackOverflow;

constexpr std::size_t kTileBytes = 64 * 64;
// Of the seed's linker script: the stack, the first input buffer right above it, the output.
constexpr std::size_t kStackBytes = 0x400, kInput = 0x400, kOutput = 0x6400;
constexpr std::size_t kEnough = 8192, kFree = 0x8000;  // nothing of the seed's lies from there on

struct Variant {
  const char* name;
  void (*run)(const std::int8_t* qkv, std::int8_t* out, std::int32_t shift);
  std::size_t
      first_frame;  // where locals begin in the stack; a guess for D, whose frame is not known
};
constexpr Variant kTaylor = {"A", attention_seed_taylor, 0};
constexpr Variant kRegions = {"B", attention_seed_regions, 0};
constexpr Variant kTable = {"C", attention_seed_lut_i8, 0};
constexpr Variant kTableOfInt32 = {"D", attention_seed_lut_i32, 32};

enum class Stack { enough, refused, overflows };

SeedAccuracy judge(const Variant& variant, int shift, Stack stack) {
  CoreState core;
  if (stack == Stack::enough) {
    core.reserve_stack(kFree, kEnough);
  } else {
    core.reserve_stack(0, kStackBytes,
                       stack == Stack::refused ? StackOverflow::error : StackOverflow::overwrites,
                       variant.first_frame);
  }
  auto* const qkv = reinterpret_cast<std::int8_t*>(core.declare("qkv", kInput, 3 * kTileBytes));
  auto* const out = reinterpret_cast<std::int8_t*>(core.declare("out", kOutput, kTileBytes));
  const TileInputs inputs = uniform_random_tile();
  std::copy(inputs.q.begin(), inputs.q.end(), qkv);
  std::copy(inputs.k.begin(), inputs.k.end(), qkv + kTileBytes);
  std::copy(inputs.v.begin(), inputs.v.end(), qkv + 2 * kTileBytes);
  SeedAccuracy row = {variant.name, shift,
                      stack == Stack::enough    ? "enough"
                      : stack == Stack::refused ? "1 KB"
                                                : "1 KB, overflow allowed",
                      ""};
  try {
    const CoreScope scope(core, variant.name);
    variant.run(qkv, out, shift);
    row.accuracy = compare({out, kTileBytes}, inputs.reference());
  } catch (const Error& error) {
    row.refused = error.what();
  }
  return row;
}

SeedAccuracy recorded(SeedAccuracy row, double correlation) {
  row.recorded_correlation = correlation;
  return row;
}

}  // namespace

std::vector<SeedAccuracy> seed_accuracies() {
  return {judge(kTaylor, 4, Stack::enough),
          judge(kTaylor, 4, Stack::refused),
          recorded(judge(kTaylor, 4, Stack::overflows), 0.1763),
          judge(kRegions, 4, Stack::enough),
          judge(kTable, 4, Stack::enough),
          recorded(judge(kTableOfInt32, 4, Stack::enough), 0.92),
          judge(kTableOfInt32, 4, Stack::refused),
          recorded(judge(kTableOfInt32, 4, Stack::overflows), 0.8498),
          judge(kTableOfInt32, 3, Stack::enough)};
}

}  // namespace tessera::bench
