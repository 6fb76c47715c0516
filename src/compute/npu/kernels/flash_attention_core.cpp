#include "src/compute/npu/kernels/flash_attention_core.h"

#include <algorithm>
#include <iterator>

// bfloat16 comes first.
#include "src/compute/npu/emulator/aie_api/types.hpp"
// and then who takes it
#include "src/compute/kernels/flash_attention/flash_attention_aie2.h"
#include "src/compute/npu/kernels/bf16_blocks.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

namespace {

constexpr int kWidth = 64;
constexpr BlockShape kQueryBlocks = {kFlashQueries, kWidth, 4, 8};
constexpr BlockShape kKeyBlocks = {kFlashKeys, kWidth, 4, 8};
constexpr BlockShape kValueBlocks = {kFlashKeys, kWidth, 8, 4};
constexpr BlockShape kOutBlocks = {kFlashQueries, kWidth, 4, 4};

}  // namespace

template <class T>
T* FlashAttentionCore::place(const char* name, std::size_t bytes, std::size_t bank) {
  return reinterpret_cast<T*>(core_.place(name, bytes, bank));
}

// What a loop loads or stores together lies in different banks: q and out, keys and values (which
// leave room for their twins), sums, and what is left.
FlashAttentionCore::FlashAttentionCore() {
  q_ = place<Bfloat16>("q", kFlashQueryBytes, 0);
  out_ = place<Bfloat16>("out", kFlashQueryBytes, 0);
  k_ = place<Bfloat16>("k", kFlashKeyBytes, 1);
  v_ = place<Bfloat16>("v", kFlashKeyBytes, 1);
  sums_ = place<float>("sums", kFlashSumsBytes, 2);
  scores_ = place<float>("scores", kFlashScoresBytes, 3);
  maxima_ = place<Bfloat16>("maxima", kFlashMaximaBytes, 3);
  totals_ = place<float>("totals", kFlashTotalsBytes, 3);
  core_.reserve_stack(kCoreMemoryBytes - kDefaultStackBytes, kDefaultStackBytes);
}

void FlashAttentionCore::begin(const float* q) {
  rows_to_bf16_blocks(q, kWidth, q_, kQueryBlocks);
  const CoreScope scope(core_, "attention_bf16_begin");
  attention_bf16_begin(sums_, maxima_, totals_);
}

void FlashAttentionCore::add(const float* k, const float* v, int keys) {
  if (keys < 1 || keys > kFlashKeys) {
    throw Error(ErrorCode::bad_argument,
                "npu attention: expected 1 to 32 keys, got " + std::to_string(keys));
  }
  constexpr float kPoison = 1e4f;
  float padded[kFlashKeys * kWidth];
  const auto pad = [&](const float* rows) {
    const auto end = std::copy_n(rows, static_cast<std::ptrdiff_t>(keys) * kWidth, padded);
    std::fill(end, std::end(padded), kPoison);
    return padded;
  };
  rows_to_bf16_blocks(pad(k), kWidth, k_, kKeyBlocks);
  rows_to_bf16_blocks(pad(v), kWidth, v_, kValueBlocks);
  const CoreScope scope(core_, "attention_bf16_pair");
  attention_bf16_pair(q_, k_, v_, scores_, sums_, maxima_, totals_, keys);
}

void FlashAttentionCore::end(float* out) {
  {
    const CoreScope scope(core_, "attention_bf16_end");
    attention_bf16_end(sums_, maxima_, totals_, out_);
  }
  bf16_blocks_to_rows(out_, out, kWidth, kOutBlocks);
}

}  // namespace tessera::compute::npu
