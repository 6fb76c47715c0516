// The operations of the cpu engine's encoder, on blocks of 48 tokens that lie in vector lanes.
//
// A block is (channels, 48): for each channel the values of 48 neighbouring tokens. A vector
// register then holds one channel of several tokens, weights are broadcast, and whatever is
// computed per token (norms, scales, maxima, sums) needs no sum across lanes. What one product
// stores is what the next one reads.
//
// Quantised blocks keep what one multiply-add instruction takes in one dword per token:
// (channels / 4, 48, 4) bytes, (channels / 2, 48, 2) bfloat16.
//
// All pointers to blocks and scratch memory are 64-byte aligned.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::compute::kernels {

/// Tokens of a block: three AVX-512 registers, so that with 8 channels 24 sums, 3 inputs and a
/// broadcast weight fill 28 of the 32 registers.
inline constexpr int kBlockTokens = 48;
/// Output channels that a linear kernel computes at a time.
inline constexpr int kBlockPanel = 8;
/// Output channels of a panel where AMX's tiles, of 16 rows of 64 bytes, hold the weights.
inline constexpr int kTileChannels = 16;
/// Width of an attention head in all Whisper models.
inline constexpr int kHeadWidth = 64;
/// Blocks of keys whose scores exist at a time: 96 keys. Weights of attention are bytes relative to
/// the largest of such a tile, so that keys far from the dominant one keep their resolution.
inline constexpr int kAttentionBlocks = 2;

/// Numbers that int8 kernels take as unsigned bytes have this added: with 127 levels to either side
/// of it they fill the byte.
inline constexpr int kCentre = 128;
/// The same where unsigned bytes must stay below 128 (see takes_centre): AVX2 adds pairs of
/// products in 16 bits, 2 x 127 x 127 at most without saturating. 63 levels to either side.
inline constexpr int kCentreOf7Bits = 64;
/// Where the sum of such a pair of weights has at most this magnitude, bytes around kCentre do not
/// saturate either: 255 x 128 at most.
inline constexpr int kLargestPair = 128;

/// What a linear kernel does with its sums besides adding the bias.
struct LaneEpilogue {
  const float* addend = nullptr;  ///< (channels, 48), added after the activation; may be `out`
  bool gelu = false;
  float* out = nullptr;  ///< (channels, 48)
};

/// out = gelu(x weight^T + bias) + addend of one block, int8 weights and activations, int32 sums.
/// Weights are from -127 to 127. A variant that does not take kCentre takes it nevertheless where
/// no weights of depths 2 i and 2 i + 1 have a sum beyond kLargestPair.
struct LaneLinearI8Params {
  static constexpr const char* kOp = "lane_linear_i8";

  const std::uint8_t* x = nullptr;      ///< (depth / 4, 48, 4), value + the centre
  const float* x_scales = nullptr;      ///< (48)
  const std::int8_t* weight = nullptr;  ///< see LaneWeightLayout: (channels / 8, depth / 4, 8, 4)
  /// (channels): -centre times the sum of a channel's weights.
  const std::int32_t* offsets = nullptr;
  const float* weight_scales = nullptr;  ///< (channels)
  const float* bias = nullptr;           ///< (channels)
  int depth = 0;                         ///< a multiple of 8, at most 2^15: no sum overflows
  int channels = 0;                      ///< a multiple of the layout's panel
  LaneEpilogue epilogue;
};

/// The same in bfloat16 with float32 sums.
struct LaneLinearBf16Params {
  static constexpr const char* kOp = "lane_linear_bf16";

  const std::uint16_t* x = nullptr;       ///< (depth / 2, 48, 2)
  const std::uint16_t* weight = nullptr;  ///< see LaneWeightLayout: (channels / 8, depth / 2, 8, 2)
  const float* bias = nullptr;            ///< (channels)
  int depth = 0;                          ///< a multiple of 4
  int channels = 0;                       ///< a multiple of 8
  LaneEpilogue epilogue;
};

/// The same in float32.
struct LaneLinearF32Params {
  static constexpr const char* kOp = "lane_linear_f32";

  const float* x = nullptr;       ///< (depth, 48)
  const float* weight = nullptr;  ///< (channels / 8, depth, 8)
  const float* bias = nullptr;    ///< (channels)
  int depth = 0;                  ///< even
  int channels = 0;               ///< a multiple of 8
  LaneEpilogue epilogue;
};

enum class LaneNorm {
  none,
  rms,    ///< x / sqrt(mean x^2 + epsilon) (Zhang and Sennrich 2019)
  layer,  ///< (x - mean) / sqrt(variance + epsilon) (Ba et al. 2016); gain and offset are in what
          ///< follows
};

enum class LaneFormat { f32, bf16, u8, s8 };

/// What an int32 sum is started with so that its bits are those of a float: 1.5 * 2^23 + sum, for
/// sums of less than 2^22. One fused multiply-add then converts and scales.
inline constexpr std::int32_t kSumAsFloat = 0x4b400000;
inline constexpr float kSumAsFloatValue = 12582912.0f;
/// A score that leaves no weight.
inline constexpr float kNoWeight = -1e30f;

/// Normalises each token of a block and converts it to what a product takes.
struct LanePrepareParams {
  static constexpr const char* kOp = "lane_prepare";

