// log_mel for any Lanes, a frame in each lane of a register.
//
// A frame's 400 = 16 * 25 samples are transformed by the prime-factor algorithm (Good 1958): 16 and
// 25 have no common divisor, so with n = 25 a + 16 b (mod 400) the transform is one of 16 numbers
// for each b and one of 25 for each k (mod 16), X[k] needs only k (mod 16) and k (mod 25), and
// there are no twiddle factors between. Samples are real, so that of the 16 residues 9 are enough.
//
// The hop of 160 is less than half a frame. So samples are transposed into lanes once, as a matrix
// of 160 columns, of which row r is where frame r begins: sample n of lane l is in column n % 160
// of row l + n / 160, and the registers of later rows are the same memory read from 1 or 2 lanes
// on.
#pragma once

#include "src/compute/kernels/log_mel/dft_inl.h"
#include "src/compute/kernels/mel_abi.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kRealRows = 2, kComplexRows = 7;  // k (mod 16) of 0 and 8, and of 1 to 7

/// Which samples each transform of 16 takes and where they are among the transposed ones, of which
/// columns are `stride` apart; and which bins each transform of 25 gives.
struct MelIndices {
  std::int16_t sample[25][16];
  std::int16_t place[25][16];
  std::int16_t bin[9][25];
};

constexpr MelIndices mel_indices(int stride) {
  MelIndices indices{};
  for (int b = 0; b < 25; ++b) {
    for (int a = 0; a < 16; ++a) {
      const int n = (25 * a + 16 * b) % kMelFrameSamples;
      indices.sample[b][a] = static_cast<std::int16_t>(n);
      indices.place[b][a] =
          static_cast<std::int16_t>(n % kMelHopSamples * stride + n / kMelHopSamples);
    }
  }
  for (int k = 0; k < kMelFrameSamples; ++k) {
    if (k % 16 > 8) continue;  // the mirror image of another
    indices.bin[k % 16][k % 25] =
        static_cast<std::int16_t>(k < kMelBins ? k : kMelFrameSamples - k);
  }
  return indices;
}

/// log10 of positive normal numbers in float32. Of the mantissa m in [sqrt 1/2, sqrt 2) it is
/// (m - 1) times a polynomial of m - 1, a minimax fit (see math_constants_inl.h) with error 1.5e-8.
constexpr float kLog10[] = {-0.0438738689f, 0.0713108853f, -0.0752780437f, 0.0863075778f,
                            -0.108397081f,  0.144777194f,  -0.217150137f,  0.434294403f};
constexpr float kLog10Of2 = 0.301029996f;
/// The bits of sqrt 1/2: what a number's bits are more than these has its exponent above bit 23.
constexpr int kRootHalfBits = 0x3f3504f3;

