// The row_attention kernels for any Lanes: keys and then channels of values in lanes, a few queries
// at a time. `Format` says what the numbers are and how weights are stored.
//
// All scores of a query exist before its weights do, so that the largest is known and nothing is
// corrected afterwards. Blocks are summed up one by one and added in float32.
#pragma once

#include "src/compute/kernels/lane_product_inl.h"
#include "src/compute/kernels/math_constants_inl.h"
#include "src/compute/kernels/row_abi.h"
#include "src/compute/kernels/row_lanes_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Registers of values that are summed up at a time: with 4 queries 16 sums of 32 registers, or 8
/// of 16.
template <class Lanes>
inline constexpr int kValueRegisters = Lanes::kLanes == 16 ? 4 : 2;
inline constexpr int kKeyRegisters = 3;

/// Some queries on their way through the blocks.
struct RowGroup {
  int first = 0, count = 0, blocks = 0;
  float* scores[kRowQueries];  ///< (blocks x 48) each
  float* bests[kRowQueries];   ///< (blocks), the largest score of each, filled up to 16
  float best[kRowQueries];     ///< of all
  std::int32_t starts[kRowQueries];
  alignas(64) float totals[kRowQueries][16];  ///< sums of weights, lane by lane
};

inline int keys_of_block(int visible, int block) {
  const int left = visible - block * kBlockTokens;
  return left < 0 ? 0 : left < kBlockTokens ? left : kBlockTokens;
}

