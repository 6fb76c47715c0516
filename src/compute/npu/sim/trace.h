// What happened when in a simulated run, and the file that chrome://tracing and Perfetto open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace tessera::compute::npu {

/// A stretch of time on one track.
struct TraceEvent {
  std::size_t track = 0;  ///< index into Trace::tracks
  std::size_t name = 0;   ///< index into Trace::names
  std::int64_t start_cycle = 0;
  std::int64_t cycles = 0;
};

/// Everything that a run did, on tracks: a core or a fifo's DMA each.
struct Trace {
  std::vector<std::string> tracks;
  std::vector<std::string> names;
  std::vector<TraceEvent> events;
};

/// Writes the trace as JSON in the Trace Event Format ("X" events, microseconds at `clock_ghz`).
void write_trace(const Trace& trace, double clock_ghz, std::ostream& out);

}  // namespace tessera::compute::npu