/// x = log10 of mantissa * 2^exponent.
template <class L, int N>
inline void log10_by_polynomial(typename L::Floats (&x)[N],
                                const typename L::Floats (&exponent)[N]) {
  typename L::Floats y[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    x[i] = x[i] - L::all(1);
    y[i] = L::all(kLog10[0]);
  }
#pragma GCC unroll 8
  for (int c = 1; c < 8; ++c) {
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) y[i] = L::multiply_add(y[i], x[i], L::all(kLog10[c]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) {
    x[i] = L::multiply_add(exponent[i], L::all(kLog10Of2), x[i] * y[i]);
  }
}

template <class L>
class LogMel {
  using Floats = typename L::Floats;
  using Number = typename L::Number;  // of a lane
  static constexpr int kLanes = L::kLanes;
  /// Of the transposed samples: room for 2 more rows, and for 16 bytes to be aligned.
  static constexpr int kStride = kLanes + 4;
  static constexpr MelIndices kIndices = mel_indices(kStride);

 public:
  explicit LogMel(const LogMelParams& p) : p_(p) {
    auto* numbers = reinterpret_cast<Number*>(p.scratch);
    const auto take = [&](std::size_t count) {
      Number* taken = numbers;
      numbers += count;
      return taken;
    };
    samples_ = take(std::size_t{kMelHopSamples} * kStride);
    real_rows_ = take(std::size_t{kRealRows} * 25 * kLanes);
    complex_rows_ = take(std::size_t{kComplexRows} * 25 * 2 * kLanes);
    powers_ = take(std::size_t{kMelBins} * kLanes);
    static_assert(sizeof(Number) *
                      (kMelHopSamples * kStride + kMelFrameSamples * kLanes + kMelBins * kLanes) <=
                  kLogMelScratchBytes);
  }

  void run() {
    *p_.largest = kMelSilence;
    for (int first = 0; first < p_.frames; first += kLanes) {
      const int count = p_.frames - first < kLanes ? p_.frames - first : kLanes;
      load_samples(first, count);
      transform_by_16();
      for (int row = 0; row < kRealRows; ++row) transform_real_row(row);
      for (int row = 0; row < kComplexRows; ++row) transform_complex_row(row);
      store_all_bands(first, count);
    }
  }

 private:
  /// The rows where the frames begin and the two that the last of them reaches into, the second by
  /// 80 samples.
  void load_samples(int first, int count) {
    constexpr int kSamplesOfLastRow = kMelFrameSamples - 2 * kMelHopSamples;
    const float* from = p_.samples + static_cast<std::ptrdiff_t>(first) * kMelHopSamples;
    int row = 0;
    if (count == kLanes) {
      for (int n = 0; n < kMelHopSamples; n += 4) {
        L::transpose_4(from + n, samples_ + n * kStride, kStride);
      }
      row = kLanes;
    }
    for (; row <= count; ++row) load_row(from, row, kMelHopSamples);
    load_row(from, row, kSamplesOfLastRow);
  }

  void load_row(const float* from, int row, int length) {
    from += row * kMelHopSamples;
    Number* to = samples_ + row;
    for (int n = 0; n < length; ++n) to[n * kStride] = from[n];
  }

  void transform_by_16() {
    for (int b = 0; b < 25; ++b) {
      Floats x[16];
#pragma GCC unroll 16
      for (int a = 0; a < 16; ++a) {
        x[a] =
            L::windowed(L::load(samples_ + kIndices.place[b][a]), p_.window[kIndices.sample[b][a]]);
      }
      Complex<L> out[kComplexRows];
      Floats first, last;
      dft_16_real<L>(x, first, out, last);
      L::store(real_rows_ + b * kLanes, first);
      L::store(real_rows_ + (25 + b) * kLanes, last);
#pragma GCC unroll 7
      for (int k = 0; k < kComplexRows; ++k) {
        Number* to = complex_rows_ + (k * 25 + b) * 2 * kLanes;
        L::store(to, out[k].re);
        L::store(to + kLanes, out[k].im);
      }
    }
  }

  auto store_powers(const std::int16_t* bins) {
    return [this, bins](int k, const Complex<L>& x) {
      L::store(powers_ + bins[k] * kLanes, L::multiply_add(x.re, x.re, x.im * x.im));
    };
  }

  void transform_real_row(int row) {
    const Number* x = real_rows_ + row * 25 * kLanes;
    dft_25_real<L>([x](int n) { return L::load(x + n * kLanes); },
                   store_powers(kIndices.bin[8 * row]));
  }

  void transform_complex_row(int row) {
    const Number* x = complex_rows_ + row * 25 * 2 * kLanes;
    const auto load = [x](int n) {
      return Complex<L>{L::load(x + 2 * n * kLanes), L::load(x + (2 * n + 1) * kLanes)};
    };
    dft_25<L>(load, store_powers(kIndices.bin[row + 1]));
  }

  Floats power_of(const MelBand& band) const {
    const Number* power = powers_ + band.first_bin * kLanes;
    const float* weights = p_.weights + band.first_weight;
    Floats even{}, odd{};
    for (int i = 0; i < band.bins; i += 2) {
      even = L::multiply_add(L::load(power + i * kLanes), L::all(weights[i]), even);
      odd = L::multiply_add(L::load(power + (i + 1) * kLanes), L::all(weights[i + 1]), odd);
    }
    return even + odd;
  }

  /// Bands [band, band + N) of `count` frames from `first` on.
  template <int N>
  void store_bands(int band, int first, int count, Floats& largest) {
    const Floats least = L::all(kMelLeastPower);
    Floats powers[N], logarithms[N];
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      powers[i] = power_of(p_.bands[band + i]);
      logarithms[i] = L::max(powers[i], least);
    }
    L::log10(logarithms);
    float* out = p_.out + band * p_.out_stride + first;
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      const Floats value = L::choose_above(powers[i], least, logarithms[i], L::all(kMelSilence));
      if (count == kLanes) {
        L::store_floats(out + i * p_.out_stride, value);
        largest = L::max(largest, value);
      } else {
        store_few(out + i * p_.out_stride, value, count);
      }
    }
  }

  void store_all_bands(int first, int count) {
    Floats largest = L::all(kMelSilence);
    int band = 0;
    for (; band + 4 <= p_.n_bands; band += 4) store_bands<4>(band, first, count, largest);
    for (; band < p_.n_bands; ++band) store_bands<1>(band, first, count, largest);
    alignas(64) float ignored[kLanes];
    store_few(ignored, largest, kLanes);
  }

  void store_few(float* out, Floats value, int count) {
    alignas(64) float lanes[kLanes];
    L::store_floats(lanes, value);
    for (int i = 0; i < count; ++i) {
      out[i] = lanes[i];
      if (lanes[i] > *p_.largest) *p_.largest = lanes[i];
    }
  }

  const LogMelParams& p_;
  Number* samples_;       // (160, kStride)
  Number* real_rows_;     // (2, 25, lanes)
  Number* complex_rows_;  // (7, 25, 2, lanes)
  Number* powers_;        // (201, lanes)
};

template <class L>
void log_mel(const LogMelParams& p) {
  LogMel<L>(p).run();
}

}  // namespace
}  // namespace tessera::compute::kernels
