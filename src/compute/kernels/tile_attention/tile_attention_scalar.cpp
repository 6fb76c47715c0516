// The oracle: the arithmetic of TileAttentionParams in plain loops, compiled without
// auto-vectorisation (see cmake/kernel_variants.cmake), as the seed's baseline is scalar code.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

int clamp(int value, int lowest, int highest) {
  return value < lowest ? lowest : value > highest ? highest : value;
}

// One query against all keys: the weights of the keys, and their sum.
int weigh_keys(const TileAttentionParams& p, const int8_t* query, uint8_t* weights) {
  int8_t scores[kTile];
  int best = -128;
  for (int key = 0; key < kTile; ++key) {
    int32_t sum = 0;
    for (int d = 0; d < kTile; ++d) sum += query[d] * p.k[key * kTile + d];
    const int score =
        clamp(static_cast<int>(lrintf(static_cast<float>(sum) * p.score_scale)), -127, 127);
    scores[key] = static_cast<int8_t>(score);
    best = score > best ? score : best;
  }
  int total = 0;
  for (int key = 0; key < kTile; ++key) {
    weights[key] = p.exp_table[best - scores[key]];
    total += weights[key];
  }
  return total;
}

}  // namespace

const char* tile_attention_scalar(const TileAttentionParams& p) noexcept {
  for (int query = 0; query < kTile; ++query) {
    uint8_t weights[kTile];
    const float scale = 1.0f / static_cast<float>(weigh_keys(p, p.q + query * kTile, weights));
    for (int d = 0; d < kTile; ++d) {
      int32_t sum = 0;
      for (int key = 0; key < kTile; ++key) sum += weights[key] * p.v[key * kTile + d];
      p.out[query * kTile + d] = static_cast<int8_t>(
          clamp(static_cast<int>(lrintf(static_cast<float>(sum) * scale)), -128, 127));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
