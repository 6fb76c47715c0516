// aie::vector: a register of numbers, which knows which of its parts were ever written.
#pragma once

#include <cstring>

#include "src/compute/npu/emulator/aie_api/types.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

namespace detail {

/// Two operations are one issue where the second one follows directly.
enum class Origin : std::uint8_t {
  computed,
  loaded,     ///< made an accumulator, it is a load of one: VLDA.UPS
  converted,  ///< from an accumulator; stored, it is VST.SRS
};

}  // namespace detail

template <class T, unsigned N>
class vector {
  static_assert(detail::bits_of<T> * N >= 128 && detail::bits_of<T> * N <= 1024 &&
                    (N & (N - 1)) == 0,
                "AIE2 has vectors of 128, 256, 512 and 1024 bits");

 public:
  using value_type = T;
  static constexpr unsigned kBits = detail::bits_of<T> * N;
  static constexpr unsigned kBytes = kBits / 8;

  vector() {}  ///< undefined: reading it before it is written is an error

  static constexpr unsigned size() { return N; }
  static constexpr unsigned bits() { return kBits; }

  /// Part `index` of the parts of M lanes.
  template <unsigned M>
  vector<T, M> extract(unsigned index, Where where = Where::current()) const {
    check(where);
    vector<T, M> part;
    std::memcpy(part.bytes(), bytes_ + part.kBytes * index_of<M>(index, where), part.kBytes);
    part.define();
    if (part.kBits < 256 || kBits > 512) detail::moves(1);  // halves of 512 bits are registers
    return part;
  }

  template <unsigned M>
  vector& insert(unsigned index, const vector<T, M>& part, Where where = Where::current()) {
    part.check(where);
    const unsigned at = part.kBytes * index_of<M>(index, where);
    std::memcpy(bytes_ + at, part.bytes(), part.kBytes);
    defined_ |= ((1U << part.kBytes / kGranule) - 1) << at / kGranule;
    if (part.kBits < 256) detail::moves(1);
    return *this;
  }

  /// The same bits as numbers of another type.
  template <class U>
  vector<U, kBits / detail::bits_of<U>> cast_to(Where where = Where::current()) const {
    check(where);
    vector<U, kBits / detail::bits_of<U>> other;
    std::memcpy(other.bytes(), bytes_, kBytes);
    other.define();
    return other;
  }

  /// M lanes of which these are the first, the others undefined.
  template <unsigned M>
  vector<T, M> grow(Where where = Where::current()) const {
    vector<T, M> wide;
    wide.insert(0, *this, where);
    return wide;
  }

  /// One element at a time: slow on the chip.
  T get(unsigned index, Where where = Where::current()) const {
    check(where);
    if (index >= N) detail::core().fail(where, "an element that the vector does not have");
    detail::moves(1);
    return lanes()[index];
  }
  void set(T value, unsigned index, Where where = Where::current()) {
    if (index >= N) detail::core().fail(where, "an element that the vector does not have");
    lanes()[index] = value;
    defined_ |= 1U << index * sizeof(T) / kGranule;
    detail::moves(1);
  }
  T operator[](unsigned index) const { return get(index); }

  auto unpack(Where where = Where::current()) const;
  auto pack(Where where = Where::current()) const;

  // For the emulator.

  T* lanes() { return reinterpret_cast<T*>(bytes_); }
  const T* lanes() const { return reinterpret_cast<const T*>(bytes_); }
  std::byte* bytes() { return bytes_; }
  const std::byte* bytes() const { return bytes_; }
  void define() { defined_ = kAll; }
  void check(const Where& where) const {
    if (defined_ != kAll) detail::core().fail(where, "a vector is read that was never written");
  }
  detail::Origin origin = detail::Origin::computed;

 private:
  static constexpr unsigned kGranule = 16;  // bytes for which one bit says "written"
  static constexpr unsigned kAll = (1U << kBytes / kGranule) - 1;

  template <unsigned M>
  static unsigned index_of(unsigned index, const Where& where) {
    static_assert(M <= N);
    if (index >= N / M) detail::core().fail(where, "a part that the vector does not have");
    return index;
  }

  alignas(32) std::byte bytes_[kBytes];
  unsigned defined_ = 0;
};

namespace detail {

/// A vector of the values of a function of the lane.
template <class T, unsigned N, class Value>
vector<T, N> make_vector(Value value) {
  vector<T, N> out;
  T* const lanes = out.lanes();
  for (unsigned i = 0; i < N; ++i) lanes[i] = static_cast<T>(value(i));
  out.define();
  return out;
}

template <class T>
struct Wide;
template <>
struct Wide<std::int8_t> {
  using type = std::int16_t;
};
template <>
struct Wide<std::uint8_t> {
  using type = std::uint16_t;
};
template <>
struct Wide<int4> {
  using type = std::int8_t;
};
template <>
struct Wide<uint4> {
  using type = std::uint8_t;
};
template <class T>
struct Narrow;
template <>
struct Narrow<std::int16_t> {
  using type = std::int8_t;
};
template <>
struct Narrow<std::uint16_t> {
  using type = std::uint8_t;
};

/// Element of a vector of 4-bit numbers.
inline std::int8_t nibble(const int4* pairs, unsigned i) {
  const unsigned bits = pairs[i / 2].pair >> i % 2 * 4 & 15;
  return static_cast<std::int8_t>(static_cast<int>(bits ^ 8) - 8);
}
inline std::uint8_t nibble(const uint4* pairs, unsigned i) {
  return static_cast<std::uint8_t>(pairs[i / 2].pair >> i % 2 * 4 & 15);
}

}  // namespace detail

/// To twice as many bits; the sign is the type's.
template <class T, unsigned N>
auto vector<T, N>::unpack(Where where) const {
  check(where);
  using Out = typename detail::Wide<T>::type;
  detail::moves(detail::registers(2 * kBits));
  const T* const in = lanes();
  return detail::make_vector<Out, N>([in](unsigned i) {
    if constexpr (detail::is_int4<T>) return detail::nibble(in, i);
    if constexpr (!detail::is_int4<T>) return in[i];
  });
}

/// To half as many bits, by the saturation mode.
template <class T, unsigned N>
auto vector<T, N>::pack(Where where) const {
  check(where);
  using Out = typename detail::Narrow<T>::type;
  detail::stores(detail::registers(kBits / 2));
  vector<Out, N> out;
  tessera::compute::npu::shift_round_saturate(lanes(), out.lanes(), N, 0,
                                              tessera::compute::npu::Rounding::floor,
                                              detail::core().saturation);
  out.define();
  out.origin = detail::Origin::converted;
  return out;
}

template <class T, unsigned N>
vector<T, N> broadcast(T value) {
  detail::moves(detail::issues(vector<T, N>::kBits));
  return detail::make_vector<T, N>([value](unsigned) { return value; });
}

template <class T, unsigned N>
requires(!detail::is_tag<T>) vector<T, N> zeros() { return broadcast<T, N>(T{}); }

template <class T, unsigned N, class... Parts>
vector<T, N*(2 + sizeof...(Parts))> concat(const vector<T, N>& first, const vector<T, N>& second,
                                           const Parts&... others) {
  vector<T, N*(2 + sizeof...(Parts))> out;
  unsigned index = 0;
  out.insert(index++, first);
  out.insert(index++, second);
  (out.insert(index++, others), ...);
  return out;
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
