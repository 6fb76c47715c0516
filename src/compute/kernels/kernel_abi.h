// What kernel variants and their callers agree on. Variant files include this, compiler intrinsics
// and *_inl.h, and nothing else: they are compiled for processors that the rest of the program may
// not run on, and a standard template instantiated there could be taken for everybody's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::compute::kernels {

/// Every kernel: parameters in, the variant's own name out (see TESSERA_KERNEL_NAME in
/// kernel_name.h). Kernels do not throw, allocate, or keep state.
template <class Params>
using KernelFunction = const char* (*)(const Params&) noexcept;

/// How the numbers of a variant relate to others'.
enum class Exactness {
  exact,     ///< bit-equal to the variant named in the list, and so to all that name the same
  bounded,   ///< within the bound that the op's test derives and states
  historic,  ///< other arithmetic, kept to compare with; never selected
};

/// A tile: Whisper's heads are 64 wide, its widths multiples of 64.
inline constexpr int kTile = 64;

/// Bytes of scratch memory that a tile_attention variant may use, 64-byte aligned.
inline constexpr std::size_t kTileScratchBytes = std::size_t{64} << 10;

/// Attention of one head over one tile in int8: out = softmax(q k^T) v.
///
/// The arithmetic of all exact variants, with s the int32 product of a query and a key:
///   score  = clamp(round(s * score_scale), -127, 127)
///   weight = exp_table[max over keys of score - score]
///   out    = clamp(round(sum of weight * v / sum of weight), -128, 127)
/// where round is to nearest even of the float32 product, and the quotient is a product with the
/// float32 reciprocal. score_scale has at most 16 bits of mantissa, so that s * score_scale, with
/// |s| < 2^22, rounds only once.
struct TileAttentionParams {
  static constexpr const char* kOp = "tile_attention";

  const std::int8_t* q = nullptr;           ///< (64 queries, 64), row-major
  const std::int8_t* k = nullptr;           ///< (64 keys, 64), row-major
  const std::int8_t* v = nullptr;           ///< (64 keys, 64), row-major
  std::int8_t* out = nullptr;               ///< (64 queries, 64), row-major
  float score_scale = 0;                    ///< steps of exp_table per unit of q.k
  const std::uint8_t* exp_table = nullptr;  ///< (256): exp of -i steps, 255 at i = 0
  int scale_shift = 0;                      ///< of the historic variants instead of score_scale
  float nats_per_unit = 0;                  ///< score_scale in nats, for variants that compute exp
  /// Of the sparse variants: only the keys whose scores are among the best `top_k` (1 to 64) of a
  /// query count, those that tie with the last of them too.
  int top_k = kTile;
  std::byte* scratch = nullptr;  ///< kTileScratchBytes, 64-byte aligned
  /// `scratch` holds the operands that the same variant packed in its last call: do not pack again.
  bool operands_are_packed = false;
};

/// Most queries and keys of a tile_attention_sized tile; both are multiples of kTileSizeStep.
inline constexpr int kMostTileQueries = 64;
inline constexpr int kMostTileKeys = 96;
inline constexpr int kTileSizeStep = 16;

/// Attention of one head over a tile of another size, in the arithmetic of TileAttentionParams.
struct TileAttentionSizedParams {
  static constexpr const char* kOp = "tile_attention_sized";

  const std::int8_t* q = nullptr;           ///< (queries, 64), row-major
  const std::int8_t* k = nullptr;           ///< (keys, 64), row-major
  const std::int8_t* v = nullptr;           ///< (keys, 64), row-major
  std::int8_t* out = nullptr;               ///< (queries, 64), row-major
  int queries = 0, keys = 0;                ///< multiples of kTileSizeStep
  float score_scale = 0;                    ///< steps of exp_table per unit of q.k
  const std::uint8_t* exp_table = nullptr;  ///< (256): exp of -i steps, 255 at i = 0
  std::byte* scratch = nullptr;             ///< kTileScratchBytes, 64-byte aligned
  bool operands_are_packed = false;         ///< as TileAttentionParams
};

/// Bytes of scratch memory that a flash_attention variant may use, 64-byte aligned.
inline constexpr std::size_t kFlashScratchBytes = std::size_t{80} << 10;

/// Attention of one head in int8 over any number of keys, a tile of 64 x 64 at a time: out = round(
/// softmax(nats_per_unit q k^T) v) with an online softmax (Dao et al. 2022; Milakov and Gimelshein
/// 2018), so that never more than a tile of scores exists. Weights are bytes, 255 for the largest
/// so far. A query that may see no key gives 0.
struct FlashAttentionParams {
  static constexpr const char* kOp = "flash_attention";

  const std::int8_t* q = nullptr;  ///< (queries, 64), row-major
  const std::int8_t* k = nullptr;  ///< (keys, 64), row-major
  const std::int8_t* v = nullptr;  ///< (keys, 64), row-major
  std::int8_t* out = nullptr;      ///< (queries, 64), row-major
  int queries = 0, keys = 0;
  float nats_per_unit = 0;  ///< of q.k
  bool causal = false;      ///< query i sees key j only if j <= i + keys - queries
  /// (queries / 64, keys / 64), rounded up: tiles with 0 are passed over. Null: all count.
  const std::uint8_t* tile_mask = nullptr;
  std::byte* scratch = nullptr;  ///< kFlashScratchBytes, 64-byte aligned
};

/// Columns that a packed right-hand matrix keeps together: three registers of 16 lanes.
inline constexpr int kPanelColumns = 48;

