// The operations of the cpu engine's decoder: a few rows, one per token, by matrices that are read
// from memory once. Products are the matmul kernels'; these are what lies between them.
#pragma once

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {

/// Normalises rows and converts them to what a product takes.
struct RowPrepareParams {
  static constexpr const char* kOp = "row_prepare";

  const float* in = nullptr;  ///< (rows, columns), rows in_stride apart
  std::ptrdiff_t in_stride = 0;
  int rows = 0;
  int columns = 0;  ///< a multiple of 16
  LaneNorm norm = LaneNorm::none;
  float epsilon = 1e-5f;
  const float* gamma = nullptr;         ///< (columns), the norm's gain and offset; both or neither
  const float* beta = nullptr;          ///< (columns)
  LaneFormat format = LaneFormat::f32;  ///< f32, bf16 or s8
  void* out = nullptr;                  ///< (rows, columns); of f32 it may be `in`
  std::ptrdiff_t out_stride = 0;        ///< in elements
  float* scales = nullptr;              ///< of s8: (rows), the largest magnitude / 127, never 0
};

/// What follows a product: out = gelu(scaled sums + bias) + addend.
struct RowFinishParams {
  static constexpr const char* kOp = "row_finish";

  /// Of a product of bytes, (rows, columns) with rows in_stride apart, to be multiplied by the
  /// scales of row and column; or, where that is null, of a product of floats.
  const std::int32_t* sums = nullptr;
  const float* floats = nullptr;
  std::ptrdiff_t in_stride = 0;
  const float* row_scales = nullptr;     ///< (rows)
  const float* column_scales = nullptr;  ///< (columns)
  const float* bias = nullptr;           ///< (columns); null: none
  bool gelu = false;
  const float* addend = nullptr;  ///< (rows, columns), rows out_stride apart; may be `out`
  float* out = nullptr;           ///< (rows, columns)
  std::ptrdiff_t out_stride = 0;
  int rows = 0;
  int columns = 0;  ///< a multiple of kPanelColumns
};

/// Queries whose scores exist at a time.
inline constexpr int kRowQueries = 4;

/// Bytes of scratch memory that a row_attention kernel needs for keys in so many blocks, 64-byte
/// aligned: of each query the scores, the best of each block, the weights of one and their sums,
/// and one row of numbers on their way.
constexpr std::size_t row_attention_scratch_bytes(int blocks) {
  const auto n = static_cast<std::size_t>(blocks);
  return sizeof(float) *
         (kRowQueries * (n * kBlockTokens + (n + 15) / 16 * 16 + kBlockTokens + 16) + kBlockTokens);
}

/// out = softmax(q k^T) v of one head for some rows of queries. Exponentials are of base 2:
/// 1 / (sqrt(64) ln 2) is in q. Keys and values lie in blocks of 48, each wherever it likes, so
/// that several hypotheses may share them. All numbers of a block that is looked at must be finite,
/// also those of keys that no query sees.
struct RowAttentionI8Params {
  static constexpr const char* kOp = "row_attention_i8";

  const std::int8_t* q = nullptr;          ///< (queries, 64), rows q_stride apart, a multiple of 4
  const float* q_scales = nullptr;         ///< (queries)
  const std::uint8_t* const* k = nullptr;  ///< (blocks): (16, 48, 4), value + 128
  const std::int8_t* const* v = nullptr;   ///< (blocks): (12, 64, 4)
  const float* k_scales = nullptr;         ///< (blocks, 48)
  const float* v_scales = nullptr;         ///< (blocks)
  std::ptrdiff_t q_stride = 0, out_stride = 0;
  int queries = 0;
  const int* visible = nullptr;  ///< (queries): how many keys each sees, the first ones, at least 1
  float* out = nullptr;          ///< (queries, 64)
  /// (queries) rows of `visible` numbers for the scores, or null where they are not wanted; null:
  /// none are.
  float* const* scores = nullptr;
  std::byte* scratch = nullptr;  ///< row_attention_scratch_bytes(blocks)
};

/// The same in bfloat16. Denormals count as zero.
struct RowAttentionBf16Params {
  static constexpr const char* kOp = "row_attention_bf16";

  const std::uint16_t* q = nullptr;         ///< (queries, 64), rows q_stride apart, which is even
  const std::uint16_t* const* k = nullptr;  ///< (blocks): (32, 48, 2)
  const std::uint16_t* const* v = nullptr;  ///< (blocks): (24, 64, 2)
  std::ptrdiff_t q_stride = 0, out_stride = 0;
  int queries = 0;
  const int* visible = nullptr;
  float* out = nullptr;
  float* const* scores = nullptr;
  std::byte* scratch = nullptr;
};

/// The same in float32.
struct RowAttentionF32Params {
  static constexpr const char* kOp = "row_attention_f32";

  const float* q = nullptr;         ///< (queries, 64), rows q_stride apart
  const float* const* k = nullptr;  ///< (blocks): (64, 48)
  const float* const* v = nullptr;  ///< (blocks): (48, 64)
  std::ptrdiff_t q_stride = 0, out_stride = 0;
  int queries = 0;
  const int* visible = nullptr;
  float* out = nullptr;
  float* const* scores = nullptr;
  std::byte* scratch = nullptr;
};

}  // namespace tessera::compute::kernels
