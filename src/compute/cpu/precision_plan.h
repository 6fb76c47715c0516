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

  /// What a precision is made of: the same numbers for all parts but two. The stem is bf16 where
  /// all else is int8. The decoder's self-attention is f32 where all else is bf16: what a token
  /// adds to it is read by all later ones, and on a trained model it brings the likeliest token
  /// back at a third of the positions where it was another (docs/cpu.md).
  static PrecisionPlan of(const ModelDims& dims, Precision precision);

  /// Any part in int8: the residual streams are then rotated, see fold.h.
  bool rotates_encoder() const;
  bool rotates_decoder() const;
};

}  // namespace tessera::compute::cpu
