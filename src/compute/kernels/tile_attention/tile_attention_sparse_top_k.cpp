// Only the best keys of each query count: the oracle of the sparse variants, which with all 64 keys
// is that of the dense ones. Option B of the seed's plan.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

int clamp(int value, int lowest, int highest) {
  return value < lowest ? lowest : value > highest ? highest : value;
}

void score_keys(const TileAttentionParams& p, const std::int8_t* query, int (&scores)[kTile]) {
  for (int key = 0; key < kTile; ++key) {
    std::int32_t sum = 0;
    for (int d = 0; d < kTile; ++d) sum += query[d] * p.k[key * kTile + d];
    scores[key] =
        clamp(static_cast<int>(lrintf(static_cast<float>(sum) * p.score_scale)), -127, 127);
  }
}

// The score of the k-th best key.
int threshold(const int (&scores)[kTile], int k) {
  for (int candidate = 127; candidate > -127; --candidate) {
    int above = 0;
    for (int key = 0; key < kTile; ++key) above += scores[key] >= candidate ? 1 : 0;
    if (above >= k) return candidate;
  }
  return -127;
}

}  // namespace

const char* tile_attention_sparse_top_k(const TileAttentionParams& p) noexcept {
  for (int query = 0; query < kTile; ++query) {
    int scores[kTile];
    score_keys(p, p.q + query * kTile, scores);
    const int least = threshold(scores, p.top_k), best = threshold(scores, 1);
    int weights[kTile], total = 0;
    for (int key = 0; key < kTile; ++key) {
      weights[key] = scores[key] >= least ? p.exp_table[best - scores[key]] : 0;
      total += weights[key];
    }
    const float scale = 1.0f / static_cast<float>(total);
    for (int d = 0; d < kTile; ++d) {
      std::int32_t sum = 0;
      for (int key = 0; key < kTile; ++key) sum += weights[key] * p.v[key * kTile + d];
      p.out[query * kTile + d] = static_cast<std::int8_t>(
          clamp(static_cast<int>(lrintf(static_cast<float>(sum) * scale)), -128, 127));
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