template <class Lanes, class Format, int Queries>
__attribute__((noinline)) void score_block(const typename Format::Params& p, const RowGroup& group,
                                           int block) {
  constexpr int kGroups = kHeadWidth / Format::kPerDword;
  const std::int32_t* q[Queries];
#pragma GCC unroll 4
  for (int i = 0; i < Queries; ++i) {
    q[i] = reinterpret_cast<const std::int32_t*>(p.q + (group.first + i) * p.q_stride);
  }
  for (int key = 0; key < kBlockTokens; key += Lanes::kLanes * kKeyRegisters) {
    typename Format::Dot::Sum sums[Queries][kKeyRegisters];
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
#pragma GCC unroll 3
      for (int j = 0; j < kKeyRegisters; ++j) sums[i][j] = Format::start(group.starts[i]);
    }
    const auto* keys = reinterpret_cast<const std::int32_t*>(p.k[block]) + key;
#pragma GCC unroll 1
    for (int dword = 0; dword < kGroups; ++dword) {
      typename Lanes::Ints x[kKeyRegisters];
#pragma GCC unroll 3
      for (int j = 0; j < kKeyRegisters; ++j) x[j] = Lanes::load_ints(keys + j * Lanes::kLanes);
#pragma GCC unroll 4
      for (int i = 0; i < Queries; ++i) {
        const auto channels = Lanes::load_all(q[i] + dword);
#pragma GCC unroll 3
        for (int j = 0; j < kKeyRegisters; ++j) Format::Dot::add(sums[i][j], x[j], channels);
      }
      keys += kBlockTokens;
    }
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
#pragma GCC unroll 3
      for (int j = 0; j < kKeyRegisters; ++j) {
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

/// Adds the weighted values of one block to the results. `weights`: dwords of each query.
template <class Lanes, class Format, int Queries>
__attribute__((noinline)) void sum_block(const typename Format::Params& p, const RowGroup& group,
                                         int block, int groups,
                                         const std::int32_t (&weights)[kRowQueries][kBlockTokens],
                                         const float (&gains)[kRowQueries]) {
  constexpr int kRegisters = kValueRegisters<Lanes>;
  for (int channel = 0; channel < kHeadWidth; channel += Lanes::kLanes * kRegisters) {
    typename Format::Dot::Sum sums[Queries][kRegisters];
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < kRegisters; ++j) sums[i][j] = Format::start(0);
    }
    const auto* values = reinterpret_cast<const std::int32_t*>(p.v[block]) + channel;
#pragma GCC unroll 1
    for (int dword = 0; dword < groups; ++dword) {
      typename Lanes::Ints v[kRegisters];
#pragma GCC unroll 4
      for (int j = 0; j < kRegisters; ++j) v[j] = Lanes::load_ints(values + j * Lanes::kLanes);
#pragma GCC unroll 4
      for (int i = 0; i < Queries; ++i) {
        const auto weight = Lanes::load_all(weights[i] + dword);
#pragma GCC unroll 4
        for (int j = 0; j < kRegisters; ++j) Format::Dot::add(sums[i][j], weight, v[j]);
      }
      values += kHeadWidth;
    }
#pragma GCC unroll 4
    for (int i = 0; i < Queries; ++i) {
      float* out = p.out + (group.first + i) * p.out_stride + channel;
      const auto gain = Lanes::all(gains[i]);
#pragma GCC unroll 4
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
    alignas(64) std::int32_t weights[kRowQueries][kBlockTokens];
    float gains[kRowQueries];
    for (int i = 0; i < Queries; ++i) {
      gains[i] = Format::weigh(p, group, i, block, weights[i]);
    }
    const int keys = keys_of_block(most_visible, block);
    sum_block<Lanes, Format, Queries>(
        p, group, block, (keys + Format::kPerDword - 1) / Format::kPerDword, weights, gains);
  }
  for (int i = 0; i < Queries; ++i) {
    float* out = p.out + (group.first + i) * p.out_stride;
    const auto inverse = Lanes::all(1.0f / sum_across<Lanes>(Lanes::load(group.totals[i])));
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
      for (float& total : group.totals[i]) total = 0;
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

/// Exponentials of a block's scores relative to `best`, which are added to the totals.
template <class Lanes, int N>
inline void exponentials(RowGroup& group, int query, int block, const float (&coefficients)[N],
                         float* out) {
  const float* scores = group.scores[query] + block * kBlockTokens;
  const auto best = Lanes::all(group.best[query]);
  auto total = Lanes::load(group.totals[query]);
  for (int key = 0; key < kBlockTokens; key += Lanes::kLanes) {
    const auto weight = Lanes::exp2(Lanes::subtract(Lanes::load(scores + key), best), coefficients);
    total = Lanes::add(total, weight);
    Lanes::store(out + key, weight);
  }
  Lanes::store(group.totals[query], total);
}

/// Numbers and weights in float32.
template <class LanesType>
struct RowF32 {
  using Lanes = LanesType;
  using Params = RowAttentionF32Params;
  using Dot = DotF32<Lanes>;
  static constexpr int kPerDword = 1;

  static std::int32_t start_of(const Params&, int) { return 0; }
  static typename Lanes::Floats start(std::int32_t) { return Lanes::all(0.0f); }
  static typename Lanes::Floats score(const Params&, int, int, typename Lanes::Floats sum) {
    return sum;
  }
  static typename Lanes::Floats to_floats(typename Lanes::Floats sum) { return sum; }
  static void begin_weights(RowGroup&) {}
  static float weigh(const Params&, RowGroup& group, int query, int block, std::int32_t* weights) {
    alignas(64) float values[kBlockTokens];
    exponentials<Lanes>(group, query, block, kExp2, values);
    __builtin_memcpy(weights, values, sizeof values);
    return 1.0f;
  }
};

/// In bfloat16.
template <class LanesType, class DotBf16>
struct RowBf16 : RowF32<LanesType> {
  using Lanes = LanesType;
  using Params = RowAttentionBf16Params;
  using Dot = DotBf16;
  static constexpr int kPerDword = 2;

  static std::int32_t start_of(const Params&, int) { return 0; }
  static typename Lanes::Floats score(const Params&, int, int, typename Lanes::Floats sum) {
    return sum;
  }
  static float weigh(const Params&, RowGroup& group, int query, int block, std::int32_t* weights) {
    alignas(64) float values[kBlockTokens];
    exponentials<Lanes>(group, query, block, kExp2Short, values);
    Lanes::narrow_to_bf16(values, reinterpret_cast<std::uint8_t*>(weights));
    return 1.0f;
  }
};

/// In bytes. Weights are relative to the best of their block, 255 for that one, so that keys far
/// from the dominant one keep their resolution.
template <class LanesType, class DotBytes>
struct RowI8 {
  using Lanes = LanesType;
  using Params = RowAttentionI8Params;
  using Dot = DotBytes;
  static constexpr int kPerDword = 4;

  /// Takes off what the 128 in the keys adds to a sum.
  static std::int32_t start_of(const Params& p, int query) {
    const std::int8_t* q = p.q + query * p.q_stride;
    std::int32_t sum = 0;
    for (int c = 0; c < kHeadWidth; ++c) sum += q[c];
    return -128 * sum;
  }
  static typename Lanes::Ints start(std::int32_t value) { return Lanes::all_ints(value); }
  static typename Lanes::Floats score(const Params& p, int query, int key,
                                      typename Lanes::Ints sum) {
    const auto scale =
        Lanes::multiply(Lanes::load(p.k_scales + key), Lanes::all(p.q_scales[query]));
    return Lanes::multiply(Lanes::to_floats(sum), scale);
  }
  static typename Lanes::Floats to_floats(typename Lanes::Ints sum) {
    return Lanes::to_floats(sum);
  }

  /// bests become what the weights of each block count, of 255.
  static void begin_weights(RowGroup& group) {
    for (int i = 0; i < group.count; ++i) {
      for (int block = 0; block < group.blocks; block += Lanes::kLanes) {
        const auto below =
            Lanes::subtract(Lanes::load(group.bests[i] + block), Lanes::all(group.best[i]));
        Lanes::store(group.bests[i] + block,
                     Lanes::multiply(Lanes::exp2(below, kExp2), Lanes::all(1.0f / 255.0f)));
      }
    }
  }
  static float weigh(const Params& p, RowGroup& group, int query, int block,
                     std::int32_t* weights) {
    const float* scores = group.scores[query] + block * kBlockTokens;
    auto best = Lanes::load(scores);
    for (int key = Lanes::kLanes; key < kBlockTokens; key += Lanes::kLanes) {
      best = Lanes::max(best, Lanes::load(scores + key));
    }
    const auto from = Lanes::all(max_across<Lanes>(best));
    auto total = Lanes::all(0.0f);
    alignas(64) float values[kBlockTokens];
    for (int key = 0; key < kBlockTokens; key += Lanes::kLanes) {
      const auto weight = Lanes::exp2(Lanes::subtract(Lanes::load(scores + key), from), kExp2Short);
      const auto rounded =
          Lanes::to_floats(Lanes::round(Lanes::multiply(weight, Lanes::all(255.0f))));
      total = Lanes::add(total, rounded);
      // Lanes narrows to signed bytes.
      Lanes::store(values + key, Lanes::subtract(rounded, Lanes::all(128.0f)));
    }
    alignas(64) std::uint8_t bytes[kBlockTokens];
    Lanes::narrow_to_bytes(values, 1.0f, bytes);
    for (int i = 0; i < kBlockTokens; i += 8) {
      std::uint64_t eight;
      __builtin_memcpy(&eight, bytes + i, sizeof eight);
      eight ^= 0x8080808080808080u;
      __builtin_memcpy(reinterpret_cast<std::uint8_t*>(weights) + i, &eight, sizeof eight);
    }
    const float gain = group.bests[query][block];
    Lanes::store(group.totals[query],
                 Lanes::multiply_add(total, Lanes::all(gain), Lanes::load(group.totals[query])));
    return gain * p.v_scales[block];
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
