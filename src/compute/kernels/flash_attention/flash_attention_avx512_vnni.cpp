// 64 queries in lanes against 64 keys at a time. Tiles that a mask does not touch take the steps of
// a single tile; where it does, scores that do not count become minus infinity before the maximum.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_running_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

struct FlashTile {
  RunningTile<kTile> running;
  alignas(64) std::int8_t q[kTile * kTile];  // rows that are too few for a tile, and zeros
  alignas(64) std::int8_t k[kTile * kTile];
  alignas(64) std::int8_t v[kTile * kTile];
  alignas(64) std::int8_t out[kTile * kTile];
};
static_assert(sizeof(FlashTile) <= kFlashScratchBytes);

constexpr int smaller(int a, int b) { return a < b ? a : b; }

// The rows from `first` on: where they lie if there are 64, else a copy in `padded`.
const std::int8_t* tile_of_rows(const std::int8_t* rows, int first, int count,
                                std::int8_t (&padded)[kTile * kTile]) {
  const std::int8_t* from = rows + static_cast<std::ptrdiff_t>(first) * kTile;
  if (count >= kTile) return from;
  const auto bytes = static_cast<std::size_t>(count) * kTile;
  __builtin_memcpy(padded, from, bytes);
  __builtin_memset(padded + bytes, 0, sizeof padded - bytes);
  return padded;
}

// Takes out the scores of keys from `count` on, and those behind the diagonal: query i of the tile
// sees key j of it only if j <= i + ahead. Then the maxima.
__attribute__((noinline)) void mask_scores(int count, int ahead, RunningTile<kTile>& tile) {
  const __m512 nothing = _mm512_set1_ps(-__builtin_inff());
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int query = 0; query < kTile; query += 16) {
    __m512 best = _mm512_load_ps(tile.best + query);
    // The last key that each query of these lanes sees.
    const __m512i last = _mm512_add_epi32(lanes, _mm512_set1_epi32(query + ahead));
    for (int key = 0; key < kTile; ++key) {
      float* place = tile.scores + key * kTile + query;
      const __mmask16 seen =
          key < count ? _mm512_cmple_epi32_mask(_mm512_set1_epi32(key), last) : __mmask16{0};
      const __m512 scores = _mm512_mask_mov_ps(nothing, seen, _mm512_load_ps(place));
      _mm512_store_ps(place, scores);
      best = _mm512_max_ps(best, scores);
    }
    _mm512_store_ps(tile.new_best + query, best);
  }
}

// One tile of keys for the queries that are packed. `ahead`: see mask_scores.
void add_tile(const FlashAttentionParams& p, int first_key, int ahead, FlashTile& tile) {
  const int count = smaller(kTile, p.keys - first_key);
  const std::int8_t* k = tile_of_rows(p.k, first_key, count, tile.k);
  sum_keys(k, tile.running.packed);
  pack_values(tile_of_rows(p.v, first_key, count, tile.v), tile.running.packed);
  score_exactly(k, tile.running.packed, 0, kTile, tile.running.scores, tile.running.new_best);
  if (count < kTile || ahead < kTile - 1) mask_scores(count, ahead, tile.running);
  weigh_step(p.nats_per_unit, tile.running);
  add_step(0, tile.running);
}

}  // namespace

const char* flash_attention_avx512_vnni(const FlashAttentionParams& p) noexcept {
  FlashTile& tile = *reinterpret_cast<FlashTile*>(p.scratch);
  const int tiles_of_keys = (p.keys + kTile - 1) / kTile;
  for (int first = 0; first < p.queries; first += kTile) {
    const int count = smaller(kTile, p.queries - first);
    pack_queries(tile_of_rows(p.q, first, count, tile.q), tile.running.packed);
    start_running(tile.running);
    for (int i = 0; i < tiles_of_keys; ++i) {
      // Without causality every query sees every key.
      const int ahead = p.causal ? first + p.keys - p.queries - i * kTile : kTile;
      if (ahead + count - 1 < 0) break;
      const bool counts =
          p.tile_mask == nullptr || p.tile_mask[first / kTile * tiles_of_keys + i] != 0;
      if (counts) add_tile(p, i * kTile, ahead, tile);
    }
    std::int8_t* out = p.out + static_cast<std::ptrdiff_t>(first) * kTile;
    finish_running(tile.running, count == kTile ? out : tile.out);
    if (count < kTile) __builtin_memcpy(out, tile.out, static_cast<std::size_t>(count) * kTile);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
