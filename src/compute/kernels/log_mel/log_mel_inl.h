// log_mel for any Lanes, a frame in each lane of a register.
//
// A frame's 400 = 16 * 25 samples are transformed by the prime-factor algorithm (Good 1958): 16 and
// 25 have no common divisor, so with n = 25 a + 16 b (mod 400) the transform is one of 16 numbers
// for each b and one of 25 for each k (mod 16), X[k] needs only k (mod 16) and k (mod 25), and
// there are no twiddle factors between. Samples are real, so that of the 16 residues 9 are enough.
//
// The hop of 160 is less than half a frame. So samples are transposed into lanes once, as a matrix
// of 160 columns, of which row r is where frame r begins: sample n of lane l is in column n % 160
// of row l + n / 160, so that later samples are those of a column with the lanes moved by 1 or 2.
//
// All else happens in place: a transform's results, and in the end the powers, are where its
// samples were, so that a group of 16 frames fits a first-level cache of 48 KiB or even 32.
#pragma once

#include "src/compute/kernels/log_mel/dft_inl.h"
#include "src/compute/kernels/mel_abi.h"

namespace tessera::compute::kernels {
namespace {

/// A group's numbers are a table of 25 rows, of b and then of k (mod 25), by 16 columns, of a and
/// then of k (mod 16). Of these, 0 and 8 are real and in the first and last column, 1 to 7 are
/// complex and in two columns each. Rows are a register longer, so that columns are spread over the
/// sets of the cache.
inline constexpr int kRowPlaces = 17, kPlaces = 25 * kRowPlaces;

struct MelPlaces {
  std::int16_t sample[kMelFrameSamples];
  std::int16_t power[kMelBins];
};

constexpr MelPlaces mel_places() {
  MelPlaces places{};
  for (int b = 0; b < 25; ++b) {
    for (int a = 0; a < 16; ++a) {
      places.sample[(25 * a + 16 * b) % kMelFrameSamples] =
          static_cast<std::int16_t>(b * kRowPlaces + a);
    }
  }
  for (int bin = 0; bin < kMelBins; ++bin) {
    // Of k and the 400 - k that mirrors it, the one of which the table has k (mod 16).
    int k = bin % 16 <= 8 ? bin : kMelFrameSamples - bin;
    // Of the two mirror images with k (mod 16) = 0 or 8, the one that dft_25_real gives.
    if (k % 8 == 0 && (k % 5 > 2 || (k % 5 == 0 && k % 25 > 10))) k = kMelFrameSamples - k;
    const int column = k % 16 == 0 ? 0 : 2 * (k % 16) - 1;
    places.power[bin] = static_cast<std::int16_t>(k % 25 * kRowPlaces + column);
  }
  return places;
}
inline constexpr MelPlaces kMelPlaces = mel_places();

/// log10 of positive normal numbers in float32; at least kMelOverflow of infinity and of what is
/// not a number. Of the mantissa m in [sqrt 1/2, sqrt 2) it is (m - 1) times a polynomial of m - 1,
/// a minimax fit (see math_constants_inl.h) with error 1.5e-8.
inline constexpr float kLog10[] = {-0.0438738689f, 0.0713108853f, -0.0752780437f, 0.0863075778f,
                                   -0.108397081f,  0.144777194f,  -0.217150137f,  0.434294403f};
inline constexpr float kLog10Of2 = 0.301029996f;
/// The bits of sqrt 1/2: what a number's bits are more than these has its exponent above bit 23.
inline constexpr int kRootHalfBits = 0x3f3504f3;

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
  static constexpr int kLine = 16;  // floats of a cache line
  /// Samples of a group of frames.
  static constexpr int kSamples = (kLanes - 1) * kMelHopSamples + kMelFrameSamples;

 public:
  explicit LogMel(const LogMelParams& p)
      : p_(p),
        table_(reinterpret_cast<Number*>(p.scratch)),
        few_(reinterpret_cast<float*>(table_ + kPlaces * kLanes)) {
    static_assert(sizeof(Number) * kPlaces * kLanes + sizeof(float) * kSamples <=
                  kLogMelScratchBytes);
  }

