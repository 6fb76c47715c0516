// lane_prepare for any Lanes.
#pragma once

#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {
namespace {

/// Scales are at least this over 127, so that nothing is divided by zero.
inline constexpr float kSmallestMagnitude = 1e-20f;

/// What a token's numbers become: (x - mean) * gain. `largest`: of |x - mean|.
template <class Lanes>
struct TokenScale {
  typename Lanes::Floats mean, gain, largest;
};

template <class Lanes>
TokenScale<Lanes> scale_of_tokens(const LanePrepareParams& p, const float* x) {
  const typename Lanes::Floats per_channel = Lanes::all(1.0f / static_cast<float>(p.channels));
  TokenScale<Lanes> scale{Lanes::all(0.0f), Lanes::all(1.0f), Lanes::all(kSmallestMagnitude)};
  if (p.norm == LaneNorm::layer) {
    typename Lanes::Floats even = Lanes::all(0.0f), odd = even;
    for (int i = 0; i < p.channels; i += 2) {
      even = Lanes::add(even, Lanes::load(x + i * kBlockTokens));
      odd = Lanes::add(odd, Lanes::load(x + (i + 1) * kBlockTokens));
    }
    scale.mean = Lanes::multiply(Lanes::add(even, odd), per_channel);
  }
  typename Lanes::Floats even = Lanes::all(0.0f), odd = even;
  for (int i = 0; i < p.channels; i += 2) {
    const auto a = Lanes::subtract(Lanes::load(x + i * kBlockTokens), scale.mean);
    const auto b = Lanes::subtract(Lanes::load(x + (i + 1) * kBlockTokens), scale.mean);
    even = Lanes::multiply_add(a, a, even);
    odd = Lanes::multiply_add(b, b, odd);
    scale.largest = Lanes::max(scale.largest, Lanes::max(Lanes::size(a), Lanes::size(b)));
  }
  if (p.norm != LaneNorm::none) {
    const auto square =
        Lanes::multiply_add(Lanes::add(even, odd), per_channel, Lanes::all(p.epsilon));
    scale.gain = Lanes::divide(Lanes::all(1.0f), Lanes::root(square));
  }
  return scale;
}

/// Stores dword `group` of kLanes tokens from `token` on.
template <class Lanes>
inline void store_dwords(const LanePrepareParams& p, int group, int groups, int token,
                         typename Lanes::Ints dwords) {
  auto* out = static_cast<std::int32_t*>(p.out);
  if (!p.rows) {
    Lanes::store_ints(out + group * kBlockTokens + token, dwords);
    return;
  }
  alignas(64) std::int32_t lanes[Lanes::kLanes];
  Lanes::store_ints(lanes, dwords);
  for (int i = 0; i < Lanes::kLanes; ++i) out[(token + i) * groups + group] = lanes[i];
}

template <class Lanes>
void store_floats(const LanePrepareParams& p, const float* x, const TokenScale<Lanes>& scale,
                  int token) {
  auto* out = static_cast<float*>(p.out) + token;
  const auto value = [&](int channel) {
    return Lanes::multiply(Lanes::subtract(Lanes::load(x + channel * kBlockTokens), scale.mean),
                           scale.gain);
  };
  if (p.format == LaneFormat::f32) {
    for (int i = 0; i < p.channels; ++i) Lanes::store(out + i * kBlockTokens, value(i));
    return;
  }
  for (int i = 0; i < p.channels; i += 2) {
    store_dwords<Lanes>(p, i / 2, p.channels / 2, token, Lanes::pack_bf16(value(i), value(i + 1)));
  }
}

template <class Lanes>
void store_bytes(const LanePrepareParams& p, const float* x, const TokenScale<Lanes>& scale,
                 int token) {
  const bool is_signed = p.format == LaneFormat::s8;
  const auto levels = static_cast<float>(is_signed ? 127 : p.centre - 1);
  const auto to_byte = Lanes::divide(Lanes::all(levels), scale.largest);
  const auto zero = Lanes::all(is_signed ? 0.0f : static_cast<float>(p.centre));
  typename Lanes::Ints sum = Lanes::all_ints(0);
  for (int i = 0; i < p.channels; i += 4) {
    typename Lanes::Ints bytes[4];
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const auto centred = Lanes::subtract(Lanes::load(x + (i + c) * kBlockTokens), scale.mean);
      bytes[c] = Lanes::round(Lanes::multiply_add(centred, to_byte, zero));
      sum = Lanes::add_ints(sum, bytes[c]);
    }
    store_dwords<Lanes>(p, i / 4, p.channels / 4, token,
                        is_signed ? Lanes::pack_bytes(bytes) : Lanes::pack_small(bytes));
  }
  Lanes::store(p.scales + token, Lanes::multiply(Lanes::multiply(scale.largest, scale.gain),
                                                 Lanes::all(1.0f / levels)));
  if (is_signed) {
    Lanes::store_ints(p.starts + token,
                      Lanes::add_ints(Lanes::multiply_ints(sum, Lanes::all_ints(-p.centre)),
                                      Lanes::all_ints(kSumAsFloat)));
  }
}

template <class Lanes>
void lane_prepare(const LanePrepareParams& p) {
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    const float* x = p.x + token;
    const TokenScale<Lanes> scale = scale_of_tokens<Lanes>(p, x);
    if (p.format == LaneFormat::f32 || p.format == LaneFormat::bf16) {
      store_floats<Lanes>(p, x, scale, token);
    } else {
      store_bytes<Lanes>(p, x, scale, token);
    }
  }
  if (p.format != LaneFormat::s8) return;
  for (int token = 0; token < kBlockTokens; ++token) {
    if (token >= p.tokens) p.scales[token] = 0.0f;
    p.offsets[token] = token < p.tokens ? -kSumAsFloatValue * p.scales[token] : kNoWeight;
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
