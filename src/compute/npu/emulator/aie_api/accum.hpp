// aie::accum: wide sums, and the two ways between them and vectors, UPS and SRS.
#pragma once

#include "src/compute/npu/emulator/aie_api/vector.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

template <class Tag, unsigned N>
class accum {
 public:
  using Lane = typename detail::Lane<Tag>::type;
  static constexpr unsigned kBits = 8 * sizeof(Lane) * N;
  static_assert(kBits >= 128 && kBits <= 4096, "more than the four registers of a composed tile");

  accum() {}  ///< undefined: reading it before it is written is an error
  /// v << shift.
  template <class T>
  explicit accum(const vector<T, N>& v, int shift = 0, Where where = Where::current()) {
    from_vector(v, shift, where);
  }

  static constexpr unsigned size() { return N; }

  /// v << shift, modulo the accumulator. Of int32 to acc32 and of floats the shift has to be 0.
  template <class T>
  void from_vector(const vector<T, N>& v, int shift = 0, Where where = Where::current()) {
    v.check(where);
    static_assert(detail::is_float<T> == std::is_same_v<Tag, accfloat>);
    constexpr bool kIsSame = sizeof(T) == sizeof(Lane) || detail::is_float<T>;
    if (shift < 0 || shift > 63 || (kIsSame && shift != 0)) {
      detail::core().fail(where, "UPS by a shift of " + std::to_string(shift));
    }
    if (v.origin == detail::Origin::loaded) {
      detail::core().issued->loads -= detail::registers(v.kBits);
      detail::core().issued->accumulator_loads += detail::registers(v.kBits);
    } else if (!kIsSame || std::is_same_v<T, bfloat16>) {
      detail::moves(detail::registers(kBits) / 2);
    }
    const T* const in = v.lanes();
    for (unsigned i = 0; i < N; ++i) {
      if constexpr (std::is_same_v<T, bfloat16>) {
        lanes_[i] = in[i].to_float();
      } else if constexpr (std::is_same_v<Tag, accfloat>) {
        lanes_[i] = in[i];
      } else {
        lanes_[i] = static_cast<Lane>(static_cast<std::uint64_t>(static_cast<std::int64_t>(in[i]))
                                      << shift);
      }
    }
    is_defined_ = true;
  }

  /// round(sum / 2^shift), saturated, by the modes of the core. What is only another name of the
  /// same bits, acc32 to int32 and accfloat to float, ignores the shift, and so does bfloat16.
  template <class T>
  vector<T, N> to_vector(int shift = 0, Where where = Where::current()) const {
    check(where);
    auto& core = detail::core();
    vector<T, N> out;
    if constexpr (std::is_same_v<T, bfloat16>) {
      static_assert(std::is_same_v<Tag, accfloat>);
      tessera::compute::npu::to_bfloat16(lanes_, out.lanes(), N, core.rounding, core.float_floor);
    } else if constexpr (std::is_same_v<T, Lane> && !std::is_same_v<Tag, acc64>) {
      std::memcpy(out.bytes(), lanes_, out.kBytes);
      out.define();
      return out;
    } else {
      if (shift < -63 || shift > 63) {
        core.fail(where, "SRS by a shift of " + std::to_string(shift));
      }
      narrow(out.lanes(), shift, core);
    }
    core.issued->stores += detail::registers(out.kBits);
    out.define();
    out.origin = detail::Origin::converted;
    return out;
  }

  template <unsigned M>
  accum<Tag, M> extract(unsigned index, Where where = Where::current()) const {
    check(where);
    static_assert(M <= N);
    if (index >= N / M) detail::core().fail(where, "a part that the accumulator does not have");
    accum<Tag, M> part;
    std::memcpy(part.lanes(), lanes_ + M * index, sizeof(Lane) * M);
    part.define();
    return part;
  }

  // For the emulator.

  Lane* lanes() { return lanes_; }
  const Lane* lanes() const { return lanes_; }
  void define() { is_defined_ = true; }
  void check(const Where& where) const {
    if (!is_defined_) detail::core().fail(where, "an accumulator is read that was never written");
  }

 private:
  template <class T>
  void narrow(T* out, int shift, const tessera::compute::npu::CoreState& core) const {
    using tessera::compute::npu::shift_round_saturate;
    if constexpr (std::is_same_v<Tag, acc64> && sizeof(T) == 1) {  // by way of int16
      using Wide = typename detail::Wide<T>::type;
      Wide wide[N];
      shift_round_saturate(lanes_, wide, N, shift, core.rounding, core.saturation);
      shift_round_saturate(wide, out, N, 0, core.rounding, core.saturation);
    } else {
      shift_round_saturate(lanes_, out, N, shift, core.rounding, core.saturation);
    }
  }

  alignas(32) Lane lanes_[N];
  bool is_defined_ = false;
};

template <class Tag, unsigned N>
requires(detail::is_tag<Tag>) accum<Tag, N> zeros() {
  accum<Tag, N> out;
  std::memset(out.lanes(), 0, accum<Tag, N>::kBits / 8);
  out.define();
  detail::moves(1);
  return out;
}

/// Sums of sums, modulo the accumulator; floats are rounded.
template <class Tag, unsigned N>
accum<Tag, N> add(const accum<Tag, N>& a, const accum<Tag, N>& b, Where where = Where::current()) {
  a.check(where);
  b.check(where);
  accum<Tag, N> out;
  for (unsigned i = 0; i < N; ++i) {
    if constexpr (std::is_same_v<Tag, accfloat>) {
      out.lanes()[i] = a.lanes()[i] + b.lanes()[i];
    } else {
      using Unsigned = std::make_unsigned_t<typename accum<Tag, N>::Lane>;
      out.lanes()[i] = static_cast<typename accum<Tag, N>::Lane>(
          static_cast<Unsigned>(a.lanes()[i]) + static_cast<Unsigned>(b.lanes()[i]));
    }
  }
  out.define();
  auto& issued = *detail::core().issued;
  (std::is_same_v<Tag, accfloat> ? issued.float_products : issued.products) +=
      (out.kBits + 1023) / 1024;
  return out;
}

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
