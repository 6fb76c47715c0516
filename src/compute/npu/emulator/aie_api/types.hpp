// Number types of aie_api and how many bits and registers they take.
#pragma once

#include <cstdint>
#include <type_traits>

#include "src/compute/npu/emulator/core_state.h"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

/// Two 4-bit integers to a byte, the even element in its lower half.
struct int4 {
  std::uint8_t pair = 0;
};
struct uint4 {
  std::uint8_t pair = 0;
};
using bfloat16 = tessera::compute::npu::Bfloat16;

struct acc32 {};
struct acc64 {};
struct accfloat {};
struct accauto {};

namespace aie {

using rounding_mode = tessera::compute::npu::Rounding;
using saturation_mode = tessera::compute::npu::Saturation;
using Where = tessera::compute::npu::SourcePlace;

namespace detail {

using tessera::compute::npu::core;

template <class T>
inline constexpr bool is_int4 = std::is_same_v<T, int4> || std::is_same_v<T, uint4>;
template <class T>
inline constexpr bool is_float = std::is_same_v<T, bfloat16> || std::is_same_v<T, float>;
template <class T>
inline constexpr bool is_signed = std::is_signed_v<T> || std::is_same_v<T, int4> || is_float<T>;
template <class T>
inline constexpr unsigned bits_of = is_int4<T> ? 4 : 8 * sizeof(T);

template <class T>
inline constexpr bool is_tag =
    std::is_same_v<T, acc32> || std::is_same_v<T, acc64> || std::is_same_v<T, accfloat>;

/// Registers of 256 bits that so many bits fill.
constexpr std::int64_t registers(unsigned bits) { return (bits + 255) / 256; }
/// Issues of an operation on vectors of 512 bits.
constexpr std::int64_t issues(unsigned bits) { return (bits + 511) / 512; }

template <class Tag>
struct Lane;
template <>
struct Lane<acc32> {
  using type = std::int32_t;
};
template <>
struct Lane<acc64> {
  using type = std::int64_t;
};
template <>
struct Lane<accfloat> {
  using type = float;
};

/// The accumulator that a product of two types goes to unless another is asked for.
template <class A, class B>
using DefaultTag =
    std::conditional_t<is_float<A> || is_float<B>, accfloat,
                       std::conditional_t<(bits_of<A> + bits_of<B>) <= 32, acc32, acc64>>;
template <class Tag, class A, class B>
using TagOf = std::conditional_t<std::is_same_v<Tag, accauto>, DefaultTag<A, B>, Tag>;

inline void moves(std::int64_t count) { core().issued->moves += count; }
inline void stores(std::int64_t count) { core().issued->stores += count; }

}  // namespace detail
}  // namespace aie

// NOLINTEND(readability-identifier-naming)
