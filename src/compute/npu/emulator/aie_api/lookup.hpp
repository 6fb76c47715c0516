// Tables in memory: four lanes to an issue, two from each of two copies in different banks.
#pragma once

#include <algorithm>

#include "src/compute/npu/emulator/aie_api/vector.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names of aie_api

namespace aie {

enum class lut_oor_policy : std::uint8_t { saturate, truncate };

/// A table of `elements` values. Both pointers are to the same values: chunks of 16 bytes, each
/// twice in a row.
template <unsigned kLanesAtOnce, class OffsetT, class SlopeT = OffsetT>
struct lut {
  static_assert(kLanesAtOnce == 4, "AIE2 looks up four lanes at once");
  static_assert(sizeof(OffsetT) == 2 || sizeof(OffsetT) == 4,
                "nobody has seen a table of bytes work on AIE2: use int16");

  lut(unsigned elements, const void* ab, const void* cd) : size(elements), copies{ab, cd} {}

  unsigned size;
  const void* copies[2];
};

/// value[key >> step_bits] of a table, as far as the rounding mode is floor: the index is the key
/// as an accumulator, narrowed by the core's mode, so that others round it up.
template <class Key, class Table, lut_oor_policy kPolicy = lut_oor_policy::truncate>
class parallel_lookup;

template <class Key, class OffsetT, class SlopeT, lut_oor_policy kPolicy>
class parallel_lookup<Key, lut<4, OffsetT, SlopeT>, kPolicy> {
 public:
  explicit parallel_lookup(const lut<4, OffsetT, SlopeT>& table, unsigned step_bits = 0,
                           int bias = 0, Where where = Where::current())
      : table_(table), step_bits_(static_cast<int>(step_bits)), bias_(bias) {
    auto& core = detail::core();
    for (int i = 0; i < 2; ++i) {
      const std::size_t offset = core.require(table.copies[i], kDoubled, kDoubled, where);
      banks_[i] = offset / tessera::compute::npu::kBankBytes;
    }
    if (banks_[0] == banks_[1]) {
      core.fail(where, "both copies of a table lie in bank " + std::to_string(banks_[0]));
    }
    if constexpr (kPolicy == lut_oor_policy::truncate) {
      if ((table.size & (table.size - 1)) != 0) {
        core.fail(where, "a table of " + std::to_string(table.size) +
                             " entries cannot be indexed by truncation: expected a power of two");
      }
    }
  }

  template <unsigned N>
  vector<OffsetT, N> fetch(const vector<Key, N>& keys, Where where = Where::current()) const {
    static_assert(N == 16 || N == 32);
    keys.check(where);
    auto& core = detail::core();
    std::int32_t entries[N];
    find(keys, entries, core);
    const std::int32_t last = *std::max_element(entries, entries + N);
    for (const void* const copy : table_.copies) {
      core.require(copy, (static_cast<std::size_t>(last) / kInChunk + 1) * kDoubled, kDoubled,
                   where);
    }
    vector<OffsetT, N> out;
    for (unsigned i = 0; i < N; ++i) {
      const auto entry = static_cast<std::size_t>(entries[i]);
      const auto* const copy = static_cast<const std::byte*>(table_.copies[i / 2 % 2]);
      std::memcpy(
          out.lanes() + i,
          copy + entry / kInChunk * kDoubled + i % 2 * kChunk + entry % kInChunk * sizeof(OffsetT),
          sizeof(OffsetT));
    }
    out.define();
    count(N / 16, core);
    return out;
  }

 private:
  static constexpr std::size_t kChunk = 16, kDoubled = 2 * kChunk;
  static constexpr std::size_t kInChunk = kChunk / sizeof(OffsetT);
  static constexpr int kPitchBits = sizeof(OffsetT) == 2 ? 2 : 3;  // an entry and its double

  template <unsigned N>
  void find(const vector<Key, N>& keys, std::int32_t* entries,
            const tessera::compute::npu::CoreState& core) const {
    std::int64_t wide[N];
    std::int32_t narrow[N];
    for (unsigned i = 0; i < N; ++i) wide[i] = keys.lanes()[i];
    const int shift = step_bits_ - kPitchBits;
    if (shift <= 0) {  // exact: int32 keys aside, what 2^3 times a key can be fits
      for (unsigned i = 0; i < N; ++i) {
        narrow[i] = static_cast<std::int32_t>(wide[i] * (std::int64_t{1} << -shift));
      }
    } else {
      tessera::compute::npu::shift_round_saturate(wide, narrow, N, shift, core.rounding,
                                                  core.saturation);
    }
    const auto last = static_cast<std::int32_t>((table_.size << kPitchBits) - 1);
    for (unsigned i = 0; i < N; ++i) {
      const std::int32_t index = narrow[i] + bias_ * (1 << kPitchBits);
      if constexpr (kPolicy == lut_oor_policy::truncate) entries[i] = (index & last) >> kPitchBits;
      if constexpr (kPolicy == lut_oor_policy::saturate) {
        entries[i] = (index < 0 ? 0 : index > last ? last : index) >> kPitchBits;
      }
    }
  }

  // Of 16 lanes: UPS and SRS of two halves, the policy, four gathers, a shuffle.
  void count(std::int64_t sixteens, tessera::compute::npu::CoreState& core) const {
    core.issued->moves += sixteens * (kPolicy == lut_oor_policy::truncate ? 4 : 5);
    core.issued->stores += sixteens * 2;
    core.issued->gathers += sixteens * 4;
    for (const std::size_t bank : banks_) core.bank_accesses[bank] += sixteens * 4;
  }

  lut<4, OffsetT, SlopeT> table_;
  int step_bits_, bias_;
  std::size_t banks_[2];
};

}  // namespace aie

// NOLINTEND(readability-identifier-naming)
