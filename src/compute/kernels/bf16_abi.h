// Operations whose numbers go in and out in bfloat16, as an encoder on the NPU has them between its
// products. Numbers are the upper halves of float32; results are rounded to the nearest once more.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::compute::kernels {

/// out = 2^x / sum of 2^x of each row: numbers are octaves, those times log2(e) natural ones.
/// What is no number of the row is -2^127 or less, and gets no weight.
struct SoftmaxBf16Params {
  static constexpr const char* kOp = "softmax_bf16";

  const std::uint16_t* in = nullptr;  ///< (rows, columns)
  std::uint16_t* out = nullptr;       ///< (rows, columns)
  int rows = 0, columns = 0;          ///< columns a multiple of 32, at most 4096
};

/// out = (x - mean) / sqrt(variance + epsilon) of each row. Gains and offsets are part of the
/// product that follows.
struct LayerNormBf16Params {
  static constexpr const char* kOp = "layer_norm_bf16";

  const std::uint16_t* in = nullptr;  ///< (rows, columns)
  std::uint16_t* out = nullptr;       ///< (rows, columns)
  float epsilon = 1e-5f;
  int rows = 0, columns = 0;  ///< columns a multiple of 16, at most 4096
};

/// out = x Phi(x).
struct GeluBf16Params {
  static constexpr const char* kOp = "gelu_bf16";

  const std::uint16_t* in = nullptr;
  std::uint16_t* out = nullptr;
  std::ptrdiff_t count = 0;  ///< a multiple of 16
};

/// Attention of one head with heads of 64: out = softmax(q k^T) v with scores in octaves, so q has
/// the factor log2(e) / 8 already; sums and their divisors in float32.
struct AttentionBf16Params {
  static constexpr const char* kOp = "attention_bf16";

  const std::uint16_t* q = nullptr;  ///< (queries, 64)
  const std::uint16_t* k = nullptr;  ///< (keys, 64)
  const std::uint16_t* v = nullptr;  ///< (keys, 64)
  std::uint16_t* out = nullptr;      ///< (queries, 64)
  int queries = 0, keys = 0;         ///< at least 1
};

}  // namespace tessera::compute::kernels
