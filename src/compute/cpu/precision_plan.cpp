#include "src/compute/cpu/precision_plan.h"

#include <algorithm>

namespace tessera::compute::cpu {
namespace {

Number number_of(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return Number::f32;
    case Precision::bf16:
      return Number::bf16;
    case Precision::automatic:
    case Precision::int8:
      break;
  }
  return Number::i8;
}

}  // namespace

const char* number_name(Number number) {
  switch (number) {
    case Number::f32:
      return "f32";
    case Number::bf16:
      return "bf16";
    case Number::i8:
      return "int8";
  }
  return "?";
}

PrecisionPlan PrecisionPlan::of(const ModelDims& dims, Precision precision) {
  const Number n = number_of(precision);
  PrecisionPlan plan;
  plan.stem = n == Number::i8 ? Number::bf16 : n;
  plan.encoder.assign(static_cast<std::size_t>(dims.n_audio_layers), {n, n, n, n, n});
  plan.cross.assign(static_cast<std::size_t>(dims.n_text_layers), n);
  const Number self = n == Number::bf16 ? Number::f32 : n;
  plan.decoder.assign(static_cast<std::size_t>(dims.n_text_layers), {self, n, n});
  plan.logits = n;
  return plan;
}

bool PrecisionPlan::rotates_encoder() const {
  const auto has_bytes = [](const EncoderLayerPlan& layer) {
    return layer.qkv == Number::i8 || layer.attention == Number::i8 || layer.out == Number::i8 ||
           layer.up == Number::i8 || layer.down == Number::i8;
  };
  return std::any_of(encoder.begin(), encoder.end(), has_bytes) ||
         std::find(cross.begin(), cross.end(), Number::i8) != cross.end();
}

bool PrecisionPlan::rotates_decoder() const {
  const auto has_bytes = [](const DecoderLayerPlan& layer) {
    return layer.self == Number::i8 || layer.cross == Number::i8 || layer.ffn == Number::i8;
  };
  return logits == Number::i8 || std::any_of(decoder.begin(), decoder.end(), has_bytes);
}

}  // namespace tessera::compute::cpu
