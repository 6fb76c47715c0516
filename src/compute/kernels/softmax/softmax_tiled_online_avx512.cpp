// The maximum found on the way (Milakov and Gimelshein 2018, "Online normalizer calculation for
// softmax"): the row is read once, tile by tile. A tile's exponentials are taken less the largest
// number so far; when a later tile has a larger one, the sum so far shrinks by the exponential of
// the difference, and so does the tile when it is scaled at the end.
#include <immintrin.h>
#include <math.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/softmax/softmax_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

// Kernels do not allocate: a longer row has wider tiles, not more of them.
constexpr int kTiles = 64;
constexpr int kTileColumns = 256;

int width_of_tiles(int columns) {
  const int even = (columns + kTiles - 1) / kTiles;
  const int width = (even + 63) / 64 * 64;
  return width < kTileColumns ? kTileColumns : width;
}

void softmax_of_row(const float* in, float* out, int columns) {
  float largest_at[kTiles];  // what was taken off the numbers of each tile
  const int width = width_of_tiles(columns);
  float largest = -__builtin_inff(), sum = 0;
  for (int first = 0, tile = 0; first < columns; first += width, ++tile) {
    const int count = columns - first < width ? columns - first : width;
    const float here = largest_of(in + first, count);
    if (here > largest) {
      sum *= expf(largest - here);
      largest = here;
    }
    largest_at[tile] = largest;
    // Nothing but minus infinity so far: any other shift gives the zeros that these stand for.
    const float shift = largest == -__builtin_inff() ? 0 : largest;
    sum += exp_and_sum(in + first, out + first, count, shift);
  }
  const float factor = 1 / sum;
  for (int first = 0, tile = 0; first < columns; first += width, ++tile) {
    const int count = columns - first < width ? columns - first : width;
    const float shrink = largest_at[tile] < largest ? expf(largest_at[tile] - largest) : 1;
    scale_row(out + first, count, factor * shrink);
  }
}

}  // namespace

const char* softmax_tiled_online_avx512(const SoftmaxParams& p) noexcept {
  for (int row = 0; row < p.rows; ++row) {
    softmax_of_row(p.in + row * p.in_stride, p.out + row * p.out_stride, p.columns);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
