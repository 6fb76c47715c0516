// lane_pack_values for any Lanes: keys lie in lanes, and neighbours among them go together.
#pragma once

#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {
namespace {

/// Channel `channel` of all keys, those that do not count as zero.
template <class Lanes>
void load_keys(const LanePackValuesParams& p, int channel, float (&keys)[kBlockTokens]) {
  const float* x = p.x + channel * kBlockTokens;
  for (int key = 0; key < kBlockTokens; key += Lanes::kLanes) {
    Lanes::store(keys + key, Lanes::load(x + key));
  }
  for (int key = p.keys; key < kBlockTokens; ++key) keys[key] = 0.0f;
}

template <class Lanes>
float largest_value(const LanePackValuesParams& p) {
  auto most = Lanes::all(p.smallest > 1e-20f ? p.smallest : 1e-20f);
  for (int channel = 0; channel < kHeadWidth; ++channel) {
    alignas(64) float keys[kBlockTokens];
    load_keys<Lanes>(p, channel, keys);
    for (int key = 0; key < kBlockTokens; key += Lanes::kLanes) {
      most = Lanes::max(most, Lanes::size(Lanes::load(keys + key)));
    }
  }
  alignas(64) float lanes[Lanes::kLanes];
  Lanes::store(lanes, most);
  float largest = lanes[0];
  for (const float lane : lanes) largest = lane > largest ? lane : largest;
  return largest;
}

template <class Lanes>
void lane_pack_values(const LanePackValuesParams& p) {
  const bool is_byte = p.format == LaneFormat::s8;
  float to_byte = 1.0f;
  if (is_byte) {
    const float largest = largest_value<Lanes>(p);
    *p.scale = largest * (1.0f / 127.0f);
    to_byte = 127.0f / largest;
  }
  for (int channel = 0; channel < kHeadWidth; ++channel) {
    alignas(64) float keys[kBlockTokens];
    load_keys<Lanes>(p, channel, keys);
    alignas(64) std::uint8_t packed[kBlockTokens * 4];
    int dwords = kBlockTokens;
    if (is_byte) {
      Lanes::narrow_to_bytes(keys, to_byte, packed);
      dwords = kBlockTokens / 4;
    } else if (p.format == LaneFormat::bf16) {
      Lanes::narrow_to_bf16(keys, packed);
      dwords = kBlockTokens / 2;
    } else {
      __builtin_memcpy(packed, keys, sizeof keys);
    }
    auto* out = static_cast<std::uint8_t*>(p.out);
    if (p.rows) {
      __builtin_memcpy(out + static_cast<std::ptrdiff_t>(channel) * dwords * 4, packed,
                       static_cast<std::size_t>(dwords) * 4);
      continue;
    }
    out += channel * 4;
    for (int i = 0; i < dwords; ++i) {
      __builtin_memcpy(out + static_cast<std::ptrdiff_t>(i) * kHeadWidth * 4, packed + i * 4, 4);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
