// The complex Fourier transform of the log-mel's frame length, several frames at a time.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace tessera::whisper {

inline constexpr int kFftSize = 400;
/// Independent transforms that are done together, one in each vector lane.
inline constexpr int kFftLanes = 4;

/// X[k] = sum over n of x[n] exp(-2 pi i k n / 400), without scaling, for kFftLanes sequences.
///
/// Stockham's self-sorting algorithm with passes of radix 4, 4, 5, 5. In every pass the values that
/// share a twiddle factor are contiguous, so that the compiler vectorises the inner loops on any
/// instruction set, and each lane's result does not depend on what is in the others.
class Fft {
 public:
  Fft();

  /// Transforms in place. Value n of lane l is at [n * kFftLanes + l]; both spans hold
  /// kFftSize * kFftLanes values.
  void forward(std::span<double> real, std::span<double> imag);

 private:
  struct Twiddle {
    double real, imag;
  };

  std::array<std::vector<Twiddle>, 4> twiddles_;  // of each pass: [group][output 1 .. radix - 1]
  std::vector<double> scratch_real_, scratch_imag_;
};

}  // namespace tessera::whisper
