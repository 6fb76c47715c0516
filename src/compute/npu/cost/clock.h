// The array's clock, which a laptop's power mode sets: a parameter of everything that tells time.
#pragma once

namespace tessera::compute::npu {

/// The clock of a Ryzen 7940HS in arXiv 2512.13282: all its results fit exactly 1.0 GHz.
constexpr double kPaperClockGhz = 1.0;
/// That of a Ryzen 8700G in its performance modes, measured (ignite-xdna, docs/SILICON.md).
constexpr double kDesktopClockGhz = 1.8;

constexpr double microseconds(double cycles, double clock_ghz) {
  return cycles / (1000 * clock_ghz);
}

}  // namespace tessera::compute::npu
