#include "src/whisper/fft.h"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace tessera::whisper {
namespace {

constexpr std::array<int, 4> kRadices = {4, 4, 5, 5};

/// Where one pass reads and writes. The three arrays of pointers never overlap.
struct Complex {
  double* real;
  double* imag;

  Complex at(std::size_t offset) const { return {real + offset, imag + offset}; }
};

/// y[k] = w^k * sum over j of x[j] exp(-2 pi i j k / 4), for `count` contiguous values. The inputs
/// are `x_stride` apart and the outputs `count` apart; w holds the factors of outputs 1 to 3.
template <class Twiddle>
void butterfly_4(Complex x, std::size_t x_stride, Complex y, std::size_t count, const Twiddle* w) {
  const double* __restrict xr = x.real;
  const double* __restrict xi = x.imag;
  double* __restrict yr = y.real;
  double* __restrict yi = y.imag;
  const Twiddle w1 = w[0], w2 = w[1], w3 = w[2];
  for (std::size_t j = 0; j < count; ++j) {
    const double ar = xr[j], br = xr[j + x_stride], cr = xr[j + 2 * x_stride],
                 dr = xr[j + 3 * x_stride];
    const double ai = xi[j], bi = xi[j + x_stride], ci = xi[j + 2 * x_stride],
                 di = xi[j + 3 * x_stride];
    const double sum_ac_r = ar + cr, sum_ac_i = ai + ci, diff_ac_r = ar - cr, diff_ac_i = ai - ci;
    const double sum_bd_r = br + dr, sum_bd_i = bi + di, diff_bd_r = br - dr, diff_bd_i = bi - di;
    yr[j] = sum_ac_r + sum_bd_r;
    yi[j] = sum_ac_i + sum_bd_i;
    const double y1r = diff_ac_r + diff_bd_i, y1i = diff_ac_i - diff_bd_r;
    const double y2r = sum_ac_r - sum_bd_r, y2i = sum_ac_i - sum_bd_i;
    const double y3r = diff_ac_r - diff_bd_i, y3i = diff_ac_i + diff_bd_r;
    yr[j + count] = y1r * w1.real - y1i * w1.imag;
    yi[j + count] = y1r * w1.imag + y1i * w1.real;
    yr[j + 2 * count] = y2r * w2.real - y2i * w2.imag;
    yi[j + 2 * count] = y2r * w2.imag + y2i * w2.real;
    yr[j + 3 * count] = y3r * w3.real - y3i * w3.imag;
    yi[j + 3 * count] = y3r * w3.imag + y3i * w3.real;
  }
}

/// As butterfly_4, for five inputs and outputs.
template <class Twiddle>
void butterfly_5(Complex x, std::size_t x_stride, Complex y, std::size_t count, const Twiddle* w) {
  constexpr double kCos1 = 0.30901699437494742410, kCos2 = -0.80901699437494742410;  // of 2 pi k/5
  constexpr double kSin1 = 0.95105651629515357212, kSin2 = 0.58778525229247312917;
  const double* __restrict xr = x.real;
  const double* __restrict xi = x.imag;
  double* __restrict yr = y.real;
  double* __restrict yi = y.imag;
  const Twiddle w1 = w[0], w2 = w[1], w3 = w[2], w4 = w[3];
  for (std::size_t j = 0; j < count; ++j) {
    const double ar = xr[j], br = xr[j + x_stride], cr = xr[j + 2 * x_stride],
                 dr = xr[j + 3 * x_stride], er = xr[j + 4 * x_stride];
    const double ai = xi[j], bi = xi[j + x_stride], ci = xi[j + 2 * x_stride],
                 di = xi[j + 3 * x_stride], ei = xi[j + 4 * x_stride];
    const double sum_be_r = br + er, sum_be_i = bi + ei, diff_be_r = br - er, diff_be_i = bi - ei;
    const double sum_cd_r = cr + dr, sum_cd_i = ci + di, diff_cd_r = cr - dr, diff_cd_i = ci - di;
    yr[j] = ar + sum_be_r + sum_cd_r;
    yi[j] = ai + sum_be_i + sum_cd_i;
    const double even1_r = ar + kCos1 * sum_be_r + kCos2 * sum_cd_r;
    const double even1_i = ai + kCos1 * sum_be_i + kCos2 * sum_cd_i;
    const double even2_r = ar + kCos2 * sum_be_r + kCos1 * sum_cd_r;
    const double even2_i = ai + kCos2 * sum_be_i + kCos1 * sum_cd_i;
    const double odd1_r = kSin1 * diff_be_r + kSin2 * diff_cd_r;
    const double odd1_i = kSin1 * diff_be_i + kSin2 * diff_cd_i;
    const double odd2_r = kSin2 * diff_be_r - kSin1 * diff_cd_r;
    const double odd2_i = kSin2 * diff_be_i - kSin1 * diff_cd_i;
    const double y1r = even1_r + odd1_i, y1i = even1_i - odd1_r;
    const double y2r = even2_r + odd2_i, y2i = even2_i - odd2_r;
    const double y3r = even2_r - odd2_i, y3i = even2_i + odd2_r;
    const double y4r = even1_r - odd1_i, y4i = even1_i + odd1_r;
    yr[j + count] = y1r * w1.real - y1i * w1.imag;
    yi[j + count] = y1r * w1.imag + y1i * w1.real;
    yr[j + 2 * count] = y2r * w2.real - y2i * w2.imag;
    yi[j + 2 * count] = y2r * w2.imag + y2i * w2.real;
    yr[j + 3 * count] = y3r * w3.real - y3i * w3.imag;
    yi[j + 3 * count] = y3r * w3.imag + y3i * w3.real;
    yr[j + 4 * count] = y4r * w4.real - y4i * w4.imag;
    yi[j + 4 * count] = y4r * w4.imag + y4i * w4.real;
  }
}

}  // namespace

Fft::Fft() : scratch_real_(kFftSize * kFftLanes), scratch_imag_(kFftSize * kFftLanes) {
  int length = kFftSize;  // of the transforms that the pass splits
  for (std::size_t pass = 0; pass < kRadices.size(); ++pass) {
    for (int group = 0; group < length / kRadices[pass]; ++group) {
      for (int output = 1; output < kRadices[pass]; ++output) {
        const double angle = -2.0 * std::numbers::pi * group * output / length;
        twiddles_[pass].push_back({std::cos(angle), std::sin(angle)});
      }
    }
    length /= kRadices[pass];
  }
}

void Fft::forward(std::span<double> real, std::span<double> imag) {
  assert(real.size() == scratch_real_.size() && imag.size() == scratch_imag_.size());
  Complex from = {real.data(), imag.data()};
  Complex to = {scratch_real_.data(), scratch_imag_.data()};
  std::size_t length = kFftSize, run = kFftLanes;  // run: values that share a twiddle factor
  for (std::size_t pass = 0; pass < kRadices.size(); ++pass) {
    const std::size_t radix = kRadices[pass], groups = length / radix;
    for (std::size_t group = 0; group < groups; ++group) {
      const Twiddle* w = twiddles_[pass].data() + group * (radix - 1);
      const Complex x = from.at(group * run), y = to.at(group * radix * run);
      if (radix == 4) {
        butterfly_4(x, groups * run, y, run, w);
      } else {
        butterfly_5(x, groups * run, y, run, w);
      }
    }
    std::swap(from, to);  // after the fourth pass the result is back in the caller's arrays
    length = groups;
    run *= radix;
  }
}

}  // namespace tessera::whisper
