// aie::mmul: products of tiles, exact modulo the accumulator for integers, nine terms at a time for
// bfloat16. Shapes and instructions of each: AM020 and Xilinx/aie_api, mmul of AIE2.
#pragma once

#include "src/compute/npu/emulator/aie_api/arithmetic.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

namespace detail {

struct MmulCost {
  int products = 0;  // instructions of the multiplier; 0: there is no such shape
  int moves = 0;     // shuffles of a composed shape
};

constexpr MmulCost cost_of_int8(unsigned m, unsigned k, unsigned n) {
  const unsigned shape = m * 10000 + k * 100 + n;
  switch (shape) {
    case 40808:
    case 20808:
      return {1, 0};
    case 80808:
      return {2, 1};
    case 41604:
      return {1, 2};
    case 80804:
    case 40804:
      return {1, 1};
    default:
      return {};
  }
}

constexpr MmulCost cost_of_bfloat16(unsigned m, unsigned k, unsigned n) {
  const unsigned shape = m * 10000 + k * 100 + n;
  switch (shape) {
    case 40804:
    case 80108:
      return {1, 0};
    case 80804:
      return {2, 0};
    case 40808:
      return {2, 4};
    case 80808:
      return {4, 6};
    default:
      return {};
  }
}

constexpr MmulCost cost_of_int16(unsigned m, unsigned k, unsigned n, unsigned right_bits) {
  const unsigned shape = m * 10000 + k * 100 + n;
  if (right_bits == 8) return shape == 40408 || shape == 40804 ? MmulCost{1, 0} : MmulCost{};
  if (shape == 40404 || shape == 40208) return {1, 0};
  return shape == 40408 ? MmulCost{2, 0} : MmulCost{};
}

template <class A, class B>
constexpr MmulCost mmul_cost(unsigned m, unsigned k, unsigned n) {
  if (is_float<A>) return cost_of_bfloat16(m, k, n);
  if (bits_of<A> == 8 && bits_of<B> == 8) return cost_of_int8(m, k, n);
  if (bits_of<A> == 16) return cost_of_int16(m, k, n, bits_of<B>);
  const bool is_known = (m == 4 && k == 16 && n == 8) || (m == 8 && k == 16 && n == 8) ||
                        (m == 4 && k == 32 && n == 8);
  return is_known ? MmulCost{static_cast<int>(m * k * n / 512), 0} : MmulCost{};
}

/// Factors as numbers that a product of two of them fits.
template <class Factor, class T, unsigned N>
void widen(const vector<T, N>& v, Factor* out) {
  const T* const in = v.lanes();
  for (unsigned i = 0; i < N; ++i) {
    if constexpr (is_int4<T>) out[i] = static_cast<Factor>(+nibble(in, i));
    if constexpr (std::is_same_v<T, bfloat16>) out[i] = in[i].to_float();
    if constexpr (!is_int4<T> && !is_float<T>) out[i] = static_cast<Factor>(+in[i]);
  }
}

/// c (M, N) += a (M, K) b (K, N).
template <unsigned M, unsigned K, unsigned N, class A, class B, class Lane>
void add_products(const vector<A, M * K>& va, const vector<B, K * N>& vb, Lane* c) {
  // Two bytes, one of them signed, make a product of 16 bits: twice as many of them to a register.
  constexpr bool kIsShort = bits_of<A> <= 8 && bits_of<B> <= 8 && (is_signed<A> || is_signed<B>);
  using Product =
      std::conditional_t<kIsShort, std::int16_t,
                         std::conditional_t<sizeof(Lane) == 8, std::int64_t, std::int32_t>>;
  using Sum = std::make_unsigned_t<Lane>;
  Product a[M * K], b[K * N];
  widen(va, a);
  widen(vb, b);
  for (unsigned m = 0; m < M; ++m) {
    Sum sums[N];
    for (unsigned n = 0; n < N; ++n) sums[n] = static_cast<Sum>(c[m * N + n]);
    for (unsigned k = 0; k < K; ++k) {
      const Product left = a[m * K + k];
      for (unsigned n = 0; n < N; ++n) {
        sums[n] += static_cast<Sum>(static_cast<Lane>(static_cast<Product>(left * b[k * N + n])));
      }
    }
    for (unsigned n = 0; n < N; ++n) c[m * N + n] = static_cast<Lane>(sums[n]);
  }
}

template <unsigned M, unsigned K, unsigned N>
void add_float_products(const vector<bfloat16, M * K>& va, const vector<bfloat16, K * N>& vb,
                        float* c) {
  float a[M * K], b[K * N];
  widen(va, a);
  widen(vb, b);
  if constexpr (K == 1) {
    for (unsigned i = 0; i < M * N; ++i) {
      c[i] = tessera::compute::npu::add_aligned(c[i], a[i / N] * b[i % N]);
    }
  } else {
    static_assert(K == tessera::compute::npu::kProductsPerStep);
    tessera::compute::npu::add_nine_bf16_terms<M, N>(a, b, c);
  }
}

}  // namespace detail

/// c (M, N) = or += a (M, K) b (K, N), all row-major. One that was made of nothing adds to zero.
template <unsigned M, unsigned K, unsigned N, class A, class B, class AccTag = accauto>
class mmul {
  static constexpr detail::MmulCost kCost = detail::mmul_cost<A, B>(M, K, N);
  static_assert(kCost.products > 0, "AIE2 has no such product of tiles");

 public:
  static constexpr unsigned size_A = M * K;
  static constexpr unsigned size_B = K * N;
  static constexpr unsigned size_C = M * N;
  // Of two int16 the sums have 64 bits unless others are asked for.
  using Tag = std::conditional_t<std::is_same_v<AccTag, accauto> && detail::bits_of<A> == 16 &&
                                     detail::bits_of<B> == 16 && !detail::is_float<A>,
                                 acc64, detail::TagOf<AccTag, A, B>>;
  using accum_type = accum<Tag, size_C>;

  mmul() {}
  mmul(const accum_type& sums)
      : sums_(sums), is_zero_(false) {}  // NOLINT(google-explicit-constructor)
  template <class T>
  explicit mmul(const vector<T, size_C>& v, int shift = 0, Where where = Where::current())
      : sums_(v, shift, where), is_zero_(false) {}

  void mul(const vector<A, size_A>& a, const vector<B, size_B>& b, Where where = Where::current()) {
    is_zero_ = true;
    mac(a, b, where);
  }

  void mac(const vector<A, size_A>& a, const vector<B, size_B>& b, Where where = Where::current()) {
    a.check(where);
    b.check(where);
    if (is_zero_) {
      std::memset(sums_.lanes(), 0, accum_type::kBits / 8);
      sums_.define();
      is_zero_ = false;
    }
    sums_.check(where);
    auto& issued = *detail::core().issued;
    if constexpr (detail::is_float<A>) {
      detail::add_float_products<M, K, N>(a, b, sums_.lanes());
      issued.float_products += kCost.products;
    } else {
      detail::add_products<M, K, N>(a, b, sums_.lanes());
      issued.products += kCost.products;
    }
    issued.moves += kCost.moves;
  }

  const accum_type& to_accum() const { return sums_; }
  operator accum_type() const { return sums_; }
  template <class T>
  vector<T, size_C> to_vector(int shift = 0, Where where = Where::current()) const {
    return sums_.template to_vector<T>(shift, where);
  }

 private:
  accum_type sums_;
  bool is_zero_ = true;
};

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
