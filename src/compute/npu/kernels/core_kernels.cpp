#include "src/compute/npu/kernels/core_kernels.h"

#include <string>
#include <utility>

#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/emulator/core_state.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

// Calls a kernel of pointers and then numbers with a plan's buffers and scalars.
template <auto kKernel>
struct Call;
template <class... Parameters, void (*kKernel)(Parameters...)>
struct Call<kKernel> {
  static constexpr std::size_t kBuffers = (std::size_t{std::is_pointer_v<Parameters>} + ...);
  static constexpr std::size_t kScalars = sizeof...(Parameters) - kBuffers;

  static void run(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars) {
    if (buffers.size() != kBuffers || scalars.size() != kScalars) {
      throw Error(ErrorCode::bad_argument,
                  "npu kernel: expected " + std::to_string(kBuffers) + " buffers and " +
                      std::to_string(kScalars) + " numbers, got " +
                      std::to_string(buffers.size()) + " and " + std::to_string(scalars.size()));
    }
    call(buffers, scalars, std::index_sequence_for<Parameters...>());
  }

 private:
  template <class T>
  static T argument(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars,
                    std::size_t index) {
    if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(buffers[index]);
    if constexpr (!std::is_pointer_v<T>) return scalars[index - kBuffers];
  }
  template <std::size_t... kIndex>
  static void call(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars,
                   std::index_sequence<kIndex...>) {
    kKernel(argument<Parameters>(buffers, scalars, kIndex)...);
  }
};

template <auto kKernel>
CoreKernel make(const char* name, const char* object, std::vector<std::size_t> bytes,
                std::size_t stack_bytes, std::size_t program_bytes) {
  return {name,        object,        std::move(bytes),    Call<kKernel>::kScalars,
          stack_bytes, program_bytes, Call<kKernel>::run};
}

// Budgets of the 16 KB, by issues of the bodies: no compiler for the chip has seen them here.
constexpr std::size_t kSeedProgram = 3072, kFusedProgram = 9216, kRowsProgram = 7168,
                      kSmallProgram = 1536;

std::vector<CoreKernel> make_all() {
  constexpr std::size_t kTile = kTileBytes;
  constexpr auto kFused = "tile_attention_fused_aie2.o";
  constexpr auto kInt4 = "tile_attention_int4_kv_aie2.o";
  constexpr auto kSeeds = "tile_attention_seeds_aie2.o";
  constexpr auto kSteps = "tile_attention_seed_steps_aie2.o";
  constexpr std::size_t kLocals = 4608;  // of the originals, of which 4,352 are arrays
  return {
      make<attention_i8_begin>("attention_i8_begin", kFused,
                               {kSumsBytes, kTotalsBytes, kBasesBytes}, 512, kSmallProgram),
      make<attention_i8_pair>("attention_i8_pair", kFused,
                              {kTile, kTile, kTile, kSumsBytes, kTotalsBytes, kBasesBytes,
                               kScoresBytes, kTile, kTableBytes, kTableBytes},
                              1024, kFusedProgram),
      make<attention_i8_end>("attention_i8_end", kFused, {kSumsBytes, kTotalsBytes, kTile}, 512,
                             kSmallProgram),
      make<attention_i4_pair>("attention_i4_pair", kInt4,
                              {kTile, kTile / 2, kTile / 2, kSumsBytes, kTotalsBytes, kBasesBytes,
                               kScoresBytes, kTile, kTableBytes, kTableBytes},
                              1024, kFusedProgram),
      make<attention_i4_end>("attention_i4_end", kInt4, {kSumsBytes, kTotalsBytes, kTile}, 512,
                             kSmallProgram),
      make<attention_i8_rows>("attention_i8_rows", "tile_attention_rows_aie2.o",
                              {kTile, kTile, kTile, kSumsBytes, kTotalsBytes, kScoresBytes, kTile,
                               kTableBytes, kTableBytes},
                              1024, kRowsProgram),
      make<attention_seed_taylor>("attention_seed_taylor", kSeeds, {3 * kTile, kTile}, kLocals,
                                  kSeedProgram),
      make<attention_seed_regions>("attention_seed_regions", kSeeds, {3 * kTile, kTile}, kLocals,
                                   kSeedProgram),
      make<attention_seed_lut_i8>("attention_seed_lut_i8", kSeeds, {3 * kTile, kTile}, kLocals,
                                  kSeedProgram),
      make<attention_seed_lut_i32>("attention_seed_lut_i32", kSeeds, {3 * kTile, kTile}, kLocals,
                                   kSeedProgram),
      make<attention_seed_vector_mac>("attention_seed_vector_mac", kSteps, {3 * kTile, kTile}, 1024,
                                      kSeedProgram),
      make<attention_seed_mmul>("attention_seed_mmul", kSteps,
                                {kTile, kTile, kTile, kTile, kTile, kTile}, 1024, kRowsProgram),
  };
}

}  // namespace

std::span<const CoreKernel> core_kernels() {
  static const std::vector<CoreKernel> all = make_all();
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

KernelCounts count_issues(const CoreKernel& kernel, std::span<const std::int32_t> scalars) {
  CoreState core;
  core.reserve_stack(0, kernel.stack_bytes);
  std::vector<std::byte*> buffers;
  std::size_t bank = 0;
  for (const std::size_t bytes : kernel.buffer_bytes) {
    const std::string name = "buffer " + std::to_string(buffers.size());
    std::size_t full = 0;  // banks that were tried
    for (; full < kBanks && !core.has_room(bytes, bank); ++full) bank = (bank + 1) % kBanks;
    buffers.push_back(full < kBanks ? core.place(name, bytes, bank) : core.place(name, bytes));
    bank = (bank + 1) % kBanks;
  }
  const CoreScope scope(core, kernel.name);
  kernel.run(buffers, scalars);
  return core.counts().front();
}

}  // namespace tessera::compute::npu
