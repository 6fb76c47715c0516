// Element by element: sums, products into accumulators, extremes, bits, fixed point.
#pragma once

#include <cmath>

#include "src/compute/npu/emulator/aie_api/accum.hpp"
#include "src/compute/npu/emulator/nine_terms.h"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

namespace detail {

template <class V>
inline constexpr bool is_vector = false;
template <class T, unsigned N>
inline constexpr bool is_vector<vector<T, N>> = true;

/// A lane of a vector, or the one number that stands for all: a compiler keeps that in a register.
template <class T, unsigned N>
const T& lane_of(const vector<T, N>& v, unsigned i) {
  return v.lanes()[i];
}
template <class T>
requires(!is_vector<T>) const T& lane_of(const T& value, unsigned) { return value; }
template <class T, unsigned N>
void check_operand(const vector<T, N>& v, const Where& where) {
  v.check(where);
}
template <class T>
requires(!is_vector<T>) void check_operand(const T&, const Where&) {}

template <class T>
struct ElementOf {
  using type = T;
};
template <class T, unsigned N>
struct ElementOf<vector<T, N>> {
  using type = T;
};

/// Issues of a sum, comparison or choice. Of float32 they are emulated by several (mlir-aie,
/// exp2_bf16.h).
template <class T, unsigned N>
constexpr std::int64_t move_issues() {
  return issues(bits_of<T> * N) * (std::is_same_v<T, float> ? 3 : 1);
}

template <class T, unsigned N, class B, class Op>
vector<T, N> each(const vector<T, N>& a, const B& b, const Where& where, Op op) {
  a.check(where);
  check_operand(b, where);
  moves(move_issues<T, N>());
  return make_vector<T, N>(
      [&](unsigned i) { return op(a.lanes()[i], static_cast<T>(lane_of(b, i))); });
}

/// a + b in bfloat16: through accumulators of float32, back by the rounding mode.
template <unsigned N, class B>
vector<bfloat16, N> sum_of_bfloat16(const vector<bfloat16, N>& a, const B& b, float sign,
                                    const Where& where) {
  a.check(where);
  check_operand(b, where);
  accum<accfloat, N> sums;
  for (unsigned i = 0; i < N; ++i) {
    sums.lanes()[i] = a.lanes()[i].to_float() + sign * lane_of(b, i).to_float();
  }
  sums.define();
  core().issued->moves += 2 * registers(bits_of<bfloat16> * N);
  core().issued->float_products += (N + 15) / 16;
  vector<bfloat16, N> out = sums.template to_vector<bfloat16>(0, where);
  out.origin = Origin::converted;
  return out;
}

template <class T>
using UnsignedOf = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                               std::type_identity<T>>::type;

template <class A, class B>
constexpr unsigned lanes_of() {
  if constexpr (is_vector<A>) return A::size();
  if constexpr (!is_vector<A>) return B::size();
}
template <class Tag, class A, class B>
using ProductOf =
    accum<TagOf<Tag, typename ElementOf<A>::type, typename ElementOf<B>::type>, lanes_of<A, B>()>;

/// A number that orders as the element does.
template <class T>
auto order(T x) {
  if constexpr (std::is_same_v<T, bfloat16>) return x.to_float();
  if constexpr (!std::is_same_v<T, bfloat16>) return x;
}

/// Issues of a product of `lanes` lanes (AM020: 32 lanes of acc32, 16 of acc64 and of bfloat16;
/// 32-bit factors are taken apart into 16-bit ones).
template <class Tag, class A, class B>
constexpr std::int64_t product_issues(unsigned lanes) {
  const unsigned at_once = std::is_same_v<Tag, acc32> ? 32 : 16;
  const unsigned limbs = (bits_of<A> > 16 ? 2 : 1) * (bits_of<B> > 16 ? 2 : 1);
  return static_cast<std::int64_t>((lanes + at_once - 1) / at_once) * (is_float<A> ? 1 : limbs);
}

enum class Into { product, sum, difference, negative };

template <Into kInto, class Tag, unsigned N, class A, class B>
void multiply(accum<Tag, N>& sums, const A& a, const B& b, const Where& where) {
  check_operand(a, where);
  check_operand(b, where);
  if constexpr (kInto == Into::sum || kInto == Into::difference) sums.check(where);
  using Left = typename ElementOf<A>::type;
  using Right = typename ElementOf<B>::type;
  using Lane = typename accum<Tag, N>::Lane;
  Lane* const out = sums.lanes();
  constexpr bool kIsMinus = kInto == Into::difference || kInto == Into::negative;
  constexpr bool kAdds = kInto == Into::sum || kInto == Into::difference;
  if constexpr (std::is_same_v<Tag, accfloat>) {
    static_assert(std::is_same_v<Left, bfloat16> && std::is_same_v<Right, bfloat16>,
                  "products of float32 are emulated on AIE2; split them into bfloat16");
    for (unsigned i = 0; i < N; ++i) {
      const float product = lane_of(a, i).to_float() * lane_of(b, i).to_float();  // exact
      const float term = kIsMinus ? -product : product;
      out[i] = kAdds ? tessera::compute::npu::add_aligned(out[i], term) : term;
    }
    core().issued->float_products += product_issues<Tag, Left, Right>(N);
  } else {
    using Unsigned = std::make_unsigned_t<Lane>;
    for (unsigned i = 0; i < N; ++i) {
      const Unsigned product = static_cast<Unsigned>(static_cast<Lane>(lane_of(a, i))) *
                               static_cast<Unsigned>(static_cast<Lane>(lane_of(b, i)));
      const Unsigned term = kIsMinus ? Unsigned{} - product : product;
      out[i] = static_cast<Lane>((kAdds ? static_cast<Unsigned>(out[i]) : Unsigned{}) + term);
    }
    core().issued->products += product_issues<Tag, Left, Right>(N);
  }
  sums.define();
}

}  // namespace detail

