// Everything in blocks of 16 x 16, as the seed's plan lays tiles out for a small local memory: 16
// sums in registers, one block of each operand at a time. Step 3 of the plan, option B. Each
// operand byte is used 16 times per load instead of 64, which costs loads.
#include "src/compute/kernels/kernel_name.h"
#include "src/compute/kernels/tile_attention/tile_avx512_inl.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kBlock = 16;
constexpr int kBlocks = kTile / kBlock;
constexpr int kBlockWords = kBlock * kBlock / 4;  // 4 registers

// Words of 4 bytes; (a, b) are blocks, what follows lies within one.
struct BlockedTile {
  alignas(64) std::uint32_t queries[16 * kTile];  // (query, d), (d / 4, query, 4), + 128
  alignas(64) std::uint32_t keys[16 * kTile];     // (key, d), (key, d)
  alignas(64) std::uint32_t values[16 * kTile];   // (channel, key), (key / 4, channel, 4)
  PackedTile row_major;                           // where packing begins, and what has no blocks
};
static_assert(sizeof(BlockedTile) <= kTileScratchBytes);

void pack_blocks(const TileAttentionParams& p, BlockedTile& tile) {
  pack_queries(p.q, tile.row_major);
  sum_keys(p.k, tile.row_major);
  for (int group = 0; group < 16; ++group) {
    for (int block = 0; block < kBlocks; ++block) {
      // (d / 4, query, 4) to blocks of queries, then of d.
      const __m512i queries =
          _mm512_load_si512(tile.row_major.queries + group * kTile + block * kBlock);
      _mm512_store_si512(tile.queries + block * 16 * kBlock + group * kBlock, queries);
    }
  }
  for (int key = 0; key < kTile; ++key) {
    for (int d = 0; d < kBlocks; ++d) {
      const __m128i part =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(p.k + key * kTile + d * kBlock));
      std::uint32_t* block = tile.keys + (key / kBlock * kBlocks + d) * kBlockWords;
      _mm_store_si128(reinterpret_cast<__m128i*>(block + key % kBlock * 4), part);
    }
  }
  for (int channel = 0; channel < kBlocks; ++channel) {
    for (int group = 0; group < 16; ++group) {
      const auto row = [&](int i) {
        return _mm_loadu_si128(
            reinterpret_cast<const __m128i*>(p.v + (group * 4 + i) * kTile + channel * kBlock));
      };
      const __m128i ab_low = _mm_unpacklo_epi8(row(0), row(1));
      const __m128i ab_high = _mm_unpackhi_epi8(row(0), row(1));
      const __m128i cd_low = _mm_unpacklo_epi8(row(2), row(3));
      const __m128i cd_high = _mm_unpackhi_epi8(row(2), row(3));
      auto* out = reinterpret_cast<__m128i*>(tile.values + (channel * 16 + group) * kBlock);
      _mm_store_si128(out, _mm_unpacklo_epi16(ab_low, cd_low));
      _mm_store_si128(out + 1, _mm_unpackhi_epi16(ab_low, cd_low));
      _mm_store_si128(out + 2, _mm_unpacklo_epi16(ab_high, cd_high));
      _mm_store_si128(out + 3, _mm_unpackhi_epi16(ab_high, cd_high));
    }
  }
}

// The scores of a block of queries (lanes) with all keys; returns the largest in every byte.
__attribute__((noinline)) __m512i score_block(int query_block, float scale, BlockedTile& tile) {
  const __m512 scales = _mm512_set1_ps(scale);
  const __m512 offset = _mm512_set1_ps(-kIntegerAsFloat * scale);
  __m512i best = _mm512_set1_epi8(-128);
  for (int key_block = 0; key_block < kBlocks; ++key_block) {
    __m512i sums[kBlock];  // (key), 16 queries
#pragma GCC unroll 16
    for (int i = 0; i < kBlock; ++i) {
      sums[i] = _mm512_set1_epi32(tile.row_major.key_start[key_block * kBlock + i]);
    }
    for (int d = 0; d < kBlocks; ++d) {
      const std::uint32_t* queries = tile.queries + (query_block * kBlocks + d) * kBlockWords;
      const std::uint32_t* keys = tile.keys + (key_block * kBlocks + d) * kBlockWords;
#pragma GCC unroll 4
      for (int group = 0; group < 4; ++group) {
        const __m512i lanes = _mm512_load_si512(queries + group * kBlock);
#pragma GCC unroll 16
        for (int i = 0; i < kBlock; ++i) {
          dot_accumulate(sums[i], lanes, _mm512_set1_epi32(static_cast<int>(keys[i * 4 + group])));
        }
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < kBlock; i += 4) {
      const __m512i rounded[4] = {
          round_score(sums[i], scales, offset), round_score(sums[i + 1], scales, offset),
          round_score(sums[i + 2], scales, offset), round_score(sums[i + 3], scales, offset)};
      const __m512i scores = join_low_bytes(rounded);
      best = _mm512_max_epi8(best, scores);
      _mm512_store_si512(
          tile.row_major.weights + (key_block * 4 + i / 4) * kTile + query_block * kBlock, scores);
    }
  }
  best = _mm512_max_epi8(best, _mm512_rol_epi32(best, 8));
  return _mm512_max_epi8(best, _mm512_rol_epi32(best, 16));
}

// A block of queries (rows) and of channels (lanes), from all keys.
__attribute__((noinline)) void weigh_block(int query_block, int channel_block,
                                           const BlockedTile& tile, std::int8_t* out) {
  __m512i sums[kBlock];  // (query), 16 channels
#pragma GCC unroll 16
  for (int i = 0; i < kBlock; ++i) sums[i] = _mm512_setzero_si512();
  for (int group = 0; group < 16; ++group) {
    const __m512i values = _mm512_load_si512(tile.values + (channel_block * 16 + group) * kBlock);
    const std::uint32_t* weights = tile.row_major.weights + group * kTile + query_block * kBlock;
#pragma GCC unroll 16
    for (int i = 0; i < kBlock; ++i) {
      dot_accumulate(sums[i], _mm512_set1_epi32(static_cast<int>(weights[i])), values);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kBlock; ++i) {
    const int query = query_block * kBlock + i;
    const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[i]),
                                        _mm512_set1_ps(tile.row_major.reciprocals[query]));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + query * kTile + channel_block * kBlock),
                     _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(scaled)));
  }
}

}  // namespace

const char* tile_attention_blocked_16x16_avx512_vnni(const TileAttentionParams& p) noexcept {
  BlockedTile& tile = *reinterpret_cast<BlockedTile*>(p.scratch);
  if (!p.operands_are_packed) pack_blocks(p, tile);
  __m512i best[kBlocks];
  for (int query = 0; query < kBlocks; ++query)
    best[query] = score_block(query, p.score_scale, tile);
  weigh_keys(p.exp_table, best, tile.row_major);
  for (int query = 0; query < kBlocks; ++query) {
    for (int channel = 0; channel < kBlocks; ++channel) weigh_block(query, channel, tile, p.out);
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
