// online_octaves of keys and values that were rounded to multiples of 16, which is 4 bits.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/octave_attention_inl.h"

namespace tessera::compute::kernels {
namespace {

std::int8_t to_four_bits(std::int8_t x) {
  const int rounded = (x + 8) >> 4;
  return static_cast<std::int8_t>(16 * (rounded < 7 ? rounded : 7));
}

}  // namespace

const char* tile_attention_online_octaves_int4(const TileAttentionParams& p) noexcept {
  const OctaveScale scale = octave_scale(p.nats_per_unit);
  std::int8_t k[kTile * kTile], v[kTile * kTile];
  for (int i = 0; i < kTile * kTile; ++i) {
    k[i] = to_four_bits(p.k[i]);
    v[i] = to_four_bits(p.v[i]);
  }
  for (int query = 0; query < kTile; ++query) {
    OctaveRow row;
    row.add(p.q + query * kTile, k, v, kTile, scale);
    row.finish(p.out + query * kTile);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