/// a + b and a - b modulo the type; floats are rounded. b is a vector or a number.
template <class T, unsigned N, class B>
vector<T, N> add(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    return detail::sum_of_bfloat16(a, b, 1.0f, where);
  } else {
    return detail::each(a, b, where, [](T x, T y) {
      return static_cast<detail::UnsignedOf<T>>(x) + static_cast<detail::UnsignedOf<T>>(y);
    });
  }
}
template <class T, unsigned N, class B>
vector<T, N> sub(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    return detail::sum_of_bfloat16(a, b, -1.0f, where);
  } else {
    return detail::each(a, b, where, [](T x, T y) {
      return static_cast<detail::UnsignedOf<T>>(x) - static_cast<detail::UnsignedOf<T>>(y);
    });
  }
}

template <class T, unsigned N, class B>
vector<T, N> max(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::each(a, b, where,
                      [](T x, T y) { return detail::order(x) < detail::order(y) ? y : x; });
}
template <class T, unsigned N, class B>
vector<T, N> min(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::each(a, b, where,
                      [](T x, T y) { return detail::order(y) < detail::order(x) ? y : x; });
}

template <class T, unsigned N, class B>
vector<T, N> bit_and(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::each(a, b, where, [](T x, T y) { return x & y; });
}
template <class T, unsigned N, class B>
vector<T, N> bit_or(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::each(a, b, where, [](T x, T y) { return x | y; });
}
template <class T, unsigned N, class B>
vector<T, N> bit_xor(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::each(a, b, where, [](T x, T y) { return x ^ y; });
}

/// v << shift modulo the type, and the arithmetic v >> shift: by way of accumulators, since no
/// instruction shifts lanes.
template <class T, unsigned N>
vector<T, N> upshift(const vector<T, N>& v, unsigned shift, Where where = Where::current()) {
  detail::stores(detail::registers(v.kBits));
  return detail::each(v, T{}, where,
                      [shift](T x, T) { return static_cast<detail::UnsignedOf<T>>(x) << shift; });
}
template <class T, unsigned N>
vector<T, N> downshift(const vector<T, N>& v, unsigned shift, Where where = Where::current()) {
  detail::stores(detail::registers(v.kBits));
  return detail::each(v, T{}, where, [shift](T x, T) { return x >> shift; });
}

/// Products element by element; one of the operands may be a number. Sums are modulo the
/// accumulator; of bfloat16 they follow add_aligned.
template <class Tag = accauto, class A, class B>
auto mul(const A& a, const B& b, Where where = Where::current()) {
  detail::ProductOf<Tag, A, B> out;
  detail::multiply<detail::Into::product>(out, a, b, where);
  return out;
}
template <class Tag = accauto, class A, class B>
auto negmul(const A& a, const B& b, Where where = Where::current()) {
  detail::ProductOf<Tag, A, B> out;
  detail::multiply<detail::Into::negative>(out, a, b, where);
  return out;
}
template <class Tag, unsigned N, class A, class B>
accum<Tag, N> mac(const accum<Tag, N>& sums, const A& a, const B& b,
                  Where where = Where::current()) {
  accum<Tag, N> out = sums;
  detail::multiply<detail::Into::sum>(out, a, b, where);
  return out;
}
template <class Tag, unsigned N, class A, class B>
accum<Tag, N> msc(const accum<Tag, N>& sums, const A& a, const B& b,
                  Where where = Where::current()) {
  accum<Tag, N> out = sums;
  detail::multiply<detail::Into::difference>(out, a, b, where);
  return out;
}

/// floor(v * 2^shift), whatever the rounding mode; as int16 the lower half of it.
template <class T = std::int32_t, unsigned N>
vector<T, N> to_fixed(const vector<bfloat16, N>& v, int shift = 0, Where where = Where::current()) {
  v.check(where);
  detail::stores((N + 15) / 16);
  return detail::make_vector<T, N>(
      [&](unsigned i) { return tessera::compute::npu::floor_to_fixed(v.lanes()[i], shift); });
}

/// Of one number, by Newton's steps of the scalar unit.
inline float inv(float x) {
  ++detail::core().issued->scalar_floats;
  return 1.0f / x;
}
inline float invsqrt(float x) {
  ++detail::core().issued->scalar_floats;
  return 1.0f / std::sqrt(x);
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
