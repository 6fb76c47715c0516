// What moving data and starting work costs, in cycles of the array's clock unless said otherwise.
//
// Measured on Phoenix by others; what is computed from these is a model, not a measurement.
#pragma once

#include <cstdint>

#include "src/compute/npu/cost/dma_cost.h"

namespace tessera::compute::npu {

// Locks, a core's descriptors and a shim's words cost the same as in the closed forms (kLockCycles,
// kDmaSetupCycles, kShimCyclesPerWord): two locks of each kind per kernel call make the 16 to 20
// cycles of handshake there.

/// The first word of a launch, to the array and to the host (xdna-emu: 747 to 1330, 171 to 341).
inline constexpr std::int64_t kShimColdReadCycles = 1000;
inline constexpr std::int64_t kShimColdWriteCycles = 256;
/// Between tasks of one channel (xdna-emu: 249 to 325, 168 to 179; the upper ends).
inline constexpr std::int64_t kShimReadTaskCycles = 325;
inline constexpr std::int64_t kShimWriteTaskCycles = 179;
/// From task to task of the instruction stream when they follow each other (xdna-emu).
inline constexpr std::int64_t kIssueCycles = 520;
/// What all shims together get from memory, per direction and cycle: 15 GB/s at 1.0 GHz (arXiv
/// 2512.13282), 26 to 28 GB/s at 1.8 GHz (jdominick05/ignite-xdna): the same per cycle.
inline constexpr double kMemoryBytesPerCycle = 15.0;

/// From start to completion of an empty launch, on the host's clock: alone (ignite-xdna 108 to
/// 140), and each of a run list of 16 or more (ignite-xdna).
inline constexpr double kLaunchMicroseconds = 120.0;
inline constexpr double kListedLaunchMicroseconds = 36.0;
inline constexpr std::int64_t kRunListLaunches = 16;

}  // namespace tessera::compute::npu
