// The benchmark suite of the plan that began the project, on our kernels: the same four operations,
// and the accuracy of its four kernels on its own random numbers.
#include <cstring>

#include "bench/kernel_suites.h"
#include "bench/tile_inputs.h"
#include "bench/timing.h"
#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/pack.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

/// What is timed, beside the kernel that it calls.
struct Call {
  std::string name;
  const Kernel* kernel;
  std::function<const char*()> run;
  std::optional<Accuracy> accuracy;
};

/// A tile with its own memory.
struct Tile {
  TileInputs inputs = uniform_random_tile();
  std::vector<std::int8_t> out = std::vector<std::int8_t>(inputs.q.size());
  base::AlignedBytes scratch = base::allocate_aligned(kTileScratchBytes);

  const char* run(const Kernel& kernel, int shift) {
    TileAttentionParams params = inputs.params();
    params.out = out.data();
    params.scale_shift = shift;
    params.scratch = scratch.get();
    return kernel.run(params);
  }
};

void add_tiles(const IsaTier& tier, std::vector<Call>& calls) {
  const auto tile = std::make_shared<Tile>();
  const std::vector<double> reference = tile->inputs.reference();
  const auto add = [&](const std::string& name, const Kernel& kernel, int shift) {
    Call call{name, &kernel, [tile, &kernel, shift] { return tile->run(kernel, shift); }, {}};
    call.run();
    call.accuracy = compare(tile->out, reference);
    calls.push_back(std::move(call));
  };
  for (const int shift : {3, 4}) {
    for (const Kernel* kernel : kernels_of(TileAttentionParams::kOp)) {
      if (kernel->exactness != Exactness::historic) continue;
      add("attention 64x64, theirs, shift " + std::to_string(shift), *kernel, shift);
    }
  }
  add("attention 64x64", select(TileAttentionParams::kOp, tier), 0);
}

void add_others(const IsaTier& tier, std::vector<Call>& calls) {
  constexpr int kNorm = 256, kGelu = 512, kSide = 16;
  struct Memory {
    std::vector<float> x = std::vector<float>(kNorm, 0.5f), ones = std::vector<float>(kNorm, 1.0f),
                       y = x;
    std::vector<std::int8_t> bytes = std::vector<std::int8_t>(kGelu, 3), table = bytes, out = bytes;
    std::vector<std::int32_t> products = std::vector<std::int32_t>(kSide * kSide);
    PackedPanels<std::uint8_t> panels = pack_i8(bytes.data(), kSide, kSide, kSide, false);
  };
  const auto memory = std::make_shared<Memory>();
  const Kernel& norm = select(LayerNormParams::kOp, tier);
  calls.push_back({"LayerNorm 256",
                   &norm,
                   [memory, &norm] {
                     LayerNormParams params;
                     params.in = memory->x.data();
                     params.out = memory->y.data();
                     params.gamma = params.beta = memory->ones.data();
                     params.in_stride = params.out_stride = params.columns = kNorm;
                     params.rows = 1;
                     return norm.run(params);
                   },
                   {}});
  const Kernel& gelu = select(GeluI8Params::kOp, tier);
  calls.push_back({"GELU 512",
                   &gelu,
                   [memory, &gelu] {
                     GeluI8Params params;
                     params.in = memory->bytes.data();
                     params.out = memory->out.data();
                     params.table = memory->table.data();
                     params.count = kGelu;
                     return gelu.run(params);
                   },
                   {}});
  const Kernel& product = select(MatmulI8Params::kOp, tier);
  calls.push_back({"matmul 16x16",
                   &product,
                   [memory, &product] {
                     MatmulI8Params params;
                     params.a = memory->bytes.data();
                     params.b = memory->panels.data();
                     params.c = memory->products.data();
                     params.a_stride = params.c_stride = kSide;
                     params.m = params.n = params.k = kSide;
                     return product.run(params);
                   },
                   {}});
}

}  // namespace

std::vector<Row> run_seed(const KernelOptions& options, PeakTable& peak) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  std::vector<Call> calls;
  add_tiles(tier, calls);
  add_others(tier, calls);
  std::vector<std::function<void()>> timed;
  for (const Call& call : calls) {
    if (std::strcmp(call.run(), call.kernel->name) != 0) {
      throw Error(ErrorCode::internal, call.name + ": another variant ran than was asked for");
    }
    timed.emplace_back([&call] { call.run(); });
  }
  const auto seconds = time_in_turns(timed, options.iterations);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Row row;
    row.name = calls[i].name;
    row.unit = "us";
    row.variant = calls[i].kernel->name;
    row.isa = isa_name(calls[i].kernel->isa);
    row.summary = summarise_scaled(seconds[i], 1e6);
    row.cycles = row.summary.median * 1e-6 * peak.clock_hz();
    row.accuracy = calls[i].accuracy;
    row.verified = true;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tessera::bench
