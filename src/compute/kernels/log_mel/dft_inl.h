// Discrete Fourier transforms of 5, 16 and 25 numbers, as many at a time as registers have lanes.
//
// The L of these templates has `Floats`, a register with the usual operators; all(x), x in every
// lane; and multiply_add(a, b, c), a b + c rounded once.
#pragma once

namespace tessera::compute::kernels {
namespace {

template <class L>
struct Complex {
  typename L::Floats re, im;
};

template <class L>
inline Complex<L> operator+(const Complex<L>& a, const Complex<L>& b) {
  return {a.re + b.re, a.im + b.im};
}
template <class L>
inline Complex<L> operator-(const Complex<L>& a, const Complex<L>& b) {
  return {a.re - b.re, a.im - b.im};
}

template <class L>
inline Complex<L> operator-(const Complex<L>& a) {
  return {-a.re, -a.im};
}

/// a factor + b
template <class L>
inline typename L::Floats scaled_sum(typename L::Floats a, double factor, typename L::Floats b) {
  return L::multiply_add(a, L::all(factor), b);
}
template <class L>
inline Complex<L> scaled_sum(const Complex<L>& a, double factor, const Complex<L>& b) {
  return {scaled_sum<L>(a.re, factor, b.re), scaled_sum<L>(a.im, factor, b.im)};
}

inline constexpr double kRootHalf = 0.70710678118654752440;
inline constexpr double kCosEighth = 0.92387953251128675613,
                        kSinEighth = 0.38268343236508977173;     // pi/8
inline constexpr double kRoot5Quarter = 0.55901699437494742410;  // (cos 2pi/5 - cos 4pi/5) / 2
inline constexpr double kSinFifth = 0.95105651629515357212;      // sin 2pi/5
inline constexpr double kSinRatio = 0.61803398874989484820;      // sin 4pi/5 / sin 2pi/5

/// The parts that both the real and the complex transform of 5 numbers are made of: X[0], and
/// X[k] = even[k] - i kSinFifth odd[k], X[5 - k] = even[k] + i kSinFifth odd[k] for k = 1, 2.
template <class T>
struct Fifths {
  T first, even[2], odd[2];
};

template <class L, class T>
inline Fifths<T> fifths(const T (&x)[5]) {
  const T sum1 = x[1] + x[4], difference1 = x[1] - x[4];
  const T sum2 = x[2] + x[3], difference2 = x[2] - x[3];
  const T sum = sum1 + sum2, spread = sum1 - sum2;
  const T middle = scaled_sum<L>(sum, -0.25, x[0]);
  return {
      x[0] + sum,
      {scaled_sum<L>(spread, kRoot5Quarter, middle), scaled_sum<L>(spread, -kRoot5Quarter, middle)},
      {scaled_sum<L>(difference2, kSinRatio, difference1),
       scaled_sum<L>(difference1, kSinRatio, -difference2)}};
}

/// x = its transform.
template <class L>
inline void dft_5(Complex<L> (&x)[5]) {
  const auto parts = fifths<L>(x);
  x[0] = parts.first;
#pragma GCC unroll 2
  for (int k = 1; k <= 2; ++k) {
    const auto& even = parts.even[k - 1];
    const auto& odd = parts.odd[k - 1];
    x[k] = {scaled_sum<L>(odd.im, kSinFifth, even.re), scaled_sum<L>(odd.re, -kSinFifth, even.im)};
    x[5 - k] = {scaled_sum<L>(odd.im, -kSinFifth, even.re),
                scaled_sum<L>(odd.re, kSinFifth, even.im)};
  }
}

/// X[0], X[1] and X[2] of real numbers; the others mirror them.
template <class L>
inline void dft_5_real(const typename L::Floats (&x)[5], typename L::Floats& first,
                       Complex<L> (&out)[2]) {
  const auto parts = fifths<L>(x);
  first = parts.first;
#pragma GCC unroll 2
  for (int k = 0; k < 2; ++k) out[k] = {parts.even[k], parts.odd[k] * L::all(-kSinFifth)};
}

/// X[0], X[1], (X[2]) of 4 real numbers: sum, difference - i other, alternating sum.
template <class L>
struct Quarters {
  typename L::Floats sum, difference, other, alternating;
};

template <class L>
inline Quarters<L> dft_4_real(typename L::Floats a, typename L::Floats b, typename L::Floats c,
                              typename L::Floats d) {
  const auto even = a + c, odd = b + d;
  return {even + odd, a - c, b - d, even - odd};
}

/// X[0] to X[4] of 8 real numbers, of which the first and the last are real.
template <class L>
struct Eighths {
  typename L::Floats first;
  Complex<L> x1, x2, x3;
  typename L::Floats last;
};

template <class L>
inline Eighths<L> dft_8_real(const typename L::Floats (&x)[8]) {
  using Floats = typename L::Floats;
  const auto even = dft_4_real<L>(x[0], x[2], x[4], x[6]);
  const auto odd = dft_4_real<L>(x[1], x[3], x[5], x[7]);
  // The odd ones turned by exp(-i pi/4), and by exp(-3i pi/4), which mirrors them.
  const Floats re = odd.difference - odd.other, im = odd.difference + odd.other;
  return {
      even.sum + odd.sum,
      {scaled_sum<L>(re, kRootHalf, even.difference), scaled_sum<L>(im, -kRootHalf, -even.other)},
      {even.alternating, -odd.alternating},
      {scaled_sum<L>(re, -kRootHalf, even.difference), scaled_sum<L>(im, -kRootHalf, even.other)},
      even.sum - odd.sum};
}

/// X[0] to X[8] of 16 real numbers; the first and the last are real, the others mirror these.
template <class L>
inline void dft_16_real(const typename L::Floats (&x)[16], typename L::Floats& first,
                        Complex<L> (&out)[7], typename L::Floats& last) {
  using Floats = typename L::Floats;
  const Floats evens[8] = {x[0], x[2], x[4], x[6], x[8], x[10], x[12], x[14]};
  const Floats odds[8] = {x[1], x[3], x[5], x[7], x[9], x[11], x[13], x[15]};
  const auto even = dft_8_real<L>(evens), odd = dft_8_real<L>(odds);
  first = even.first + odd.first;
  last = even.first - odd.first;
  out[3] = {even.last, -odd.last};
  // X[k] = even + turned, X[8 - k] the conjugate of even - turned.
  const auto combine = [&](int k, const Complex<L>& e, Floats re, Floats im) {
    out[k - 1] = {e.re + re, e.im + im};
    out[7 - k] = {e.re - re, im - e.im};
  };
  const auto turned_re = [](const Complex<L>& z, double cos, double sin) {
    return scaled_sum<L>(z.im, sin, z.re * L::all(cos));  // of z exp(-i angle)
  };
  const auto turned_im = [](const Complex<L>& z, double cos, double sin) {
    return scaled_sum<L>(z.re, -sin, z.im * L::all(cos));
  };
  combine(1, even.x1, turned_re(odd.x1, kCosEighth, kSinEighth),
          turned_im(odd.x1, kCosEighth, kSinEighth));
  combine(3, even.x3, turned_re(odd.x3, kSinEighth, kCosEighth),
          turned_im(odd.x3, kSinEighth, kCosEighth));
  const Floats re = odd.x2.re + odd.x2.im, im = odd.x2.im - odd.x2.re;
  out[1] = {scaled_sum<L>(re, kRootHalf, even.x2.re), scaled_sum<L>(im, kRootHalf, even.x2.im)};
  out[5] = {scaled_sum<L>(re, -kRootHalf, even.x2.re), scaled_sum<L>(im, kRootHalf, -even.x2.im)};
}

struct Angle {
  double cos, sin;
};

/// Of 2 pi j / 25.
inline constexpr Angle kTurns25[17] = {{1, 0},
                                       {0.96858316112863108, 0.24868988716485479},
                                       {0.87630668004386358, 0.48175367410171532},
                                       {0.72896862742141155, 0.68454710592868862},
                                       {0.53582679497899655, 0.84432792550201508},
                                       {0.30901699437494745, 0.95105651629515353},
                                       {0.062790519529313527, 0.99802672842827156},
                                       {-0.1873813145857246, 0.98228725072868872},
                                       {-0.42577929156507272, 0.90482705246601947},
                                       {-0.63742398974868975, 0.77051324277578925},
                                       {-0.80901699437494734, 0.58778525229247325},
                                       {-0.92977648588825135, 0.36812455268467814},
                                       {-0.99211470131447776, 0.12533323356430454},
                                       {-0.99211470131447788, -0.12533323356430429},
                                       {-0.92977648588825146, -0.36812455268467792},
                                       {-0.80901699437494778, -0.58778525229247269},
                                       {-0.63742398974868952, -0.77051324277578936}};

/// z exp(-2 pi i j / 25)
template <class L>
inline Complex<L> turned_25(const Complex<L>& z, int j) {
  if (j == 0) return z;
  const auto cos = L::all(kTurns25[j].cos);
  return {scaled_sum<L>(z.im, kTurns25[j].sin, z.re * cos),
          scaled_sum<L>(z.re, -kTurns25[j].sin, z.im * cos)};
}

/// The transform of 25 numbers in two steps of 5 (Cooley and Tukey 1965), with numbers 5 a + b in
/// and k + 5 c out. `load(n)` gives number n, `store(k, X[k])` takes each result.
template <class L, class Load, class Store>
inline void dft_25(Load load, Store store) {
  Complex<L> steps[5][5];  // [b][k]
#pragma GCC unroll 5
  for (int b = 0; b < 5; ++b) {
#pragma GCC unroll 5
    for (int a = 0; a < 5; ++a) steps[b][a] = load(5 * a + b);
    dft_5<L>(steps[b]);
  }
#pragma GCC unroll 5
  for (int k = 0; k < 5; ++k) {
    Complex<L> x[5];
#pragma GCC unroll 5
    for (int b = 0; b < 5; ++b) x[b] = turned_25<L>(steps[b][k], b * k);
    dft_5<L>(x);
#pragma GCC unroll 5
    for (int c = 0; c < 5; ++c) store(k + 5 * c, x[c]);
  }
}

/// The same of 25 real numbers; of the results, of which X[25 - k] mirrors X[k], one of each pair.
template <class L, class Load, class Store>
inline void dft_25_real(Load load, Store store) {
  using Floats = typename L::Floats;
  Floats firsts[5];
  Complex<L> steps[5][2];  // [b][k - 1]
#pragma GCC unroll 5
  for (int b = 0; b < 5; ++b) {
    const Floats x[5] = {load(b), load(5 + b), load(10 + b), load(15 + b), load(20 + b)};
    dft_5_real<L>(x, firsts[b], steps[b]);
  }
  Floats first;
  Complex<L> rest[2];
  dft_5_real<L>(firsts, first, rest);
  store(0, Complex<L>{first, Floats{}});
  store(5, rest[0]);
  store(10, rest[1]);
#pragma GCC unroll 2
  for (int k = 1; k <= 2; ++k) {
    Complex<L> x[5];
#pragma GCC unroll 5
    for (int b = 0; b < 5; ++b) x[b] = turned_25<L>(steps[b][k - 1], b * k);
    dft_5<L>(x);
#pragma GCC unroll 5
    for (int c = 0; c < 5; ++c) store(k + 5 * c, x[c]);
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
