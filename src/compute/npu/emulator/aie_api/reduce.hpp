// One number of all lanes, by halves: a shift and an operation each, and an extract.
#pragma once

#include "src/compute/npu/emulator/aie_api/arithmetic.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

namespace detail {

constexpr std::int64_t halvings(unsigned lanes) { return lanes <= 1 ? 0 : 1 + halvings(lanes / 2); }

template <class T, unsigned N, class Op>
T reduce(const vector<T, N>& v, const Where& where, Op op) {
  v.check(where);
  moves(2 * halvings(N) + 1);
  T left[N];
  std::memcpy(left, v.bytes(), sizeof left);
  for (unsigned half = N / 2; half > 0; half /= 2) {
    for (unsigned i = 0; i < half; ++i) left[i] = static_cast<T>(op(left[i], left[i + half]));
  }
  return left[0];
}

}  // namespace detail

template <class T, unsigned N>
T reduce_max(const vector<T, N>& v, Where where = Where::current()) {
  return detail::reduce(v, where,
                        [](T x, T y) { return detail::order(x) < detail::order(y) ? y : x; });
}
template <class T, unsigned N>
T reduce_min(const vector<T, N>& v, Where where = Where::current()) {
  return detail::reduce(v, where,
                        [](T x, T y) { return detail::order(y) < detail::order(x) ? y : x; });
}

/// The sum, in the type of the elements. Of int8 halves are added in 8 bits, which wrap, down to 32
/// lanes; the rest is a product with ones that is narrowed by the core's modes. Of int16 and int32
/// it wraps. Of bfloat16 it is a product with ones; of float a tree of sums.
template <class T, unsigned N>
T reduce_add(const vector<T, N>& v, Where where = Where::current()) {
  if constexpr (sizeof(T) == 1) {
    v.check(where);
    T left[N];
    std::memcpy(left, v.bytes(), sizeof left);
    unsigned lanes = N;
    for (; lanes > 32; lanes /= 2) {
      for (unsigned i = 0; i < lanes / 2; ++i) {
        left[i] = static_cast<T>(static_cast<unsigned>(left[i]) +
                                 static_cast<unsigned>(left[i + lanes / 2]));
      }
      detail::moves(2);
    }
    accum<acc32, 16> sum;
    std::memset(sum.lanes(), 0, sum.kBits / 8);
    for (unsigned i = 0; i < lanes; ++i) sum.lanes()[0] += left[i];
    sum.define();
    ++detail::core().issued->products;
    return sum.template to_vector<T>(0, where).get(0, where);
  } else if constexpr (std::is_same_v<T, bfloat16>) {
    v.check(where);
    static_assert(N % 8 == 0);
    double ones[8], terms[8];
    float sum = 0;
    for (double& one : ones) one = 1;
    for (unsigned i = 0; i < N; i += 8) {
      for (unsigned k = 0; k < 8; ++k) terms[k] = v.lanes()[i + k].to_float();
      tessera::compute::npu::add_nine_terms<1>(terms, ones, &sum);
    }
    detail::core().issued->float_products += N / 8;
    detail::moves(1);
    auto& core = detail::core();
    return tessera::compute::npu::to_bfloat16(sum, core.rounding, core.float_floor);
  } else {
    return detail::reduce(v, where, [](T x, T y) {
      return static_cast<detail::UnsignedOf<T>>(x) + static_cast<detail::UnsignedOf<T>>(y);
    });
  }
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
