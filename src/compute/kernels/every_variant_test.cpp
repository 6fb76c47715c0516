// Every row of the kernel list once, on zeros: the code behind it is there, is what the row names,
// and runs on this machine. What it computes is for the test of its op.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {
namespace {

// What a tile of any op reads and writes.
struct Memory {
  alignas(64) std::byte zeros[kFlashScratchBytes] = {};
  alignas(64) std::byte room[kFlashScratchBytes] = {};
  alignas(64) std::byte scratch[kFlashScratchBytes] = {};
  std::uint8_t exp_table[256];
  double operations = 0;
  const std::byte* block = zeros;
  int one = 1;

  Memory() { std::fill(std::begin(exp_table), std::end(exp_table), std::uint8_t{255}); }
  template <class T>
  const T* in() const {
    return reinterpret_cast<const T*>(zeros);
  }
  template <class T>
  T* out() {
    return reinterpret_cast<T*>(room);
  }
};

void prepare_tile(auto& p, Memory& memory) {
  p.q = p.k = p.v = memory.in<std::int8_t>();
  p.out = memory.out<std::int8_t>();
  p.scratch = memory.scratch;
}

void prepare_variant(TileAttentionParams& p, Memory& memory) {
  prepare_tile(p, memory);
  p.exp_table = memory.exp_table;
}

void prepare_variant(TileAttentionSizedParams& p, Memory& memory) {
  prepare_tile(p, memory);
  p.exp_table = memory.exp_table;
  p.queries = p.keys = kTileSizeStep;
}

void prepare_variant(FlashAttentionParams& p, Memory& memory) {
  prepare_tile(p, memory);
  p.queries = p.keys = 1;
}

void prepare_matmul(auto& p) {
  p.m = p.n = p.k = 1;
  p.a_stride = p.c_stride = 1;
}

void prepare_variant(MatmulI8Params& p, Memory& memory) {
  prepare_matmul(p);
  p.a = memory.in<std::int8_t>();
  p.b = memory.in<std::uint8_t>();
  p.c = memory.out<std::int32_t>();
}

void prepare_variant(MatmulBf16Params& p, Memory& memory) {
  prepare_matmul(p);
  p.a = p.b = memory.in<std::uint16_t>();
  p.c = memory.out<float>();
}

void prepare_variant(MatmulF32Params& p, Memory& memory) {
  prepare_matmul(p);
  p.a = p.b = memory.in<float>();
  p.c = memory.out<float>();
}

void prepare_variant(SoftmaxParams& p, Memory& memory) {
  p.in = memory.in<float>();
  p.out = memory.out<float>();
  p.rows = p.columns = 1;
}

void prepare_variant(LayerNormParams& p, Memory& memory) {
  p.in = p.gamma = p.beta = memory.in<float>();
  p.out = memory.out<float>();
  p.rows = p.columns = 1;
}

void prepare_variant(GeluParams& p, Memory& memory) {
  p.in = memory.in<float>();
  p.out = memory.out<float>();
  p.count = 1;
}

void prepare_variant(GeluI8Params& p, Memory& memory) {
  p.in = p.table = memory.in<std::int8_t>();
  p.out = memory.out<std::int8_t>();
  p.count = 1;
}

void prepare_variant(QuantiseParams& p, Memory& memory) {
  p.in = memory.in<float>();
  p.out = memory.out<std::int8_t>();
  p.scales = reinterpret_cast<float*>(memory.scratch);
  p.rows = p.columns = 1;
}

void prepare_variant(DequantiseParams& p, Memory& memory) {
  p.in = memory.in<std::int8_t>();
  p.scales = memory.in<float>();
  p.out = memory.out<float>();
  p.rows = p.columns = 1;
}

void prepare_variant(HadamardParams& p, Memory& memory) {
  p.data = memory.out<float>();
  p.rows = p.columns = 1;
}

void prepare_variant(TopKParams& p, Memory& memory) {
  p.in = memory.in<float>();
  p.count = p.k = 1;
  p.ids = p.found = memory.out<std::int32_t>();
}

void prepare_variant(ExpSumParams& p, Memory& memory) {
  p.in = memory.in<float>();
  p.count = 1;
  p.sum = memory.out<double>();
}

void prepare_variant(SoftmaxBf16Params& p, Memory& memory) {
  p.in = memory.in<std::uint16_t>();
  p.out = memory.out<std::uint16_t>();
  p.rows = 1;
  p.columns = 32;
}

void prepare_variant(LayerNormBf16Params& p, Memory& memory) {
  p.in = memory.in<std::uint16_t>();
  p.out = memory.out<std::uint16_t>();
  p.rows = 1;
  p.columns = 16;
}

void prepare_variant(GeluBf16Params& p, Memory& memory) {
  p.in = memory.in<std::uint16_t>();
  p.out = memory.out<std::uint16_t>();
  p.count = 16;
}

void prepare_variant(AttentionBf16Params& p, Memory& memory) {
  p.q = p.k = p.v = memory.in<std::uint16_t>();
  p.out = memory.out<std::uint16_t>();
  p.queries = p.keys = 1;
}

void prepare_variant(PeakParams& p, Memory& memory) {
  p.rounds = 1;
  p.operations = &memory.operations;
  p.sink = memory.out<float>();
}

// Of the lane_* ops: a block of 48 tokens, one panel of 8 channels, a head's 64.
template <class Params, class Element>
void prepare_linear(Params& p, Memory& memory) {
  p.x = memory.in<std::remove_cv_t<std::remove_pointer_t<decltype(p.x)>>>();
  p.weight = memory.in<Element>();
  p.bias = memory.in<float>();
  p.depth = p.channels = kBlockPanel;
  p.epilogue.out = memory.out<float>();
}

void prepare_variant(LaneLinearI8Params& p, Memory& memory) {
  prepare_linear<LaneLinearI8Params, std::int8_t>(p, memory);
  p.x_scales = p.weight_scales = memory.in<float>();
  p.offsets = memory.in<std::int32_t>();
}

void prepare_variant(LaneLinearBf16Params& p, Memory& memory) {
  prepare_linear<LaneLinearBf16Params, std::uint16_t>(p, memory);
}

void prepare_variant(LaneLinearF32Params& p, Memory& memory) {
  prepare_linear<LaneLinearF32Params, float>(p, memory);
}

void prepare_variant(LanePrepareParams& p, Memory& memory) {
  p.x = memory.in<float>();
  p.channels = kBlockPanel;
  p.out = memory.room;
}

void prepare_variant(LaneRotateParams& p, Memory& memory) {
  p.x = memory.out<float>();
  p.channels = kBlockPanel;
}

void prepare_variant(LanePackValuesParams& p, Memory& memory) {
  p.x = memory.in<float>();
  p.out = memory.room;
  p.scale = reinterpret_cast<float*>(memory.scratch);
}

void prepare_attention(auto& p, Memory& memory) {
  using Element = std::remove_cv_t<std::remove_pointer_t<decltype(p.k)>>;
  p.k = p.v = memory.in<Element>();
  p.keys = 1;
  p.out = memory.out<float>();
  p.scratch = memory.scratch;
}

void prepare_variant(LaneAttentionI8Params& p, Memory& memory) {
  prepare_attention(p, memory);
  p.q = memory.in<std::uint8_t>();
  p.q_scales = p.k_scales = p.k_offsets = p.v_scales = p.v_logs = memory.in<float>();
  p.k_starts = memory.in<std::int32_t>();
}

void prepare_variant(LaneAttentionBf16Params& p, Memory& memory) {
  prepare_attention(p, memory);
  p.q = memory.in<std::uint16_t>();
}

void prepare_variant(LaneAttentionF32Params& p, Memory& memory) {
  prepare_attention(p, memory);
  p.q = memory.in<float>();
}

// Of the row_* ops: one row, one panel, one block of keys.
void prepare_variant(RowPrepareParams& p, Memory& memory) {
  p.in = memory.in<float>();
  p.out = memory.room;
  p.rows = 1;
  p.columns = 16;
}

void prepare_variant(RowFinishParams& p, Memory& memory) {
  p.floats = memory.in<float>();
  p.out = memory.out<float>();
  p.rows = 1;
  p.columns = kPanelColumns;
}

template <class Params, class Key, class Value>
void prepare_row_attention(Params& p, Memory& memory) {
  p.k = reinterpret_cast<const Key* const*>(&memory.block);
  p.v = reinterpret_cast<const Value* const*>(&memory.block);
  p.queries = 1;
  p.visible = &memory.one;
  p.out = memory.out<float>();
  p.scratch = memory.scratch;
}

void prepare_variant(RowAttentionI8Params& p, Memory& memory) {
  prepare_row_attention<RowAttentionI8Params, std::uint8_t, std::int8_t>(p, memory);
  p.q = memory.in<std::int8_t>();
  p.q_scales = p.k_scales = p.v_scales = memory.in<float>();
}

void prepare_variant(RowAttentionBf16Params& p, Memory& memory) {
  prepare_row_attention<RowAttentionBf16Params, std::uint16_t, std::uint16_t>(p, memory);
  p.q = memory.in<std::uint16_t>();
}

void prepare_variant(RowAttentionF32Params& p, Memory& memory) {
  prepare_row_attention<RowAttentionF32Params, float, float>(p, memory);
  p.q = memory.in<float>();
}

void prepare_variant(LogMelParams& p, Memory& memory) {
  p.samples = p.window = memory.in<float>();
  p.frames = 1;
  p.out = p.largest = memory.out<float>();
  p.scratch = memory.scratch;
}

using RunFunction = const char* (*)(const Kernel&, Memory&);

template <class... Params>
std::map<std::string_view, RunFunction> runs_of() {
  return {{Params::kOp, [](const Kernel& kernel, Memory& memory) {
             Params params;
             prepare_variant(params, memory);
             return kernel.run(params);
           }}...};
}

// $TESSERA_EVERY_VARIANT is set where the machine is chosen to have all instruction sets, as the
// emulated one of `make neon` is: there a row that does not run is a failure.
TEST(KernelList, EveryVariantRunsAndIsTheOneThatTheListNames) {
  const std::map<std::string_view, RunFunction> runs =
      runs_of<TileAttentionParams, TileAttentionSizedParams, FlashAttentionParams, MatmulI8Params,
              MatmulBf16Params, MatmulF32Params, SoftmaxParams, LayerNormParams, GeluParams,
              GeluI8Params, QuantiseParams, DequantiseParams, HadamardParams, TopKParams,
              ExpSumParams, SoftmaxBf16Params, LayerNormBf16Params, GeluBf16Params,
              AttentionBf16Params, PeakParams, LaneLinearI8Params, LaneLinearBf16Params,
              LaneLinearF32Params, LanePrepareParams, LaneRotateParams, LanePackValuesParams,
              LaneAttentionI8Params, LaneAttentionBf16Params, LaneAttentionF32Params,
              RowPrepareParams, RowFinishParams, RowAttentionI8Params, RowAttentionBf16Params,
              RowAttentionF32Params, LogMelParams>();
  const bool every = std::getenv("TESSERA_EVERY_VARIANT") != nullptr;
  std::map<Isa, int> ran;
  for (const Kernel& kernel : all_kernels()) {
    const std::string name = std::string(kernel.op) + ' ' + kernel.name;
    if (!runs_here(kernel.isa)) {
      std::cout << "not on this machine: " << name << '\n';
      EXPECT_FALSE(every) << name << " did not run: no " << isa_name(kernel.isa);
      continue;
    }
    const auto run = runs.find(kernel.op);
    ASSERT_NE(run, runs.end()) << kernel.op << ": nothing here runs this op";
    Memory memory;
    EXPECT_STREQ(run->second(kernel, memory), kernel.name) << "what ran for " << name;
    ++ran[kernel.isa];
  }
  for (const Isa isa : machine_isas()) EXPECT_GT(ran[isa], 0) << isa_name(isa) << ": no variant";
  for (const auto& [isa, count] : ran) {
    std::cout << count << " variants for " << isa_name(isa) << " ran\n";
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