  const float* x = nullptr;  ///< (channels, 48)
  int channels = 0;          ///< a multiple of 4
  LaneNorm norm = LaneNorm::none;
  float epsilon = 1e-5f;
  LaneFormat format = LaneFormat::f32;
  int centre = kCentre;  ///< of unsigned bytes: these, or those that s8 is multiplied with
  /// f32 (channels, 48); bf16 (channels / 2, 48, 2); u8 and s8 (channels / 4, 48, 4): round(value /
  /// scale), with the centre added for u8.
  void* out = nullptr;
  /// Of s8 and bf16: `out` is (48, channels), each token in one piece.
  bool rows = false;
  /// Of u8 and s8: (48), the largest magnitude over 127 (s8) or centre - 1 (u8), never 0.
  float* scales = nullptr;
  /// Of s8: (48), kSumAsFloat less centre times the sum of a token's bytes: what the sum of its
  /// product with unsigned bytes starts with.
  std::int32_t* starts = nullptr;
  int tokens = kBlockTokens;  ///< of s8: those that count; the scales of the rest are 0
  float* offsets = nullptr;   ///< of s8: (48), -kSumAsFloatValue * scale; kNoWeight for the rest
};

/// Takes the mean over channels off and rotates each token by an orthogonal matrix of its length,
/// in place: Hadamard's of the largest power of two in `channels`, between neighbours, and the
/// reflection I - 2/m 1 1^T between the m parts of that length. See QuaRot (Ashkboos et al. 2024).
struct LaneRotateParams {
  static constexpr const char* kOp = "lane_rotate";

  float* x = nullptr;  ///< (channels, 48)
  int channels = 0;
};

/// Values of one head for a block of keys, as the weighted sum takes them.
struct LanePackValuesParams {
  static constexpr const char* kOp = "lane_pack_values";

  const float* x = nullptr;  ///< (64, 48)
  int keys = kBlockTokens;   ///< the rest count as zero
  LaneFormat format = LaneFormat::s8;
  void* out = nullptr;  ///< s8 (12, 64, 4): 4 neighbouring keys; bf16 (24, 64, 2): 2; f32 (48, 64)
  /// Of s8: magnitudes below this are not told apart. Keeps the scales of blocks within reach of
  /// each other, since weights of attention are bytes times them.
  float smallest = 0;
  float* scale = nullptr;  ///< of s8: one for the block, the largest magnitude / 127
  /// Of s8 and bf16: `out` is (64, 48), each channel in one piece.
  bool rows = false;
};

/// Bytes of scratch memory of the attention kernels: scores and weights of a tile.
inline constexpr std::size_t kLaneAttentionScratchBytes =
    std::size_t{kAttentionBlocks} * kBlockTokens * kBlockTokens * 2 * sizeof(float);

/// out = softmax(q k^T) v of one head for a block of 48 queries over all keys, with an online
/// softmax over tiles of 96 keys. Exponentials are of base 2: 1 / (sqrt(64) ln 2) is in q. Blocks
/// of keys and values are `*_stride` bytes apart, and in rows where takes_rows() says so.
struct LaneAttentionI8Params {
  static constexpr const char* kOp = "lane_attention_i8";

  const std::uint8_t* q = nullptr;  ///< (16, 48, 4), value + the centre
  const float* q_scales = nullptr;  ///< (48)
  const std::int8_t* k = nullptr;   ///< (blocks), (16, 48, 4)
  const float* k_scales = nullptr;  ///< (blocks, 48), all three as lane_prepare makes them
  const std::int32_t* k_starts = nullptr;
  const float* k_offsets = nullptr;
  const std::int8_t* v = nullptr;   ///< (blocks), (12, 64, 4)
  const float* v_scales = nullptr;  ///< (blocks)
  const float* v_logs = nullptr;    ///< (blocks): log2 of v_scales
  std::ptrdiff_t k_stride = 0, v_stride = 0;
  int keys = 0;
  float* out = nullptr;          ///< (64, 48)
  std::byte* scratch = nullptr;  ///< kLaneAttentionScratchBytes
};

struct LaneAttentionBf16Params {
  static constexpr const char* kOp = "lane_attention_bf16";

  const std::uint16_t* q = nullptr;  ///< (32, 48, 2)
  const std::uint16_t* k = nullptr;  ///< (blocks), (32, 48, 2)
  const std::uint16_t* v = nullptr;  ///< (blocks), (24, 64, 2)
  std::ptrdiff_t k_stride = 0, v_stride = 0;
  int keys = 0;
  float* out = nullptr;          ///< (64, 48)
  std::byte* scratch = nullptr;  ///< kLaneAttentionScratchBytes
};

struct LaneAttentionF32Params {
  static constexpr const char* kOp = "lane_attention_f32";

  const float* q = nullptr;  ///< (64, 48)
  const float* k = nullptr;  ///< (blocks), (64, 48)
  const float* v = nullptr;  ///< (blocks), (48, 64)
  std::ptrdiff_t k_stride = 0, v_stride = 0;
  int keys = 0;
  float* out = nullptr;          ///< (64, 48)
  std::byte* scratch = nullptr;  ///< kLaneAttentionScratchBytes
};

}  // namespace tessera::compute::kernels
