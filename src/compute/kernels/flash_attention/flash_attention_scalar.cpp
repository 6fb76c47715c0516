// The reference: for each query the largest score, then weights and sums in float64. Never rounded
// to bytes, so that it shows what the others lose.
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

bool is_seen(const FlashAttentionParams& p, int query, int key) {
  if (p.causal && key > query + p.keys - p.queries) return false;
  const int tiles_of_keys = (p.keys + kTile - 1) / kTile;
  return p.tile_mask == nullptr || p.tile_mask[query / kTile * tiles_of_keys + key / kTile] != 0;
}

double score(const FlashAttentionParams& p, int query, int key) {
  std::int32_t sum = 0;
  for (int d = 0; d < kTile; ++d) sum += p.q[query * kTile + d] * p.k[key * kTile + d];
  return static_cast<double>(sum) * static_cast<double>(p.nats_per_unit);
}

std::int8_t to_byte(double value) {
  const double rounded = rint(value);
  return static_cast<std::int8_t>(rounded < -128 ? -128 : rounded > 127 ? 127 : rounded);
}

}  // namespace

const char* flash_attention_scalar(const FlashAttentionParams& p) noexcept {
  for (int query = 0; query < p.queries; ++query) {
    double best = -HUGE_VAL, total = 0, sums[kTile] = {};
    for (int key = 0; key < p.keys; ++key) {
      if (is_seen(p, query, key)) best = fmax(best, score(p, query, key));
    }
    for (int key = 0; key < p.keys; ++key) {
      if (!is_seen(p, query, key)) continue;
      const double weight = exp(score(p, query, key) - best);
      total += weight;
      for (int d = 0; d < kTile; ++d) sums[d] += weight * p.v[key * kTile + d];
    }
    for (int d = 0; d < kTile; ++d) {
      p.out[query * kTile + d] = total > 0 ? to_byte(sums[d] / total) : std::int8_t{0};
    }
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
