// What moving data costs: streams and descriptors inside the array, the shim's channels to memory,
// locks between a DMA and a core. In cycles of the array's clock.
//
// Sources: AM020 (AMD, AIE-ML architecture); xdna-emu docs (dma-reference, timing measured on
// Phoenix); ignite-xdna docs/SILICON.md (measured on a Ryzen 8700G); mlir-aie programming guide 4c.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tessera::compute::npu {

/// Of a stream per cycle: 32 bits (AM020), measured 3.9998 bytes (ignite-xdna).
constexpr std::int64_t kStreamBytesPerCycle = 4;
/// Of a buffer descriptor of a core or memtile: 4 to set it up, 2 to start the channel or to chain
/// (xdna-emu). The published bounds are 4 to 10.
constexpr std::int64_t kDmaSetupCycles = 6;
/// From one stream switch to the next (xdna-emu: 3 to 4).
constexpr std::int64_t kStreamHopCycles = 4;
/// A lock's semaphore: 4, and 1 for arbitration (xdna-emu, llvm-aie AIE2Schedule.td).
constexpr std::int64_t kLockCycles = 5;
/// A core's acquire and release of one object of a fifo, calls included. An estimate: 16 to 20.
constexpr std::int64_t kFifoHandshakeCycles = 18;
/// A core's cycles lost to DMA at work in its memory, as a share of its own. An estimate: 0.5 to 2
/// % (DMA touches memory once per 16 bytes and gives way, AM020 and ignite-xdna).
constexpr double kDmaStallShare = 0.01;

/// Cycles of one transfer of `bytes` through one channel of a core or memtile.
constexpr std::int64_t dma_cycles(std::int64_t bytes) {
  return kDmaSetupCycles + (bytes + kStreamBytesPerCycle - 1) / kStreamBytesPerCycle;
}

/// Of a stage whose inputs come through double-buffered fifos: the slower of both, and `objects`
/// handshakes. The first object's transfer comes on top, once.
constexpr std::int64_t stage_cycles(std::int64_t compute, std::int64_t dma, std::int64_t objects) {
  return std::max(compute, dma) + objects * kFifoHandshakeCycles;
}

/// From memory to the array, and back (AM020: MM2S and S2MM).
enum class ShimDirection { to_array, to_memory };

struct ShimCost {
  double first_word_cycles;  ///< of a cold channel
  double task_cycles;        ///< of every task
};

/// xdna-emu, measured: cold MM2S 747 to 1330 cycles, S2MM 171 to 341; 249 to 325 and 168 to 179 per
/// task.
constexpr ShimCost shim_cost(ShimDirection direction) {
  return direction == ShimDirection::to_array ? ShimCost{1000, 325} : ShimCost{250, 179};
}

/// Of a shim channel at work (xdna-emu: 1.0 to 1.05, 1.5 under load).
constexpr double kShimCyclesPerWord = 1.05;

/// Cycles of `tasks` tasks of `bytes` in all on one shim channel, the first one cold.
constexpr double shim_cycles(std::int64_t bytes, std::int64_t tasks, ShimDirection direction) {
  const ShimCost cost = shim_cost(direction);
  const std::int64_t words = (bytes + kStreamBytesPerCycle - 1) / kStreamBytesPerCycle;
  return cost.first_word_cycles + static_cast<double>(tasks) * cost.task_cycles +
         static_cast<double>(words) * kShimCyclesPerWord;
}

/// What all channels of one direction share, in bytes per cycle: 15 GB/s at 1.0 GHz (arXiv
/// 2512.13282, effective in GEMM), 26 GB/s at 1.8 GHz (ignite-xdna). A line through both.
constexpr double memory_bytes_per_cycle(double clock_ghz) {
  return (15 + (26 - 15) / 0.8 * (clock_ghz - 1.0)) / clock_ghz;
}

}  // namespace tessera::compute::npu
