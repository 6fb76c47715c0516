// The oracle of other tile sizes: plain loops as tile_attention's, compiled without
// auto-vectorisation.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

int round_clamped(float value, int lowest) {
  const int rounded = static_cast<int>(lrintf(value));
  return rounded < lowest ? lowest : rounded > 127 ? 127 : rounded;
}

void attend(const TileAttentionSizedParams& p, const std::int8_t* query, std::int8_t* out) {
  int scores[kMostTileKeys];
  int best = -127;
  for (int key = 0; key < p.keys; ++key) {
    std::int32_t sum = 0;
    for (int d = 0; d < kTile; ++d) sum += query[d] * p.k[key * kTile + d];
    scores[key] = round_clamped(static_cast<float>(sum) * p.score_scale, -127);
    best = scores[key] > best ? scores[key] : best;
  }
  int total = 0;
  for (int key = 0; key < p.keys; ++key) total += p.exp_table[best - scores[key]];
  const float scale = 1.0f / static_cast<float>(total);
  for (int d = 0; d < kTile; ++d) {
    std::int32_t sum = 0;
    for (int key = 0; key < p.keys; ++key) {
      sum += p.exp_table[best - scores[key]] * p.v[key * kTile + d];
    }
    out[d] = static_cast<std::int8_t>(round_clamped(static_cast<float>(sum) * scale, -128));
  }
}

}  // namespace

const char* tile_attention_sized_scalar(const TileAttentionSizedParams& p) noexcept {
  for (int query = 0; query < p.queries; ++query) {
    attend(p, p.q + query * kTile, p.out + query * kTile);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
