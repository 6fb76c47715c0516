// The row_attention kernels for any Lanes: keys and then channels of values in lanes, a few queries
// at a time. `Format` says what the numbers are and how weights are stored, see row_formats_inl.h.
//
// All scores of a query exist before its weights do, so that the largest is known and nothing is
// corrected afterwards. Blocks are summed up one by one and added in float32.
#pragma once

#include "src/compute/kernels/fetch_ahead_inl.h"
#include "src/compute/kernels/lane_product_inl.h"
#include "src/compute/kernels/math_constants_inl.h"
#include "src/compute/kernels/row_abi.h"
#include "src/compute/kernels/row_lanes_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Registers of keys that are summed up at a time. Few queries take more of them, so that sums need
/// not wait for each other.
template <class Lanes>
constexpr int key_registers(int queries) {
  if (Lanes::kLanes == 16 || queries == 2) return 3;
  return queries == 1 ? 6 : Lanes::kRegisters;
}

/// The same of values.
template <class Lanes>
constexpr int value_registers(int queries) {
  if (Lanes::kLanes == 16) return 4;
  if (queries == 1) return 8;
  // Of 16 registers: 8 sums of 4 queries, or of 2 unless a product needs registers of its own.
  const bool has_few = Lanes::kLanes == 8 && (queries > 2 || Lanes::kRegisters < 3);
  return has_few ? 2 : 4;
}

/// Some queries on their way through the blocks.
struct RowGroup {
  int first = 0, count = 0, blocks = 0;
  float* scores[kRowQueries];  ///< (blocks x 48) each
  std::int32_t* weights;       ///< (4, 48) dwords, of one block
  float* totals;               ///< (4, 16), sums of weights, lane by lane
  float* values;               ///< (48)
  float* bests[kRowQueries];   ///< (blocks), the largest score of each, filled up to 16
  float best[kRowQueries];     ///< of all
  std::int32_t starts[kRowQueries];
};

inline std::int32_t* weights_of(const RowGroup& group, int query) {
  return group.weights + query * kBlockTokens;
}
inline float* totals_of(const RowGroup& group, int query) { return group.totals + query * 16; }

inline int keys_of_block(int visible, int block) {
  const int left = visible - block * kBlockTokens;
  return left < 0 ? 0 : left < kBlockTokens ? left : kBlockTokens;
}

template <class Lanes, class Format, int Queries>
__attribute__((noinline)) void score_block(const typename Format::Params& p, const RowGroup& group,
                                           int block) {
  constexpr int kRegisters = key_registers<Lanes>(Queries);
  constexpr int kGroups = kHeadWidth / Format::kPerDword;
  const std::int32_t* q[Queries];
#pragma GCC unroll 4
  for (int i = 0; i < Queries; ++i) {
    q[i] = reinterpret_cast<const std::int32_t*>(p.q + (group.first + i) * p.q_stride);
  }
  for (int key = 0; key < kBlockTokens; key += Lanes::kLanes * kRegisters) {
    typename Format::Dot::Sum sums[Queries][kRegisters];
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
#pragma GCC unroll 6
      for (int j = 0; j < kRegisters; ++j) sums[i][j] = Format::start(group.starts[i]);
    }
    const auto* keys = reinterpret_cast<const std::int32_t*>(p.k[block]) + key;
#pragma GCC unroll 1
    for (int dword = 0; dword < kGroups; ++dword) {
      fetch_ahead<4 * Lanes::kLanes * kRegisters>(keys);
      typename Lanes::Ints x[kRegisters];
#pragma GCC unroll 6
      for (int j = 0; j < kRegisters; ++j) x[j] = Lanes::load_ints(keys + j * Lanes::kLanes);
#pragma GCC unroll 4
      for (int i = 0; i < Queries; ++i) {
        const auto channels = Lanes::load_all(q[i] + dword);
#pragma GCC unroll 6
        for (int j = 0; j < kRegisters; ++j) Format::Dot::add(sums[i][j], x[j], channels);
      }
      keys += kBlockTokens;
    }
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
#pragma GCC unroll 6
      for (int j = 0; j < kRegisters; ++j) {
        const int at = block * kBlockTokens + key + j * Lanes::kLanes;
        Lanes::store(group.scores[i] + at, Format::score(p, group.first + i, at, sums[i][j]));
      }
    }
  }
}

template <class Lanes>
void find_bests(RowGroup& group, const int* visible) {
  for (int i = 0; i < group.count; ++i) {
    auto best = Lanes::all(kNoWeight);
    for (int block = 0; block < group.blocks; ++block) {
      float* scores = group.scores[i] + block * kBlockTokens;
      for (int key = keys_of_block(visible[group.first + i], block); key < kBlockTokens; ++key) {
        scores[key] = kNoWeight;
      }
      auto of_block = Lanes::load(scores);
      for (int key = Lanes::kLanes; key < kBlockTokens; key += Lanes::kLanes) {
        of_block = Lanes::max(of_block, Lanes::load(scores + key));
      }
      group.bests[i][block] = max_across<Lanes>(of_block);
      best = Lanes::max(best, of_block);
    }
    group.best[i] = max_across<Lanes>(best);
  }
}

