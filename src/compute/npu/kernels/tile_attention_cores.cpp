// Rows of kernel_list.inc that are kernels of an AIE2 core: a tile's operands are laid out in the
// memory of an emulated core as transfers would, the kernels run, and the result is read back.
#include <algorithm>
#include <string>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/kernels/attention_core.h"
#include "src/compute/npu/kernels/tile_blocks.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers
using kernels::TileAttentionParams;

constexpr std::size_t kElements = std::size_t{kTileRows} * kTileRows;
// Of the stack, for kernels that are to run: the seed's own takes up to 4,352 bytes.
constexpr std::size_t kStackBytes = 8192;

// What a core did not compute is an error that a kernel, which does not throw, tells by its name.
template <class Run>
const char* run_on_core(const char* name, Run run) noexcept {
  try {
    run();
    return name;
  } catch (...) {
    return "an error of the emulated core";
  }
}

template <class T>
T* place(CoreState& core, const char* name, std::size_t bytes, std::size_t bank) {
  return reinterpret_cast<T*>(core.place(name, bytes, bank));
}

using SeedKernel = void (*)(const std::int8_t*, std::int8_t*, std::int32_t);

const char* run_seed(const char* name, SeedKernel kernel, const TileAttentionParams& p) noexcept {
  return run_on_core(name, [&] {
    CoreState core;
    core.reserve_stack(0, kStackBytes);
    auto* const qkv = place<std::int8_t>(core, "qkv", 3 * kElements, 1);
    auto* const out = place<std::int8_t>(core, "out", kElements, 2);
    std::copy_n(p.q, kElements, qkv);
    std::copy_n(p.k, kElements, qkv + kElements);
    std::copy_n(p.v, kElements, qkv + 2 * kElements);
    {
      const CoreScope scope(core, name);
      kernel(qkv, out, p.scale_shift);
    }
    std::copy_n(out, kElements, p.out);
  });
}

void run_mmul(const TileAttentionParams& p) {
  CoreState core;
  core.reserve_stack(0, kDefaultStackBytes);
  auto* const q = place<std::int8_t>(core, "q", kElements, 1);
  auto* const k = place<std::int8_t>(core, "k", kElements, 2);
  auto* const v = place<std::int8_t>(core, "v", kElements, 2);
  auto* const out = place<std::int8_t>(core, "out", kElements, 3);
  auto* const scores = place<std::int8_t>(core, "scores", kElements, 3);
  auto* const weights = place<std::int8_t>(core, "weights", kElements, 1);
  rows_to_blocks(p.q, q, 4, 8);
  rows_to_blocks(p.k, k, 8, 8);
  rows_to_blocks(p.v, v, 8, 8);
  {
    const CoreScope scope(core, "attention_seed_mmul");
    attention_seed_mmul(q, k, v, out, scores, weights, p.scale_shift);
  }
  blocks_to_rows(out, p.out, 4, 8);
}

// What the softmax by octaves keeps on a core, in the banks of AttentionCore.
struct OctaveMemory {
  CoreState core;
  std::int32_t *sums, *totals;
  std::int16_t *bases, *scores, *table_ab, *table_cd;
  std::uint8_t* weights;
  std::int8_t* out;

  OctaveMemory() {
    core.reserve_stack(0, kDefaultStackBytes);
    weights = place<std::uint8_t>(core, "weights", kTileBytes, 0);
    totals = place<std::int32_t>(core, "totals", kTotalsBytes, 0);
    bases = place<std::int16_t>(core, "bases", kBasesBytes, 0);
    table_ab = place<std::int16_t>(core, "table ab", kTableBytes, 0);
    scores = place<std::int16_t>(core, "scores", kScoresBytes, 1);
    table_cd = place<std::int16_t>(core, "table cd", kTableBytes, 1);
    out = place<std::int8_t>(core, "out", kTileBytes, 1);
    sums = place<std::int32_t>(core, "sums", kSumsBytes, 2);
    fill_weight_table(table_ab);
    fill_weight_table(table_cd);
  }
};

