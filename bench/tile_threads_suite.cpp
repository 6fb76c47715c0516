// Tiles of other sizes, and many tiles on several threads.
#include <algorithm>
#include <cstring>

#include "bench/kernel_suites.h"
#include "bench/tile_inputs.h"
#include "bench/timing.h"
#include "src/base/aligned_buffer.h"
#include "src/base/thread_pool.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

double operations(int queries, int keys) { return 2.0 * 2 * queries * keys * kTile; }

/// A tile of any size, for one thread.
class SizedTile {
 public:
  SizedTile(const Kernel& kernel, const TileInputs& inputs, int queries, int keys)
      : kernel_(kernel),
        k_(static_cast<std::size_t>(keys) * kTile),
        v_(k_.size()),
        out_(static_cast<std::size_t>(queries) * kTile),
        scratch_(base::allocate_aligned(kTileScratchBytes)) {
    for (std::size_t i = 0; i < k_.size(); ++i) {  // more than 64 keys: the first ones again
      k_[i] = inputs.k[i % inputs.k.size()];
      v_[i] = inputs.v[i % inputs.v.size()];
    }
    params_.q = inputs.q.data();
    params_.k = k_.data();
    params_.v = v_.data();
    params_.out = out_.data();
    params_.queries = queries;
    params_.keys = keys;
    params_.score_scale = inputs.score_scale;
    params_.exp_table = inputs.exp_table.data();
    params_.scratch = scratch_.get();
  }

  /// Other queries of the same inputs.
  void begin_at(const std::int8_t* q) { params_.q = q; }
  void call() const { kernel_.run(params_); }

  const std::vector<std::int8_t>& answer() {
    if (std::strcmp(kernel_.run(params_), kernel_.name) != 0) {
      throw Error(ErrorCode::internal, std::string("tile: ") + kernel_.name + " did not run");
    }
    return out_;
  }

 private:
  const Kernel& kernel_;
  std::vector<std::int8_t> k_, v_, out_;
  base::AlignedBytes scratch_;
  TileAttentionSizedParams params_;
};

void expect_equal(const std::vector<std::int8_t>& found, const std::vector<std::int8_t>& expected,
                  const std::string& what) {
  if (found != expected) throw Error(ErrorCode::internal, what + ": wrong answer");
}

Row row_of(const std::string& name, const Kernel& kernel, int threads, double ops,
           const std::vector<double>& seconds, PeakTable& peak) {
  Row row;
  row.name = name;
  row.unit = "us";
  row.variant = kernel.name;
  row.isa = isa_name(kernel.isa);
  row.threads = threads;
  row.verified = true;
  row.summary = summarise_scaled(seconds, 1e6);
  const double per_second = ops / (row.summary.median * 1e-6);
  row.giga_ops_per_s = per_second * 1e-9;
  const double limit = peak.ops_per_s("i8", kernel.isa, threads);
  if (limit > 0) row.share_of_peak = per_second / limit;
  return row;
}

}  // namespace

std::vector<Row> run_tile_sizes(const KernelOptions& options, PeakTable& peak) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  const TileInputs inputs = made_up_tile();
  const Kernel& kernel = select(TileAttentionSizedParams::kOp, tier);
  struct Size {
    int queries, keys;
  };
  constexpr Size kSizes[] = {{16, 16}, {32, 32}, {48, 96}, {64, 64}, {64, 96}};
  std::vector<SizedTile> tiles;
  tiles.reserve(std::size(kSizes));
  std::vector<std::function<void()>> calls;
  for (const Size& size : kSizes) {
    SizedTile& tile = tiles.emplace_back(kernel, inputs, size.queries, size.keys);
    SizedTile oracle(force(kernel.op, "scalar"), inputs, size.queries, size.keys);
    expect_equal(tile.answer(), oracle.answer(), "tile of another size");
    calls.emplace_back([&tile] { tile.call(); });
  }
  const auto seconds = time_in_turns(calls, options.iterations);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto [queries, keys] = kSizes[i];
    rows.push_back(row_of("tile " + std::to_string(queries) + "x" + std::to_string(keys), kernel, 1,
                          operations(queries, keys), seconds[i], peak));
  }
  return rows;
}

std::vector<Row> run_tile_threads(const KernelOptions& options, PeakTable& peak) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  const int most = options.threads > 0 ? options.threads : base::available_cores();
  const TileInputs inputs = made_up_tile();
  const Kernel& kernel = select(TileAttentionSizedParams::kOp, tier);
  const std::vector<std::int8_t> expected =
      SizedTile(force(kernel.op, "scalar"), inputs, kTile, kTile).answer();
  constexpr int kTiles = 1024;  // some milliseconds, beside which waking threads is little
  std::vector<Row> rows;
  for (int threads = 1; threads <= most; ++threads) {
    base::ThreadPool pool(threads);
    const auto parts = static_cast<std::size_t>(threads);
    std::vector<SizedTile> whole, part;
    whole.reserve(parts);
    part.reserve(parts);
    // Rows of queries for each thread: multiples of 16, so that 64 go to at most 4 threads.
    const int rows_each = std::max(16, kTile / threads / 16 * 16);
    for (int i = 0; i < threads; ++i) {
      whole.emplace_back(kernel, inputs, kTile, kTile);
      expect_equal(whole.back().answer(), expected, "tile on a thread");
      SizedTile& tile = part.emplace_back(kernel, inputs, rows_each, kTile);
      const auto begin = static_cast<std::size_t>(i * rows_each % kTile) * kTile;
      tile.begin_at(inputs.q.data() + begin);
      expect_equal(tile.answer(),
                   {expected.begin() + static_cast<std::ptrdiff_t>(begin),
                    expected.begin() + static_cast<std::ptrdiff_t>(begin) + rows_each * kTile},
                   "rows of a tile on a thread");
    }
    const std::vector<std::function<void()>> calls = {
        [&] {
          pool.parallel_for(parts, [&](std::size_t i) {
            for (int tile = 0; tile < kTiles / threads; ++tile) whole[i].call();
          });
        },
        [&] {
          pool.parallel_for(parts, [&](std::size_t i) {
            for (int tile = 0; tile < kTiles; ++tile) part[i].call();
          });
        }};
    const auto seconds = time_in_turns(calls, options.iterations);
    const int divided = kTiles / threads * threads;  // what the threads share without a rest
    const std::string many = std::to_string(kTiles) + " tiles, ";
    rows.push_back(row_of(many + "each on one thread", kernel, threads,
                          divided * operations(kTile, kTile), seconds[0], peak));
    rows.push_back(row_of(many + "each over all threads", kernel, threads,
                          kTiles * threads * operations(rows_each, kTile), seconds[1], peak));
  }
  return rows;
}

}  // namespace tessera::bench
