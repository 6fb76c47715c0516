// An int8 encoder's attention on an AIE2 core: the fused kernel's stages in two calls, so that the
// next keys come while values are summed. What a head's integers mean, and the table of weights,
// came with the parameters of the product that made the queries.
#include "src/compute/kernels/aie2_products_inl.h"
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"
#include "src/compute/kernels/tile_attention/fused_aie2_inl.h"

namespace tessera::compute::kernels::aie2 {
namespace {

static_assert(offsetof(AttentionStateI8, table_cd) - offsetof(AttentionStateI8, table_ab) >=
                  16384 + sizeof(AttentionStateI8::table_ab),
              "no entry of one copy is in the bank of one of the other");

// Entries of 16 bits in chunks of eight, each twice.
void write_tables(const uint8_t* weights, AttentionStateI8* state) {
  AIE2_LOOP(part, kTableEntries / 32, 8, "table", none) {
    const auto entries = aie::load_v<32>(weights + part * 32).unpack().cast_to<int16_t>();
    AIE2_UNROLL
    for (int chunk = 0; chunk < 4; ++chunk) {
      const auto eight = entries.extract<8>(chunk);
      const auto doubled = aie::concat(eight, eight);
      const int at = (part * 4 + chunk) * 16;
      aie::store_v(state->table_ab + at, doubled);
      aie::store_v(state->table_cd + at, doubled);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void encoder_i8_attend_begin(SumsI8* sums, AttentionStateI8* state) {
  set_modes();
  const auto zeros = aie::zeros<int32_t, kBlockLanes>();
  AIE2_LOOP(block, kRowBlocks * kBlocks, 16, "zero sums", none) {
    aie::store_v(sums->sums + block * kBlockLanes, zeros);
  }
  AIE2_LOOP(row, kRowBlocks, 16, "zero totals", none) {
    aie::store_v(state->totals + row * kBlockLanes, zeros);
  }
  const auto none = aie::broadcast<int16_t, 32>(tessera::compute::kernels::kNoBase);
  aie::store_v(state->bases, none);
  aie::store_v(state->bases + 32, none);
  write_tables(sums->weights, state);
  scalar_work(7, 10);
  state->head = sums->heads[sums->group];
  if (++sums->block >= sums->query_blocks) {
    sums->block = 0;
    ++sums->group;
  }
}

void encoder_i8_attend_keys(const int8_t* queries, const int8_t* k, AttentionStateI8* state,
                            int32_t keys) {
  set_modes();
  const Lookup lookup(Table(kIndexedEntries, state->table_ab, state->table_cd));
  const HeadScaleI8 head = state->head;
  scalar_work(3, 1);
  score(queries, k, state->scores, head.score_shift);
  if (keys < 64) hide_missing(state->scores, keys);
  find_largest(state->scores, state->bases + 64 + kRowBlocks * kBlockLanes);
  const uint32_t raised = raise_bases(state->bases, head.multiplier, head.step_shift);
  state->raised = raised;
  if (raised != 0) {
    for_each_raised(raised, state->bases, [state](int row, const Scores& factors) {
      scale_block(state->totals + row * kBlockLanes, factors);
    });
  }
  // Half a row at a time: the program has to fit beside an encoder's other kernels.
  weigh_keys<true, kBlocks / 2>(state->scores, state->bases + 64, lookup, state->weights,
                                state->totals, 64, static_cast<int16_t>(head.multiplier),
                                head.step_shift);
}

void encoder_i8_attend_values(const int8_t* v, SumsI8* sums, AttentionStateI8* state) {
  set_modes();
  scalar_work(1, 1);
  if (state->raised != 0) {
    for_each_raised(state->raised, state->bases, [sums](int row, const Scores& factors) {
      scale_row(sums->sums + row * kBlocks * kBlockLanes, factors);
    });
  }
  add_tile_product("values", state->weights, v, sums->sums);
}

void encoder_i8_attend_finish(const SumsI8* sums, const AttentionStateI8* state, int8_t* out,
                              int32_t) {
  set_modes();
  for (int row = 0; row < kRowBlocks; ++row) {
    const auto reciprocals = reciprocals_of(state->totals + row * kBlockLanes);
    AIE2_LOOP(block, kBlocks, 8, "quotients", none) {
      const int place = (row * kBlocks + block) * kBlockLanes;
      aie::store_v(out + place, quotients_of(sums->sums + place, reciprocals,
                                             tessera::compute::kernels::kReciprocalBits));
    }
  }
}
}