/// C = A B in int8 with int32 sums, exact in every variant. B is packed once (see pack.h) into
/// panels of kPanelColumns columns; the rows of A are read as they lie.
struct MatmulI8Params {
  static constexpr const char* kOp = "matmul_i8";

  const std::int8_t* a = nullptr;   ///< (m, k), rows a_stride apart
  std::ptrdiff_t a_stride = 0;      ///< in elements
  const std::uint8_t* b = nullptr;  ///< (n / 48, k / 4, 48, 4), value + 128; padding is 128
  std::int32_t* c = nullptr;        ///< (m, n), rows c_stride apart
  std::ptrdiff_t c_stride = 0;
  int m = 0, n = 0, k = 0;  ///< any sizes from 1; k at most 2^16, so that no sum overflows
};

/// C = A B in bfloat16 with float32 sums: of each pair of products first, in ascending pairs, as
/// the BF16 instructions sum them. Denormals count as zero.
struct MatmulBf16Params {
  static constexpr const char* kOp = "matmul_bf16";

  const std::uint16_t* a = nullptr;  ///< (m, k), rows a_stride apart
  std::ptrdiff_t a_stride = 0;
  const std::uint16_t* b = nullptr;  ///< (n / 48, k / 2, 48, 2); padding is 0
  float* c = nullptr;                ///< (m, n), rows c_stride apart
  std::ptrdiff_t c_stride = 0;
  int m = 0, n = 0, k = 0;
};

/// C = A B in float32.
struct MatmulF32Params {
  static constexpr const char* kOp = "matmul_f32";

  const float* a = nullptr;  ///< (m, k), rows a_stride apart
  std::ptrdiff_t a_stride = 0;
  const float* b = nullptr;  ///< (n / 48, k, 48); padding is 0
  float* c = nullptr;        ///< (m, n), rows c_stride apart
  std::ptrdiff_t c_stride = 0;
  int m = 0, n = 0, k = 0;
};

/// out = softmax of each row (stable: less the row's maximum). Minus infinity has weight zero; a
/// row needs one finite number. Weights below 1.2e-38, where normal numbers end, may be zero.
struct SoftmaxParams {
  static constexpr const char* kOp = "softmax";

  const float* in = nullptr;  ///< (rows, columns), rows in_stride apart
  std::ptrdiff_t in_stride = 0;
  float* out = nullptr;  ///< (rows, columns), rows out_stride apart; may be `in`
  std::ptrdiff_t out_stride = 0;
  int rows = 0, columns = 0;
};

/// out = (x - mean) / sqrt(variance + epsilon) * gamma + beta of each row (Ba et al. 2016).
struct LayerNormParams {
  static constexpr const char* kOp = "layer_norm";

  const float* in = nullptr;  ///< (rows, columns)
  std::ptrdiff_t in_stride = 0;
  const float* gamma = nullptr;  ///< (columns)
  const float* beta = nullptr;   ///< (columns)
  float epsilon = 1e-5f;
  float* out = nullptr;  ///< (rows, columns); may be `in`
  std::ptrdiff_t out_stride = 0;
  int rows = 0, columns = 0;
};

/// out = x Phi(x) (Hendrycks and Gimpel 2016), element by element.
struct GeluParams {
  static constexpr const char* kOp = "gelu";

  const float* in = nullptr;
  float* out = nullptr;  ///< may be `in`
  std::ptrdiff_t count = 0;
};

/// GELU of int8 by a table of 256 entries, of which entry i is for the value i - 128.
struct GeluI8Params {
  static constexpr const char* kOp = "gelu_i8";

  const std::int8_t* in = nullptr;
  std::int8_t* out = nullptr;  ///< may be `in`
  const std::int8_t* table = nullptr;
  std::ptrdiff_t count = 0;
};

/// Each row to int8 with a scale of its own: out = round(x / scale), scale = max |x| / 127; a row
/// of zeros, or of less than 2^-119, has scale 1. Round is to nearest even of the product with the
/// float32 reciprocal. The numbers are finite.
struct QuantiseParams {
  static constexpr const char* kOp = "quantise";

  const float* in = nullptr;  ///< (rows, columns)
  std::ptrdiff_t in_stride = 0;
  std::int8_t* out = nullptr;  ///< (rows, columns)
  std::ptrdiff_t out_stride = 0;
  float* scales = nullptr;  ///< (rows)
  int rows = 0, columns = 0;
};

/// out = x * scale of the row.
struct DequantiseParams {
  static constexpr const char* kOp = "dequantise";

  const std::int8_t* in = nullptr;  ///< (rows, columns)
  std::ptrdiff_t in_stride = 0;
  const float* scales = nullptr;  ///< (rows)
  float* out = nullptr;           ///< (rows, columns)
  std::ptrdiff_t out_stride = 0;
  int rows = 0, columns = 0;
};

/// Each row times Hadamard's matrix of its length over the root of the length (Sylvester's order):
/// orthogonal, its own inverse. In place.
struct HadamardParams {
  static constexpr const char* kOp = "hadamard";

  float* data = nullptr;  ///< (rows, columns)
  std::ptrdiff_t stride = 0;
  int rows = 0, columns = 0;  ///< columns a power of two
};

/// As many multiplications and additions as the machine can do, on registers alone: what the speed
/// of the other ops is a share of.
struct PeakParams {
  static constexpr const char* kOp = "peak";

  std::int64_t rounds = 0;
  double* operations = nullptr;  ///< out: multiplications and additions that were done
  float* sink = nullptr;         ///< (16) out: their result, so that no compiler leaves them out
};

}  // namespace tessera::compute::kernels
