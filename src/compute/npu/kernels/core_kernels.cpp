#include "src/compute/npu/kernels/core_kernels.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "src/compute/kernels/matmul_i8/matmul_i8_aie2.h"
#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/emulator/core_state.h"
#include "src/compute/npu/kernels/bf16_core_kernels.h"
#include "src/compute/npu/kernels/i8_core_kernels.h"
#include "src/compute/npu/kernels/make_core_kernel.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

// Budgets of the 16 KB, by issues of the bodies: no compiler for the chip has seen them here.
constexpr std::size_t kSeedProgram = 3072, kFusedProgram = 9216, kRowsProgram = 7168,
                      kSmallProgram = 1536;

std::vector<CoreKernel> make_i8() {
  constexpr std::size_t kTile = kTileBytes;
  constexpr auto kFused = "tile_attention_fused_aie2.o";
  constexpr auto kInt4 = "tile_attention_int4_kv_aie2.o";
  constexpr auto kMatmul =
      "matmul_i8_tiles_aie2.o";  // buffers of 64 x 64: others as they are sized
  constexpr auto kSeeds = "tile_attention_seeds_aie2.o";
  constexpr auto kSteps = "tile_attention_seed_steps_aie2.o";
  constexpr std::size_t kLocals = 4608;  // of the originals, of which 4,352 are arrays
  return {
      make_core_kernel<attention_i8_begin>("attention_i8_begin", kFused,
                                           {kSumsBytes, kTotalsBytes, kBasesBytes}, 512,
                                           kSmallProgram),
      make_core_kernel<attention_i8_pair>(
          "attention_i8_pair", kFused,
          {kTile, kTile, kTile, kSumsBytes, kTotalsBytes, kBasesBytes, kScoresBytes, kTile,
           kTableBytes, kTableBytes},
          1024, kFusedProgram),
      make_core_kernel<attention_i8_end>("attention_i8_end", kFused,
                                         {kSumsBytes, kTotalsBytes, kTile}, 512, kSmallProgram),
      make_core_kernel<attention_i4_pair>(
          "attention_i4_pair", kInt4,
          {kTile, kTile / 2, kTile / 2, kSumsBytes, kTotalsBytes, kBasesBytes, kScoresBytes, kTile,
           kTableBytes, kTableBytes},
          1024, kFusedProgram),
      make_core_kernel<attention_i4_end>("attention_i4_end", kInt4,
                                         {kSumsBytes, kTotalsBytes, kTile}, 512, kSmallProgram),
      make_core_kernel<attention_i8_rows>("attention_i8_rows", "tile_attention_rows_aie2.o",
                                          {kTile, kTile, kTile, kSumsBytes, kTotalsBytes,
                                           kScoresBytes, kTile, kTableBytes, kTableBytes},
                                          1024, kRowsProgram),
      make_core_kernel<matmul_i8_i32>("matmul_i8_i32", kMatmul, {kTile, kTile, 4 * kTile}, 512,
                                      kSmallProgram),
      make_core_kernel<matmul_i8_i16>("matmul_i8_i16", kMatmul, {kTile, kTile, 2 * kTile}, 512,
                                      kSmallProgram),
      make_core_kernel<matmul_i8_i8>("matmul_i8_i8", kMatmul, {kTile, kTile, kTile}, 512,
                                     kSmallProgram),
      make_core_kernel<clear_i32>("clear_i32", kMatmul, {4 * kTile}, 512, 256),
      make_core_kernel<requantise_i32_i8>("requantise_i32_i8", kMatmul, {4 * kTile, kTile}, 512,
                                          512),
      make_core_kernel<transpose_i8>("transpose_i8", kMatmul, {kTile, kTile}, 512, 512),
      make_core_kernel<attention_seed_taylor>("attention_seed_taylor", kSeeds, {3 * kTile, kTile},
                                              kLocals, kSeedProgram),
      make_core_kernel<attention_seed_regions>("attention_seed_regions", kSeeds, {3 * kTile, kTile},
                                               kLocals, kSeedProgram),
      make_core_kernel<attention_seed_lut_i8>("attention_seed_lut_i8", kSeeds, {3 * kTile, kTile},
                                              kLocals, kSeedProgram),
      make_core_kernel<attention_seed_lut_i32>("attention_seed_lut_i32", kSeeds, {3 * kTile, kTile},
                                               kLocals, kSeedProgram),
      make_core_kernel<attention_seed_vector_mac>("attention_seed_vector_mac", kSteps,
                                                  {3 * kTile, kTile}, 1024, kSeedProgram),
      make_core_kernel<attention_seed_mmul>("attention_seed_mmul", kSteps,
                                            {kTile, kTile, kTile, kTile, kTile, kTile}, 1024,
                                            kRowsProgram),
  };
}

}  // namespace

std::span<const CoreKernel> core_kernels() {
  static const std::vector<CoreKernel> all = [] {
    std::vector<CoreKernel> kernels = make_i8();
    for (const auto& others : {bf16_core_kernels(), i8_encoder_core_kernels()}) {
      kernels.insert(kernels.end(), others.begin(), others.end());
    }
    return kernels;
  }();
  return all;
}

const CoreKernel& core_kernel(std::string_view name) {
  std::string names;
  for (const CoreKernel& kernel : core_kernels()) {
    if (kernel.name == name) return kernel;
    names += (names.empty() ? "" : ", ") + kernel.name;
  }
  throw Error(ErrorCode::bad_argument,
              "npu kernel: expected one of " + names + "; got '" + std::string(name) + "'");
}

namespace {

// Places the buffers, the banks in turns, in that order, and where there is room what is larger
// than a bank; empty if one finds no room.
std::vector<std::byte*> place_buffers(CoreState& core, const CoreKernel& kernel,
                                      const std::vector<std::size_t>& order) {
  std::vector<std::byte*> buffers(order.size());
  std::size_t bank = 0;
  for (const std::size_t i : order) {
    const std::size_t bytes = kernel.buffer_bytes[i];
    const std::string name = "buffer " + std::to_string(i);
    if (bytes > kBankBytes) {
      buffers[i] = core.place(name, bytes);
      continue;
    }
    std::size_t full = 0;  // banks that were tried
    for (; full < kBanks && !core.has_room(bytes, bank); ++full) bank = (bank + 1) % kBanks;
    if (full == kBanks) return {};
    buffers[i] = core.place(name, bytes, bank);
    bank = (bank + 1) % kBanks;
  }
  return buffers;
}

}  // namespace

KernelCounts count_issues(const CoreKernel& kernel, std::span<const std::int32_t> scalars) {
  std::vector<std::size_t> order(kernel.buffer_bytes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto core = std::make_unique<CoreState>();
  core->reserve_stack(0, kernel.stack_bytes);
  std::vector<std::byte*> buffers = place_buffers(*core, kernel, order);
  if (buffers.empty()) {  // the large ones first, then
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return kernel.buffer_bytes[a] > kernel.buffer_bytes[b];
    });
    core = std::make_unique<CoreState>();
    core->reserve_stack(kCoreMemoryBytes - kernel.stack_bytes, kernel.stack_bytes);
    buffers = place_buffers(*core, kernel, order);
  }
  if (buffers.empty()) {
    throw Error(ErrorCode::bad_argument,
                "npu kernel " + kernel.name + ": its buffers do not fit the banks of a core");
  }
  const CoreScope scope(*core, kernel.name);
  kernel.run(buffers, scalars);
  return core->counts().front();
}

}  // namespace tessera::compute::npu
