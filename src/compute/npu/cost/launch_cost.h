// What a host pays to start the array, whatever runs there. In microseconds of wall time, apart
// from all cycles.
//
// Sources: ignite-xdna docs/SILICON.md and open-xdna RESULTS.md (raw XRT); whisper-xdna HISTORY.
#pragma once

#include <cstdint>

namespace tessera::compute::npu {

/// One launch through XRT, start to wait: 108 to 140 measured (ignite-xdna), 120.7 to 135.9
/// (open-xdna).
constexpr double kLaunchUs = 120;
/// Each of 64 launches in one runlist (ignite-xdna).
constexpr double kRunlistLaunchUs = 36;
constexpr std::int64_t kMeasuredRunlist = 64;
/// A change to another context and back (whisper-xdna: 2.81 ms).
constexpr double kContextSwitchUs = 2810;
/// To make a buffer visible to the other side, per KB; an estimate: 0.05 to 0.1.
constexpr double kBufferSyncUsPerKb = 0.075;

/// Of `launches` in one runlist: the first costs a single one's time, the others what is left of
/// the measured 64. One launch is a single launch; none costs nothing.
constexpr double runlist_us(std::int64_t launches) {
  constexpr double kEachMore =
      (kMeasuredRunlist * kRunlistLaunchUs - kLaunchUs) / static_cast<double>(kMeasuredRunlist - 1);
  return launches <= 0 ? 0 : kLaunchUs + static_cast<double>(launches - 1) * kEachMore;
}

constexpr double buffer_sync_us(std::int64_t bytes) {
  return kBufferSyncUsPerKb * static_cast<double>(bytes) / 1024;
}

}  // namespace tessera::compute::npu