  void run() {
    *p_.largest = kMelSilence;
    for (int first = 0; first < p_.frames; first += kLanes) {
      const int count = p_.frames - first < kLanes ? p_.frames - first : kLanes;
      const float* samples = p_.samples + static_cast<std::ptrdiff_t>(first) * kMelHopSamples;
      load_samples(count == kLanes ? samples : filled_up(samples, count));
      transform_rows(samples + (first + 2 * kLanes <= p_.frames ? kLanes * kMelHopSamples : 0));
      transform_real_column(table_);
      for (int k = 1; k < 8; ++k) transform_column(table_ + (2 * k - 1) * kLanes);
      transform_real_column(table_ + 15 * kLanes);
      store_all_bands(first, count);
    }
  }

 private:
  static Number* at(Number* from, int place) { return from + place * kLanes; }

  /// The samples of a group of `count` frames, and silence up to those of a full one.
  const float* filled_up(const float* samples, int count) {
    const int samples_there = (count - 1) * kMelHopSamples + kMelFrameSamples;
    for (int i = 0; i < kSamples; ++i) few_[i] = i < samples_there ? samples[i] : 0.0f;
    return few_;
  }

  /// A group's samples times the window to their places.
  void load_samples(const float* samples) {
    // A frame reaches into the rows of the next two, the second of them by 80 samples.
    constexpr int kInThirdRow = kMelFrameSamples - 2 * kMelHopSamples;
    for (int n = 0; n < kInThirdRow; n += 4) load_columns<3>(samples, n);
    for (int n = kInThirdRow; n < kMelHopSamples; n += 4) load_columns<2>(samples, n);
  }

  template <int kRows>
  void load_columns(const float* samples, int n) {
    Floats x[kRows][4];
    L::transpose_4(samples + n, x);
#pragma GCC unroll 3
    for (int row = 0; row < kRows; ++row) {
      const float* window = p_.window + row * kMelHopSamples + n;
      const std::int16_t* places = kMelPlaces.sample + row * kMelHopSamples + n;
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        L::store(at(table_, places[i]), L::windowed(x[row][i], window[i]));
      }
    }
  }

  /// Meanwhile fetches the samples of the next group, which are 16 streams at once to a processor.
  void transform_rows(const float* next) {
    for (int row = 0; row < 25; ++row) {
      for (int line = row; line * kLine < kLanes * kMelHopSamples; line += 25) {
        __builtin_prefetch(next + line * kLine);
      }
      transform_row(table_ + row * kRowPlaces * kLanes);
    }
  }

  static void transform_row(Number* row) {
    Floats x[16];
#pragma GCC unroll 16
    for (int a = 0; a < 16; ++a) x[a] = L::load(at(row, a));
    Complex<L> out[7];
    Floats first, last;
    dft_16_real<L>(x, first, out, last);
    L::store(row, first);
#pragma GCC unroll 7
    for (int k = 0; k < 7; ++k) {
      L::store(at(row, 2 * k + 1), out[k].re);
      L::store(at(row, 2 * k + 2), out[k].im);
    }
    L::store(at(row, 15), last);
  }

  static auto store_powers(Number* column) {
    return [column](int k, const Complex<L>& x) {
      L::store(at(column, k * kRowPlaces), L::multiply_add(x.re, x.re, x.im * x.im));
    };
  }

  static void transform_real_column(Number* column) {
    const auto load = [column](int b) { return L::load(at(column, b * kRowPlaces)); };
    dft_25_real<L>(load, store_powers(column));
  }

  static void transform_column(Number* column) {
    const auto load = [column](int b) {
      return Complex<L>{L::load(at(column, b * kRowPlaces)),
                        L::load(at(column, b * kRowPlaces + 1))};
    };
    dft_25<L>(load, store_powers(column));
  }

  Floats power_of(const MelBand& band) const {
    const std::int16_t* places = kMelPlaces.power + band.first_bin;
    const float* weights = p_.weights + band.first_weight;
    Floats even{}, odd{};
    for (int i = 0; i < band.bins; i += 2) {
      even = L::multiply_add(L::load(at(table_, places[i])), L::all(weights[i]), even);
      odd = L::multiply_add(L::load(at(table_, places[i + 1])), L::all(weights[i + 1]), odd);
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
      powers[i] = L::size(power_of(p_.bands[band + i]));
      logarithms[i] = L::max(least, powers[i]);
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
  Number* table_;  // (25, 17, lanes)
  float* few_;     // (kSamples)
};

template <class L>
void log_mel(const LogMelParams& p) {
  LogMel<L>(p).run();
}

}  // namespace
}  // namespace tessera::compute::kernels
