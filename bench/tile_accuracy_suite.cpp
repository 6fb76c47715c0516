// How right every variant of tile_attention is on inputs that can fail. Nothing is timed.
#include <cmath>
#include <cstring>

#include "bench/kernel_suites.h"
#include "bench/tile_kinds.h"
#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

// The (64, 64) outputs of every tile of a kind.
using Answers = std::vector<std::vector<std::int8_t>>;

Answers run_all(const Kernel& kernel, const TileKind& kind, int scale_shift = 0) {
  const base::AlignedBytes scratch = base::allocate_aligned(kTileScratchBytes);
  Answers answers;
  for (const JudgedTile& tile : kind.tiles) {
    std::vector<std::int8_t>& out = answers.emplace_back(tile.inputs.q.size());
    TileAttentionParams params = tile.inputs.params();
    params.out = out.data();
    params.scale_shift = scale_shift;
    params.scratch = scratch.get();
    const char* ran = kernel.run(params);
    if (std::strcmp(ran, kernel.name) != 0) {
      throw Error(ErrorCode::internal,
                  std::string("accuracy: ") + kernel.name + " was asked for, " + ran + " ran");
    }
  }
  return answers;
}

// One kind of tiles, with what is the same for all variants.
class Judge {
 public:
  explicit Judge(TileKind kind)
      : kind_(std::move(kind)), scalar_(run_all(force(TileAttentionParams::kOp, "scalar"), kind_)) {
    for (const JudgedTile& tile : kind_.tiles) {
      Attended attended = tile.inputs.attended();
      best_weight_ += attended.mean_of_best_weights / static_cast<double>(kind_.tiles.size());
      references_.push_back(std::move(attended.out));
    }
  }

  Row judge(const Kernel& kernel) const {
    return kernel.exactness == Exactness::historic ? judge_historic(kernel)
                                                   : judge(kernel, run_all(kernel, kind_));
  }

 private:
  Row judge(const Kernel& kernel, const Answers& answers) const;
  Row judge_historic(const Kernel& kernel) const;

  TileKind kind_;
  Answers scalar_;
  std::vector<std::vector<double>> references_;  // softmax in float64 of the int8 operands
  double best_weight_ = 0;
};

Row Judge::judge(const Kernel& kernel, const Answers& answers) const {
  Row row;
  row.name = kind_.name;
  row.unit = "steps";
  row.variant = kernel.name;
  row.isa = isa_name(kernel.isa);
  row.verified = true;
  TileVerdict& verdict = row.verdict.emplace();
  verdict.tiles = static_cast<int>(answers.size());
  verdict.best_weight = best_weight_;
  verdict.equals_scalar = answers == scalar_;
  verdict.meets_demand = true;
  std::vector<Accuracy> parts, unquantised;
  std::vector<double> errors;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::vector<double>& reference = references_[i];
    parts.push_back(compare(answers[i], reference));
    verdict.meets_demand = verdict.meets_demand && meets_demand(answers[i], reference);
    for (std::size_t j = 0; j < reference.size(); ++j) {
      errors.push_back(std::abs(answers[i][j] - reference[j]));
    }
    const std::vector<double>& before = kind_.tiles[i].unquantised;
    if (!before.empty()) unquantised.push_back(compare(answers[i], before));
  }
  row.summary = summarise(std::move(errors));
  row.accuracy = worst_of(parts);
  if (!unquantised.empty()) verdict.unquantised = worst_of(unquantised);
  return row;
}

// With the shift that serves it best on these tiles; what is shifted is at most 2^20, of which
// larger ones would leave fewer than 5 bits.
Row Judge::judge_historic(const Kernel& kernel) const {
  Row best;
  for (int shift = 0; shift < 16; ++shift) {
    Row row = judge(kernel, run_all(kernel, kind_, shift));
    row.verdict->scale_shift = shift;
    if (best.accuracy && best.accuracy->correlation >= row.accuracy->correlation) continue;
    best = std::move(row);
  }
  return best;
}

}  // namespace

std::vector<Row> run_tile_accuracy(const KernelOptions& options, PeakTable& /*peak*/) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  std::vector<Row> rows;
  for (TileKind& kind : tile_kinds()) {
    const Judge judge(std::move(kind));
    for (const Kernel* kernel : kernels_of(TileAttentionParams::kOp)) {
      if (tier.allows(kernel->isa)) rows.push_back(judge.judge(*kernel));
    }
  }
  return rows;
}

}  // namespace tessera::bench
