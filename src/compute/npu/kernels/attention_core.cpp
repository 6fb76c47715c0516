#include "src/compute/npu/kernels/attention_core.h"

#include "src/compute/kernels/tile_attention/tile_attention_aie2.h"
#include "src/compute/npu/kernels/tile_blocks.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

template <class T>
T* AttentionCore::place(const char* name, std::size_t bytes, std::size_t bank) {
  return reinterpret_cast<T*>(core_.place(name, bytes, bank));
}

// What a loop loads or stores together lies in different banks: Q and K; scores and both tables;
// weights, V and sums. Bank 2 is the sums alone; K and V leave room for their twins in bank 3.
AttentionCore::AttentionCore() {
  core_.reserve_stack(0, kDefaultStackBytes);
  q_ = place<std::int8_t>("q", kTileBytes, 0);
  weights_ = place<std::uint8_t>("weights", kTileBytes, 0);
  totals_ = place<std::int32_t>("totals", kTotalsBytes, 0);
  bases_ = place<std::int16_t>("bases", kBasesBytes, 0);
  table_ab_ = place<std::int16_t>("table ab", kTableBytes, 0);
  scores_ = place<std::int16_t>("scores", kScoresBytes, 1);
  table_cd_ = place<std::int16_t>("table cd", kTableBytes, 1);
  out_ = place<std::int8_t>("out", kTileBytes, 1);
  sums_ = place<std::int32_t>("sums", kSumsBytes, 2);
  k_ = place<std::int8_t>("k", kTileBytes, 3);
  v_ = place<std::int8_t>("v", kTileBytes, 3);
  fill_weight_table(table_ab_);
  fill_weight_table(table_cd_);
}

void AttentionCore::begin(const std::int8_t* q) {
  rows_to_blocks(q, q_, 4, 8);
  const CoreScope scope(core_, "attention_i8_begin");
  attention_i8_begin(sums_, totals_, bases_);
}

void AttentionCore::add(const std::int8_t* k, const std::int8_t* v, int keys,
                        const kernels::OctaveScale& scale) {
  if (keys < 1 || keys > kTileRows) {
    throw Error(ErrorCode::bad_argument,
                "npu attention: expected 1 to 64 keys, got " + std::to_string(keys));
  }
  rows_to_blocks(k, k_, 8, 8);
  rows_to_blocks(v, v_, 8, 8);
  const CoreScope scope(core_, "attention_i8_pair");
  attention_i8_pair(q_, k_, v_, sums_, totals_, bases_, scores_, weights_, table_ab_, table_cd_,
                    keys, scale.score_shift, scale.multiplier, scale.step_shift);
}

void AttentionCore::end(std::int8_t* out) {
  {
    const CoreScope scope(core_, "attention_i8_end");
    attention_i8_end(sums_, totals_, out_);
  }
  blocks_to_rows(out_, out, 4, 8);
}

}  // namespace tessera::compute::npu
