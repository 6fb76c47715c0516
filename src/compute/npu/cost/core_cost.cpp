#include "src/compute/npu/cost/core_cost.h"

#include <algorithm>
#include <cmath>

#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

// llvm-aie, AIE2Schedule.td: from issue to use. A move takes 2, but bodies with many of them are
// two chains side by side (the integer and the fraction of an exponent): one each.
constexpr double kLoadLatency = 7, kProductLatency = 5, kFloatProductLatency = 6, kMoveLatency = 1;
// 1 per bit and some (llvm-aie); fits the seed's scalar attention together with its other terms.
constexpr double kDivisionCycles = 40;
// A call of the software float library. Unicorn-Amanuensis measured 187 to 200 ns for each
// multiplication and addition of bfloat16: two calls of 95 cycles at 1.0 GHz.
constexpr double kScalarFloatCycles = 95;

// To fill and drain the pipeline: section 4c's loop of 32 trips of 2 takes 72 cycles. To set up the
// hardware loop again, once it was left (xdna-emu, ignite-xdna); the first time hides in the call.
// The overhead per group of the chess kernels of arXiv 2512.13282 is this sum and their stores.
constexpr double kFillAndDrain = 8, kLoopSetup = 6;
// Peano's share of the same overhead, from the eight kernels of ignite-xdna.
constexpr double kPeanoEntry = 78;

// Peano's interval over the bound. Integer products: 9 bundles and 0.6 bank stalls for 8 (ignite-
// xdna). Float products: 32 bundles for 16 where accumulators spill (ignite-xdna). Other bodies: an
// estimate between the 1.6 and 2.5 of mlir-aie's softmax and tanh loops.
double peano_factor(Recurrence recurrence) {
  switch (recurrence) {
    case Recurrence::integer_sum:
      return 1.2;
    case Recurrence::float_sum:
      return 2.0;
    case Recurrence::none:
    case Recurrence::vector_move:
      break;
  }
  return 1.8;
}

// From one link of the chain to the next (llvm-aie; ignite-xdna on silicon).
double recurrence_cycles(Recurrence recurrence) {
  switch (recurrence) {
    case Recurrence::integer_sum:
    case Recurrence::vector_move:
      return 2;
    case Recurrence::float_sum:
      return 4;
    case Recurrence::none:
      break;
  }
  return 0;
}

double number(std::int64_t count) { return static_cast<double>(count); }

double load_cycles(const IssueCounts& c) {
  const double both = number(c.loads + c.accumulator_loads + 2 * c.gathers) / 2;
  return std::max(both, number(c.accumulator_loads + c.gathers));
}

// What takes its time whatever the compiler does.
double library_cycles(const IssueCounts& c) {
  return kDivisionCycles * number(c.scalar_divisions) +
         kScalarFloatCycles * number(c.scalar_floats);
}

double scalar_cycles(const IssueCounts& c) {
  return number(c.scalars + c.scalar_products) + library_cycles(c);
}

double arithmetic_cycles(const IssueCounts& c) {
  return std::max({number(c.moves), number(c.products + c.float_products), scalar_cycles(c)});
}

// Then nothing is pipelined: what is counted for scalar code is fitted to Peano's as it is.
bool is_scalar(const IssueCounts& c) {
  return c.moves + c.products + c.float_products + c.gathers + c.stores == 0;
}

double busiest_slot(const IssueCounts& c) {
  return std::max({load_cycles(c), number(c.stores), arithmetic_cycles(c)});
}

// One thing after the other, `times` over.
double latency_cycles(const IssueCounts& c, double times) {
  double cycles = times;  // the branch
  if (c.loads + c.accumulator_loads > 0) {
    cycles += times * (kLoadLatency - 1) +
              std::max(times, std::max(number(c.loads + c.accumulator_loads) / 2,
                                       number(c.accumulator_loads)));
  }
  if (c.gathers > 0) cycles += times * (kLoadLatency - 1) + number(c.gathers);
  cycles += kProductLatency * number(c.products) + kFloatProductLatency * number(c.float_products) +
            kMoveLatency * number(c.moves) + number(c.stores);
  return cycles + library_cycles(c);
}

// What stands between loops: it loads, computes, and stores.
double outside_cycles(const IssueCounts& c, Grade grade) {
  if (grade == Grade::unpipelined) return latency_cycles(c, 0);
  return load_cycles(c) + arithmetic_cycles(c) + number(c.stores);
}

// A cycle for each conflict (AM020, ignite-xdna), as far as the loop does not wait for its chain
// anyway.
double bank_stalls(const LoopCounts& loop) {
  const double waits = number(loop.trips) * initiation_interval(loop) - busiest_slot(loop.issued);
  return std::max(0.0, number(loop.bank_conflicts) - waits);
}

void check(const LoopCounts& loop) {
  const IssueCounts& c = loop.issued;
  const auto least =
      std::min({c.loads, c.accumulator_loads, c.gathers, c.stores, c.moves, c.products,
                c.float_products, c.scalars, c.scalar_products, c.scalar_divisions, c.scalar_floats,
                loop.entries, loop.trips, loop.bank_conflicts});
  if (least >= 0 && (loop.trips > 0 || busiest_slot(c) == 0)) return;
  throw Error(ErrorCode::bad_argument,
              "loop '" + loop.name + "': expected counts of at least 0 and trips where something " +
                  "was issued, got " + std::to_string(least) + " and " +
                  std::to_string(loop.trips) + " trips");
}

}  // namespace

double initiation_interval(const LoopCounts& loop) {
  if (loop.trips == 0) return 0;
  constexpr double kRounding = 1e-9;  // of a quotient that is a whole number
  const double slots = std::ceil(busiest_slot(loop.issued) / number(loop.trips) - kRounding);
  return std::max({1.0, slots, recurrence_cycles(loop.recurrence)});
}

double loop_cycles(const LoopCounts& loop, Grade grade) {
  check(loop);
  const double trips = number(loop.trips), entries = number(loop.entries);
  double cycles = entries * kFillAndDrain + std::max(0.0, entries - 1) * kLoopSetup;
  switch (grade) {
    case Grade::hand:
    case Grade::chess:
      cycles += trips * initiation_interval(loop);
      break;
    case Grade::peano:
      if (is_scalar(loop.issued)) {
        cycles += trips * initiation_interval(loop);
      } else {
        cycles = entries * kPeanoEntry +
                 trips * initiation_interval(loop) * peano_factor(loop.recurrence);
      }
      break;
    case Grade::unpipelined:
      cycles += latency_cycles(loop.issued, trips);
      break;
  }
  return cycles + bank_stalls(loop);
}

double kernel_cycles(const KernelCounts& kernel, Grade grade) {
  double loops = 0;
  IssueCounts all = kernel.outside;
  for (const LoopCounts& loop : kernel.loops) {
    loops += loop_cycles(loop, grade);
    all += loop.issued;
  }
  const double calls = number(kernel.calls) * kCallCycles;
  if (grade == Grade::hand) return calls + std::max(loops, busiest_slot(all));
  return calls + loops + outside_cycles(kernel.outside, grade);
}

}  // namespace tessera::compute::npu
