// What the row_attention kernels compute with: float32, bfloat16 or bytes, for any Lanes.
#pragma once

#include "src/compute/kernels/row_attention_inl.h"

namespace tessera::compute::kernels {
namespace {

/// Exponentials of a block's scores relative to `best`, which are added to the totals.
template <class Lanes, int N>
__attribute__((noinline)) void exponentials(RowGroup& group, int query, int block,
                                            const float (&coefficients)[N], float* out) {
  const float* scores = group.scores[query] + block * kBlockTokens;
  const auto best = Lanes::all(group.best[query]);
  auto total = Lanes::load(totals_of(group, query));
  for (int key = 0; key < kBlockTokens; key += Lanes::kLanes) {
    const auto weight = Lanes::exp2(Lanes::subtract(Lanes::load(scores + key), best), coefficients);
    total = Lanes::add(total, weight);
    Lanes::store(out + key, weight);
  }
  Lanes::store(totals_of(group, query), total);
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
  static float weigh(const Params&, RowGroup& group, int query, int block) {
    exponentials<Lanes>(group, query, block, kExp2,
                        reinterpret_cast<float*>(weights_of(group, query)));
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
  static float weigh(const Params&, RowGroup& group, int query, int block) {
    exponentials<Lanes>(group, query, block, kExp2Short, group.values);
    Lanes::narrow_to_bf16(group.values, reinterpret_cast<std::uint8_t*>(weights_of(group, query)));
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
  static __attribute__((noinline)) void begin_weights(RowGroup& group) {
    for (int i = 0; i < group.count; ++i) {
      for (int block = 0; block < group.blocks; block += Lanes::kLanes) {
        const auto below =
            Lanes::subtract(Lanes::load(group.bests[i] + block), Lanes::all(group.best[i]));
        Lanes::store(group.bests[i] + block,
                     Lanes::multiply(Lanes::exp2(below, kExp2), Lanes::all(1.0f / 255.0f)));
      }
    }
  }
  static __attribute__((noinline)) float weigh(const Params& p, RowGroup& group, int query,
                                               int block) {
    const float* scores = group.scores[query] + block * kBlockTokens;
    auto best = Lanes::load(scores);
    for (int key = Lanes::kLanes; key < kBlockTokens; key += Lanes::kLanes) {
      best = Lanes::max(best, Lanes::load(scores + key));
    }
    const auto from = Lanes::all(max_across<Lanes>(best));
    auto total = Lanes::all(0.0f);
    for (int key = 0; key < kBlockTokens; key += Lanes::kLanes) {
      const auto weight = Lanes::exp2(Lanes::subtract(Lanes::load(scores + key), from), kExp2Short);
      const auto rounded =
          Lanes::to_floats(Lanes::round(Lanes::multiply(weight, Lanes::all(255.0f))));
      total = Lanes::add(total, rounded);
      // Lanes narrows to signed bytes.
      Lanes::store(group.values + key, Lanes::subtract(rounded, Lanes::all(128.0f)));
    }
    auto* bytes = reinterpret_cast<std::uint8_t*>(weights_of(group, query));
    Lanes::narrow_to_bytes(group.values, 1.0f, bytes);
    for (int i = 0; i < kBlockTokens; i += 8) {
      std::uint64_t eight;
      __builtin_memcpy(&eight, bytes + i, sizeof eight);
      eight ^= 0x8080808080808080u;
      __builtin_memcpy(bytes + i, &eight, sizeof eight);
    }
    const float gain = group.bests[query][block];
    Lanes::store(
        totals_of(group, query),
        Lanes::multiply_add(total, Lanes::all(gain), Lanes::load(totals_of(group, query))));
    return gain * p.v_scales[block];
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
