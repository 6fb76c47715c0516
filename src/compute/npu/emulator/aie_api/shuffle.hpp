// Lanes that change places: one or two moves each (Xilinx/aie_api, AIE2 shuffle modes).
#pragma once

#include <utility>

#include "src/compute/npu/emulator/aie_api/vector.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

namespace detail {

template <class T, unsigned N, class Source>
vector<T, N> shuffled(const vector<T, N>& v, const Where& where, Source source) {
  v.check(where);
  moves(issues(v.kBits));
  return make_vector<T, N>([&](unsigned i) { return v.lanes()[source(i)]; });
}

/// Shuffles for the transpose of a matrix in a vector: one for 8-bit elements of 512 bits or less,
/// more where rows are shorter than the network's granule.
template <class T, unsigned N>
constexpr std::int64_t transpose_issues() {
  if (sizeof(T) == 1) return issues(vector<T, N>::kBits);
  return vector<T, N>::kBits > 512 ? 4 : 2;
}

}  // namespace detail

/// (rows, columns) to (columns, rows).
template <class T, unsigned N>
vector<T, N> transpose(const vector<T, N>& v, unsigned rows, unsigned columns,
                       Where where = Where::current()) {
  v.check(where);
  if (rows * columns != N) detail::core().fail(where, "a transpose of another size");
  detail::moves(detail::transpose_issues<T, N>());
  vector<T, N> out;
  for (unsigned r = 0; r < rows; ++r) {
    for (unsigned c = 0; c < columns; ++c) out.lanes()[c * rows + r] = v.lanes()[r * columns + c];
  }
  out.define();
  return out;
}

/// Lane i of the result is lane i - count (up) or i + count (down) of v; lanes that come from
/// outside are 0 here and undefined on the chip.
template <class T, unsigned N>
vector<T, N> shuffle_up(const vector<T, N>& v, unsigned count, Where where = Where::current()) {
  v.check(where);
  detail::moves(detail::issues(v.kBits));
  return detail::make_vector<T, N>(
      [&](unsigned i) { return i < count ? T{} : v.lanes()[i - count]; });
}
template <class T, unsigned N>
vector<T, N> shuffle_down(const vector<T, N>& v, unsigned count, Where where = Where::current()) {
  v.check(where);
  detail::moves(detail::issues(v.kBits));
  return detail::make_vector<T, N>(
      [&](unsigned i) { return i + count >= N ? T{} : v.lanes()[i + count]; });
}
/// The same around the ends.
template <class T, unsigned N>
vector<T, N> shuffle_up_rotate(const vector<T, N>& v, unsigned count,
                               Where where = Where::current()) {
  return detail::shuffled(v, where, [count](unsigned i) { return (i + N - count % N) % N; });
}
template <class T, unsigned N>
vector<T, N> shuffle_down_rotate(const vector<T, N>& v, unsigned count,
                                 Where where = Where::current()) {
  return detail::shuffled(v, where, [count](unsigned i) { return (i + count) % N; });
}

template <class T, unsigned N>
vector<T, N> reverse(const vector<T, N>& v, Where where = Where::current()) {
  return detail::shuffled(v, where, [](unsigned i) { return N - 1 - i; });
}

/// Groups of `step` lanes, of which the even ones or the odd ones are kept.
template <class T, unsigned N>
vector<T, N / 2> filter_even(const vector<T, N>& v, unsigned step = 1,
                             Where where = Where::current()) {
  v.check(where);
  detail::moves(detail::issues(v.kBits));
  return detail::make_vector<T, N / 2>(
      [&](unsigned i) { return v.lanes()[i / step * 2 * step + i % step]; });
}
template <class T, unsigned N>
vector<T, N / 2> filter_odd(const vector<T, N>& v, unsigned step = 1,
                            Where where = Where::current()) {
  v.check(where);
  detail::moves(detail::issues(v.kBits));
  return detail::make_vector<T, N / 2>(
      [&](unsigned i) { return v.lanes()[(i / step * 2 + 1) * step + i % step]; });
}

/// Groups of `step` lanes of a and b in turns: the first half of them, and the second.
template <class T, unsigned N>
std::pair<vector<T, N>, vector<T, N>> interleave_zip(const vector<T, N>& a, const vector<T, N>& b,
                                                     unsigned step,
                                                     Where where = Where::current()) {
  a.check(where);
  b.check(where);
  detail::moves(2 * detail::issues(a.kBits));
  const auto at = [&](unsigned i) {
    const unsigned lane = i / (2 * step) * step + i % step;
    return i / step % 2 == 0 ? a.lanes()[lane] : b.lanes()[lane];
  };
  return {detail::make_vector<T, N>([&](unsigned i) { return at(i); }),
          detail::make_vector<T, N>([&](unsigned i) { return at(N + i); })};
}
/// The inverse: the even groups of a and b, and the odd ones.
template <class T, unsigned N>
std::pair<vector<T, N>, vector<T, N>> interleave_unzip(const vector<T, N>& a, const vector<T, N>& b,
                                                       unsigned step,
                                                       Where where = Where::current()) {
  a.check(where);
  b.check(where);
  detail::moves(2 * detail::issues(a.kBits));
  const auto at = [&](unsigned i) { return i < N ? a.lanes()[i] : b.lanes()[i - N]; };
  const auto group = [&](unsigned i, unsigned odd) {
    return at((i / step * 2 + odd) * step + i % step);
  };
  return {detail::make_vector<T, N>([&](unsigned i) { return group(i, 0); }),
          detail::make_vector<T, N>([&](unsigned i) { return group(i, 1); })};
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
