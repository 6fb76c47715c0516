// Masks: what compares vectors, and what chooses by them.
#pragma once

#include <bit>

#include "src/compute/npu/emulator/aie_api/arithmetic.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

/// A bit for each lane.
template <unsigned N>
class mask {
  static_assert(N <= 128);

 public:
  static constexpr unsigned size() { return N; }
  bool test(unsigned i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
  void set(unsigned i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  unsigned count() const {
    return static_cast<unsigned>(std::popcount(words_[0]) + std::popcount(words_[1]));
  }
  /// The first 32 lanes, the first one in the lowest bit.
  std::uint32_t to_uint32() const { return static_cast<std::uint32_t>(words_[0]); }
  bool empty() const { return count() == 0; }
  bool full() const { return count() == N; }
  mask operator&(const mask& other) const {
    return {words_[0] & other.words_[0], words_[1] & other.words_[1]};
  }
  mask operator|(const mask& other) const {
    return {words_[0] | other.words_[0], words_[1] | other.words_[1]};
  }
  mask operator~() const {
    mask out;
    for (unsigned i = 0; i < N; ++i) {
      if (!test(i)) out.set(i);
    }
    return out;
  }

  mask() = default;

 private:
  mask(std::uint64_t low, std::uint64_t high) : words_{low, high} {}

  std::uint64_t words_[2] = {};
};

namespace detail {

template <class T, unsigned N, class B, class Compare>
mask<N> compare(const vector<T, N>& a, const B& b, const Where& where, Compare holds) {
  a.check(where);
  check_operand(b, where);
  moves(move_issues<T, N>());
  mask<N> out;
  for (unsigned i = 0; i < N; ++i) {
    if (holds(order(a.lanes()[i]), order(static_cast<T>(lane_of(b, i))))) out.set(i);
  }
  return out;
}

}  // namespace detail

template <class T, unsigned N, class B>
mask<N> lt(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::compare(a, b, where, [](auto x, auto y) { return x < y; });
}
template <class T, unsigned N, class B>
mask<N> le(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::compare(a, b, where, [](auto x, auto y) { return x <= y; });
}
template <class T, unsigned N, class B>
mask<N> gt(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::compare(a, b, where, [](auto x, auto y) { return x > y; });
}
template <class T, unsigned N, class B>
mask<N> ge(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::compare(a, b, where, [](auto x, auto y) { return x >= y; });
}
template <class T, unsigned N, class B>
mask<N> eq(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::compare(a, b, where, [](auto x, auto y) { return x == y; });
}
template <class T, unsigned N, class B>
mask<N> neq(const vector<T, N>& a, const B& b, Where where = Where::current()) {
  return detail::compare(a, b, where, [](auto x, auto y) { return x != y; });
}

/// Lanes of `a` where the mask has 0, of `b` where it has 1; `b` may be a number.
template <class T, unsigned N, class B>
vector<T, N> select(const vector<T, N>& a, const B& b, const mask<N>& choice,
                    Where where = Where::current()) {
  a.check(where);
  detail::check_operand(b, where);
  detail::moves(detail::issues(a.kBits));
  return detail::make_vector<T, N>([&](unsigned i) {
    return choice.test(i) ? static_cast<T>(detail::lane_of(b, i)) : a.lanes()[i];
  });
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
