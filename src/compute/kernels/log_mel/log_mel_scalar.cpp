// One frame at a time in float64, rounded once, the oracle.
#include <math.h>

#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/log_mel/log_mel_inl.h"

namespace tessera::compute::kernels {
namespace {

struct MelLanes {
  static constexpr int kLanes = 1;
  using Number = double;
  using Floats = double;

  static double all(double x) { return x; }
  static double load(const double* p) { return *p; }
  static void store(double* p, double x) { *p = x; }
  static void store_floats(float* p, double x) { *p = static_cast<float>(x); }
  static double size(double x) { return fabs(x); }
  static double max(double a, double b) { return a > b ? a : b; }
  static double multiply_add(double a, double b, double c) { return a * b + c; }
  static double windowed(double x, float window) { return static_cast<float>(x) * window; }
  static double choose_above(double x, double least, double above, double otherwise) {
    return x > least ? above : otherwise;
  }
  template <int N>
  static void log10(double (&x)[N]) {
    for (double& value : x) value = ::log10(value);
  }

  template <int kRows>
  static void transpose_4(const float* rows, double (&x)[kRows][4]) {
    for (int row = 0; row < kRows; ++row) {
      for (int i = 0; i < 4; ++i) x[row][i] = rows[row * kMelHopSamples + i];
    }
  }
};

}  // namespace

const char* log_mel_scalar(const LogMelParams& p) noexcept {
  log_mel<MelLanes>(p);
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
