// What an AIE2 core issued while a kernel ran: the emulator counts it, the cost model turns it into
// cycles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::compute::npu {

/// Issues per slot of the bundle (AM020; Xilinx/llvm-aie, AIE2Slots.td): lda and ldb take loads, st
/// stores, mv moves, vec products, alu scalars.
struct IssueCounts {
  std::int64_t loads = 0;              ///< 256 bits each, on lda or ldb
  std::int64_t accumulator_loads = 0;  ///< 256 bits each, on lda alone
  std::int64_t gathers = 0;            ///< four lanes of a table each, on lda and ldb together
  std::int64_t stores = 0;             ///< 256 bits each, conversions to vectors among them
  std::int64_t moves = 0;              ///< shuffles, comparisons, sums of vectors, broadcasts
  std::int64_t products = 0;           ///< multiply-accumulates of integers
  std::int64_t float_products = 0;     ///< those of bfloat16, and sums of floats
  std::int64_t scalars = 0;            ///< integer operations of the scalar unit
  std::int64_t scalar_products = 0;
  std::int64_t scalar_divisions = 0;
  std::int64_t scalar_floats = 0;  ///< calls of the software library: no scalar float unit exists

  IssueCounts& operator+=(const IssueCounts& other);
};

/// The chain of dependent operations that bounds how often a loop can begin a trip.
enum class Recurrence { none, integer_sum, float_sum, vector_move };

/// One innermost loop of a kernel, summed over all its entries.
struct LoopCounts {
  std::string name;
  std::int64_t entries = 0;
  std::int64_t trips = 0;
  Recurrence recurrence = Recurrence::none;
  IssueCounts issued;
  /// Pairs of accesses in one bundle that met in one 16 KB bank.
  std::int64_t bank_conflicts = 0;
};

/// What a kernel's calls issued, in its loops and between them.
struct KernelCounts {
  std::string kernel;
  std::int64_t calls = 0;
  std::vector<LoopCounts> loops;
  IssueCounts outside;
};

}  // namespace tessera::compute::npu