void run_rows(const TileAttentionParams& p) {
  const kernels::OctaveScale scale = kernels::octave_scale(p.nats_per_unit);
  OctaveMemory memory;
  auto* const q = place<std::int8_t>(memory.core, "q", kElements, 0);
  auto* const k = place<std::int8_t>(memory.core, "k", kElements, 3);
  auto* const v = place<std::int8_t>(memory.core, "v", kElements, 3);
  rows_to_blocks(p.q, q, 4, 8);
  rows_to_blocks(p.k, k, 8, 8);
  rows_to_blocks(p.v, v, 8, 8);
  {
    const CoreScope scope(memory.core, "attention_i8_rows");
    attention_i8_rows(q, k, v, memory.sums, memory.totals, memory.scores, memory.weights,
                      memory.table_ab, memory.table_cd, scale.score_shift, scale.multiplier,
                      scale.step_shift);
    attention_i8_end(memory.sums, memory.totals, memory.out);
  }
  blocks_to_rows(memory.out, p.out, 4, 8);
}

// Of a number in units of 16: halves go up, and what is too large is the largest.
std::uint8_t to_nibble(std::int8_t x) {
  return static_cast<std::uint8_t>(std::min((x + 8) >> 4, 7) & 15);
}

// Pairs of 4-bit numbers of blocks of 16 x 8: of the tile, or of its transpose.
void pack_nibbles(const std::int8_t* rows, std::uint8_t* blocks, bool is_transposed) {
  std::fill_n(blocks, kElements / 2, std::uint8_t{0});
  for (int row = 0; row < kTileRows; ++row) {
    for (int column = 0; column < kTileRows; ++column) {
      // Depth is what a product sums over: columns of keys, rows of values.
      const int depth = is_transposed ? column : row, other = is_transposed ? row : column;
      const int block = is_transposed ? other / 8 * 4 + depth / 16 : depth / 16 * 8 + other / 8;
      const int at = block * 128 + depth % 16 * 8 + other % 8;
      blocks[at / 2] |=
          static_cast<std::uint8_t>(to_nibble(rows[row * kTileRows + column]) << at % 2 * 4);
    }
  }
}

void run_int4(const TileAttentionParams& p) {
  const kernels::OctaveScale scale = kernels::octave_scale(p.nats_per_unit);
  OctaveMemory memory;
  auto* const q = place<std::int8_t>(memory.core, "q", kElements, 0);
  auto* const k = place<std::uint8_t>(memory.core, "k", kElements / 2, 3);
  auto* const v = place<std::uint8_t>(memory.core, "v", kElements / 2, 3);
  rows_to_blocks(p.q, q, 4, 16);
  pack_nibbles(p.k, k, true);
  pack_nibbles(p.v, v, false);
  {
    const CoreScope scope(memory.core, "attention_i4_pair");
    attention_i8_begin(memory.sums, memory.totals, memory.bases);
    attention_i4_pair(q, k, v, memory.sums, memory.totals, memory.bases, memory.scores,
                      memory.weights, memory.table_ab, memory.table_cd, scale.score_shift,
                      scale.multiplier, scale.step_shift);
    attention_i4_end(memory.sums, memory.totals, memory.out);
  }
  blocks_to_rows(memory.out, p.out, 4, 8);
}

}  // namespace
}  // namespace tessera::compute::npu

namespace tessera::compute::kernels {

const char* tile_attention_seed_taylor_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_seed("seed_taylor_aie2", attention_seed_taylor, p);
}
const char* tile_attention_seed_regions_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_seed("seed_regions_aie2", attention_seed_regions, p);
}
const char* tile_attention_seed_lut_i8_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_seed("seed_lut_i8_aie2", attention_seed_lut_i8, p);
}
const char* tile_attention_seed_lut_i32_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_seed("seed_lut_i32_aie2", attention_seed_lut_i32, p);
}
const char* tile_attention_seed_vector_mac_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_seed("seed_vector_mac_aie2", attention_seed_vector_mac, p);
}
const char* tile_attention_seed_mmul_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_on_core("seed_mmul_aie2", [&] { npu::run_mmul(p); });
}
const char* tile_attention_lut_rows_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_on_core("lut_rows_aie2", [&] { npu::run_rows(p); });
}
const char* tile_attention_int4_kv_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_on_core("int4_kv_aie2", [&] { npu::run_int4(p); });
}
const char* tile_attention_fused_aie2(const TileAttentionParams& p) noexcept {
  return npu::run_on_core("fused_aie2", [&] {
    npu::AttentionCore core;
    core.begin(p.q);
    core.add(p.k, p.v, kTile, octave_scale(p.nats_per_unit));
    core.end(p.out);
  });
}

}  // namespace tessera::compute::kernels