/// Adds the values of one block, weighted by group.weights, to the results.
template <class Lanes, class Format, int Queries>
__attribute__((noinline)) void sum_block(const typename Format::Params& p, const RowGroup& group,
                                         int block, int groups, const float (&gains)[kRowQueries]) {
  constexpr int kRegisters = value_registers<Lanes>(Queries);
  for (int channel = 0; channel < kHeadWidth; channel += Lanes::kLanes * kRegisters) {
    typename Format::Dot::Sum sums[Queries][kRegisters];
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < kRegisters; ++j) sums[i][j] = Format::start(0);
    }
    const auto* values = reinterpret_cast<const std::int32_t*>(p.v[block]) + channel;
#pragma GCC unroll 1
    for (int dword = 0; dword < groups; ++dword) {
      fetch_ahead<4 * Lanes::kLanes * kRegisters>(values);
      typename Lanes::Ints v[kRegisters];
#pragma GCC unroll 8
      for (int j = 0; j < kRegisters; ++j) v[j] = Lanes::load_ints(values + j * Lanes::kLanes);
#pragma GCC unroll 4
      for (int i = 0; i < Queries; ++i) {
        const auto weight = Lanes::load_all(weights_of(group, i) + dword);
#pragma GCC unroll 8
        for (int j = 0; j < kRegisters; ++j) Format::Dot::add(sums[i][j], weight, v[j]);
      }
      values += kHeadWidth;
    }
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
      float* out = p.out + (group.first + i) * p.out_stride + channel;
      const auto gain = Lanes::all(gains[i]);
#pragma GCC unroll 8
      for (int j = 0; j < kRegisters; ++j) {
        float* at = out + j * Lanes::kLanes;
        const auto sum = Format::to_floats(sums[i][j]);
        Lanes::store(at, block == 0 ? Lanes::multiply(sum, gain)
                                    : Lanes::multiply_add(sum, gain, Lanes::load(at)));
      }
    }
  }
}

template <class Lanes, class Format, int Queries>
void attend_rows(const typename Format::Params& p, RowGroup& group, int most_visible) {
  for (int block = 0; block < group.blocks; ++block) {
    score_block<Lanes, Format, Queries>(p, group, block);
  }
  if (p.scores != nullptr) {
    for (int i = 0; i < Queries; ++i) {
      float* out = p.scores[group.first + i];
      if (out == nullptr) continue;
      __builtin_memcpy(out, group.scores[i],
                       sizeof(float) * static_cast<std::size_t>(p.visible[group.first + i]));
    }
  }
  find_bests<Lanes>(group, p.visible);
  Format::begin_weights(group);
  for (int block = 0; block < group.blocks; ++block) {
    float gains[kRowQueries];
    for (int i = 0; i < Queries; ++i) {
      gains[i] = Format::weigh(p, group, i, block);
    }
    const int keys = keys_of_block(most_visible, block);
    sum_block<Lanes, Format, Queries>(p, group, block,
                                      (keys + Format::kPerDword - 1) / Format::kPerDword, gains);
  }
  for (int i = 0; i < Queries; ++i) {
    float* out = p.out + (group.first + i) * p.out_stride;
    const auto inverse = Lanes::all(1.0f / sum_across<Lanes>(Lanes::load(totals_of(group, i))));
    for (int channel = 0; channel < kHeadWidth; channel += Lanes::kLanes) {
      Lanes::store(out + channel, Lanes::multiply(Lanes::load(out + channel), inverse));
    }
  }
}

template <class Lanes, class Format>
void row_attention(const typename Format::Params& p) {
  static_assert(kRowQueries == 4);
  for (int first = 0; first < p.queries; first += kRowQueries) {
    RowGroup group;
    group.first = first;
    group.count = p.queries - first < kRowQueries ? p.queries - first : kRowQueries;
    int most_visible = 0;
    for (int i = 0; i < group.count; ++i) {
      const int visible = p.visible[first + i];
      if (visible > most_visible) most_visible = visible;
      group.starts[i] = Format::start_of(p, first + i);
    }
    group.blocks = (most_visible + kBlockTokens - 1) / kBlockTokens;
    const int filled_up = (group.blocks + 15) / 16 * 16;
    auto* memory = reinterpret_cast<float*>(p.scratch);
    for (int i = 0; i < group.count; ++i) {
      group.scores[i] = memory;
      memory += group.blocks * kBlockTokens;
    }
    for (int i = 0; i < group.count; ++i) {
      group.bests[i] = memory;
      memory += filled_up;
      for (int block = group.blocks; block < filled_up; ++block) group.bests[i][block] = kNoWeight;
    }
    group.weights = reinterpret_cast<std::int32_t*>(memory);
    group.totals = memory + kRowQueries * kBlockTokens;
    group.values = group.totals + kRowQueries * 16;
    for (int i = 0; i < kRowQueries * 16; ++i) group.totals[i] = 0;
    switch (group.count) {
      case 1:
        attend_rows<Lanes, Format, 1>(p, group, most_visible);
        break;
      case 2:
        attend_rows<Lanes, Format, 2>(p, group, most_visible);
        break;
      case 3:
        attend_rows<Lanes, Format, 3>(p, group, most_visible);
        break;
      default:
        attend_rows<Lanes, Format, 4>(p, group, most_visible);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
