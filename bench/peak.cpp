#include "bench/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "src/base/thread_pool.h"
#include "src/compute/kernels/registry.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double measure(const Kernel& kernel, int threads) {
  constexpr int kRuns = 8;
  constexpr std::int64_t kRounds = 400000;  // some milliseconds
  base::ThreadPool pool(threads);
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> operations(static_cast<std::size_t>(threads));
    const auto begin = std::chrono::steady_clock::now();
    pool.parallel_for(operations.size(), [&](std::size_t i) {
      float sink[16] = {1e-3f};
      PeakParams params;
      params.rounds = kRounds;
      params.operations = &operations[i];
      params.sink = sink;
      kernel.run(params);
    });
    double all = 0;
    for (const double count : operations) all += count;
    best = std::max(best, all / seconds_since(begin));
  }
  return best;
}

// A chain of additions, each of which needs the one before: one cycle each.
double measure_clock() {
  double best = 0;
  for (int run = 0; run < 8; ++run) {
    constexpr std::int64_t kAdditions = 2000000;
    std::uint64_t value = 1;
    const auto begin = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < kAdditions / 8; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < 8; ++j) {
        value += value;  // NOLINT: what it is does not matter
        asm volatile("" : "+r"(value));
      }
    }
    best = std::max(best, static_cast<double>(kAdditions) / seconds_since(begin));
  }
  return best;
}

}  // namespace

double PeakTable::ops_per_s(const std::string& numbers, Isa isa, int threads) {
  const IsaTier tier = IsaTier::only(isa);
  const Kernel* best = nullptr;
  for (const Kernel* kernel : kernels_of(PeakParams::kOp)) {
    if (std::string_view(kernel->name).starts_with(numbers + "_") && tier.allows(kernel->isa)) {
      best = kernel;
    }
  }
  if (best == nullptr) return 0;
  double& known = measured_[{best->name, threads}];
  if (known == 0) known = measure(*best, threads);
  return known;
}

double PeakTable::clock_hz() {
  if (clock_hz_ == 0) clock_hz_ = measure_clock();
  return clock_hz_;
}

}  // namespace tessera::bench
