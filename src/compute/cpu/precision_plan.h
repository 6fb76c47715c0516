// Which numbers each part of a model is computed in on the cpu device.
#pragma once

#include <string>
#include <vector>

#include "src/compute/device.h"
#include "src/compute/weights.h"

namespace tessera::compute::cpu {

/// The numbers that a product's operands are rounded to. Sums, norms and the residual stream are
/// always float32 (sums of bytes int32).
enum class Number { f32, bf16, i8 };

const char* number_name(Number number);

/// One encoder layer.
struct EncoderLayerPlan {
  Number qkv = Number::i8;
  Number attention = Number::i8;
  Number out = Number::i8;
  Number up = Number::i8;
  Number down = Number::i8;
};

/// One decoder layer. Self-attention's cache is bf16 where `self` is i8: it is small.
struct DecoderLayerPlan {
  Number self = Number::i8;   ///< projections of the self-attention
  Number cross = Number::i8;  ///< query and output projections of the cross-attention
  Number ffn = Number::i8;
};

struct PrecisionPlan {
  Number stem = Number::bf16;  ///< both convolutions
  std::vector<EncoderLayerPlan> encoder;
  std::vector<Number> cross;  ///< keys and values of each decoder layer's cross-attention
  std::vector<DecoderLayerPlan> decoder;
  Number logits = Number::i8;

  /// The same for all parts but those that cpu.md's guards keep: the stem is bf16 for int8.
  static PrecisionPlan uniform(const ModelDims& dims, Precision precision);

  /// Any part in int8: the residual streams are then rotated, see fold.h.
  bool rotates_encoder() const;
  bool rotates_decoder() const;
};

}  // namespace tessera::compute::cpu
