// Plain loops like the oracle's, arranged for the compiler's vectoriser: both products are sums
// over neighbouring 16-bit numbers, roundings are additions. Step 1 of the seed's plan without
// intrinsics.
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

struct WideTile {
  std::int16_t keys[kTile * kTile];    // (key, d)
  std::int16_t values[kTile * kTile];  // (channel, key)
};
static_assert(sizeof(WideTile) <= kTileScratchBytes);

std::int16_t widen(int value) { return static_cast<std::int16_t>(value); }

void pack(const TileAttentionParams& p, WideTile& tile) {
  for (int i = 0; i < kTile * kTile; ++i) tile.keys[i] = widen(p.k[i]);
  for (int key = 0; key < kTile; ++key) {
    for (int d = 0; d < kTile; ++d) tile.values[d * kTile + key] = widen(p.v[key * kTile + d]);
  }
}

std::int32_t dot(const std::int16_t* a, const std::int16_t* b) {
  std::int32_t sum = 0;
  for (int i = 0; i < kTile; ++i) sum += a[i] * b[i];
  return sum;
}

// clamp(round(sums * scale)): with 1.5 * 2^23 added to it, a number of few digits is rounded to an
// integer, to nearest even, and the float's low bits are that integer.
void round_sums(const std::int32_t* sums, float scale, float lowest, std::int16_t* rounded) {
  for (int i = 0; i < kTile; ++i) {
    const float x = static_cast<float>(sums[i]) * scale;
    const float above = x < lowest ? lowest : x;
    const float clamped = above > 127.0f ? 127.0f : above;
    const float shifted = clamped + 12582912.0f;
    std::int32_t bits;
    __builtin_memcpy(&bits, &shifted, sizeof bits);
    rounded[i] = static_cast<std::int16_t>(bits);
  }
}

}  // namespace

const char* tile_attention_auto_vectorised(const TileAttentionParams& p) noexcept {
  WideTile& tile = *reinterpret_cast<WideTile*>(p.scratch);
  if (!p.operands_are_packed) pack(p, tile);
  for (int query = 0; query < kTile; ++query) {
    std::int16_t channels[kTile], scores[kTile], weights[kTile];
    std::int32_t sums[kTile];
    for (int d = 0; d < kTile; ++d) channels[d] = widen(p.q[query * kTile + d]);
    for (int key = 0; key < kTile; ++key) sums[key] = dot(channels, tile.keys + key * kTile);
    round_sums(sums, p.score_scale, -127.0f, scores);
    std::int16_t best = -127;
    for (int key = 0; key < kTile; ++key) best = scores[key] > best ? scores[key] : best;
    std::int32_t total = 0;
    for (int key = 0; key < kTile; ++key) {
      weights[key] = p.exp_table[best - scores[key]];
      total += weights[key];
    }
    for (int d = 0; d < kTile; ++d) sums[d] = dot(weights, tile.values + d * kTile);
    round_sums(sums, 1.0f / static_cast<float>(total), -128.0f, scores);
    for (int d = 0; d < kTile; ++d) {
      p.out[query * kTile + d] = static_cast<std::int8_t>(scores[d]);
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
