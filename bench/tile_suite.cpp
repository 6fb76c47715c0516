#include <algorithm>
#include <cstring>

#include "bench/kernel_suites.h"
#include "bench/tile_inputs.h"
#include "bench/timing.h"
#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

constexpr std::size_t kElements = static_cast<std::size_t>(kTile) * kTile;
constexpr double kOperations = 2.0 * 2 * kTile * kTile * kTile;  // two products, without softmax

// One variant with its own memory.
class TileRun {
 public:
  TileRun(const Kernel& kernel, const TileInputs& inputs)
      : kernel_(kernel), out_(kElements), scratch_(base::allocate_aligned(kTileScratchBytes)) {
    params_ = inputs.params();
    params_.out = out_.data();
    params_.scale_shift = 4;  // what the original ran with
    params_.scratch = scratch_.get();
  }

  void call() const { kernel_.run(params_); }
  void keep_packed() { params_.operands_are_packed = true; }
  const Kernel& kernel() const { return kernel_; }

  /// Runs it and takes its answer. Throws Error{internal} when another variant ran.
  const std::vector<std::int8_t>& answer() {
    const char* ran = kernel_.run(params_);
    if (std::strcmp(ran, kernel_.name) != 0) {
      throw Error(ErrorCode::internal,
                  std::string("tile: ") + kernel_.name + " was asked for, " + ran + " ran");
    }
    return out_;
  }

 private:
  const Kernel& kernel_;
  std::vector<std::int8_t> out_;
  base::AlignedBytes scratch_;
  TileAttentionParams params_;
};

void verify_tile(TileRun& run, const TileInputs& inputs, const std::vector<double>& reference,
                 Row& row) {
  const Kernel& kernel = run.kernel();
  const std::vector<std::int8_t> answer = run.answer();
  row.accuracy = compare(answer, reference);
  row.verified = true;
  if (kernel.exactness == Exactness::historic) return;  // its errors are what it shows
  // That something like attention was computed; the unit tests hold each variant to its own bound,
  // which 4 bits make wide.
  bool right = row.accuracy->correlation > 0.9;
  if (kernel.exactness == Exactness::exact && *kernel.exact_with != '\0') {
    TileRun oracle(force(kernel.op, kernel.exact_with), inputs);
    right = right && oracle.answer() == answer;
  }
  if (!right)
    throw Error(ErrorCode::internal, std::string("tile: ") + kernel.name + ": wrong answer");
}

}  // namespace

std::vector<Row> run_tile(const KernelOptions& options, PeakTable& peak) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  const TileInputs inputs = made_up_tile();
  const std::vector<double> reference = inputs.reference();
  std::vector<TileRun> runs;
  std::vector<Row> rows;
  runs.reserve(2 * all_kernels().size());  // the calls below refer to them
  std::vector<std::function<void()>> calls;
  std::size_t baseline = 0;
  for (const Kernel* kernel : kernels_of(TileAttentionParams::kOp)) {
    if (!tier.allows(kernel->isa)) continue;
    if (std::string_view(kernel->name) == "scalar") baseline = rows.size();
    for (const bool packed : {false, true}) {
      if (packed && kernel->isa == Isa::portable) continue;  // these pack nothing
      TileRun& run = runs.emplace_back(*kernel, inputs);
      Row row;
      row.name = packed ? "tile, operands packed" : "tile";
      row.unit = "us";
      row.variant = kernel->name;
      row.isa = isa_name(kernel->isa);
      verify_tile(run, inputs, reference, row);
      if (packed) run.keep_packed();
      rows.push_back(std::move(row));
      calls.emplace_back([&run] { run.call(); });
    }
  }
  const auto seconds = time_in_turns(calls, options.iterations);
  const double slow = summarise_scaled(seconds[baseline], 1e6).median;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row& row = rows[i];
    row.summary = summarise_scaled(seconds[i], 1e6);
    const double median_s = row.summary.median * 1e-6;
    row.giga_ops_per_s = kOperations / median_s * 1e-9;
    row.times_baseline = slow / row.summary.median;
    row.cycles = median_s * peak.clock_hz();
    const double limit = peak.ops_per_s("i8", parse_isa(row.isa), 1);
    if (limit > 0) row.share_of_peak = kOperations / median_s / limit;
  }
  return rows;
}

}  // namespace tessera::bench
