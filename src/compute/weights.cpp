#include "src/compute/weights.h"

#include <cstring>

#include "tessera/error.h"

namespace tessera::compute {
namespace {

[[noreturn]] void bad_file(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where + ": " + what);
}

std::string shape_text(const std::array<std::int64_t, 3>& shape) {
  std::string text = "[" + std::to_string(shape[0]);
  for (int i = 1; i < 3; ++i) {
    if (shape[i] != 1) text += ", " + std::to_string(shape[i]);
  }
  return text + "]";
}

class SlotList {
 public:
  void tensor(const std::string& name, WeightView& view, std::int64_t d0, std::int64_t d1 = 1,
              std::int64_t d2 = 1) {
    slots_.push_back({"model." + name, {d0, d1, d2}, &view});
  }

  void norm(const std::string& name, NormWeights& norm, int width) {
    tensor(name + ".weight", norm.gamma, width);
    tensor(name + ".bias", norm.beta, width);
  }

  void linear(const std::string& name, LinearWeights& linear, int out, int in, bool bias = true) {
    tensor(name + ".weight", linear.weight, out, in);
    if (bias) tensor(name + ".bias", linear.bias, out);
  }

  void conv(const std::string& name, ConvWeights& conv, int out, int in) {
    tensor(name + ".weight", conv.weight, out, in, 3);
    tensor(name + ".bias", conv.bias, out);
  }

  void attention(const std::string& name, AttentionWeights& attention, int width) {
    linear(name + ".q_proj", attention.query, width, width);
    linear(name + ".k_proj", attention.key, width, width, /*bias=*/false);
    linear(name + ".v_proj", attention.value, width, width);
    linear(name + ".out_proj", attention.out, width, width);
  }

  std::vector<WeightSlot> take() { return std::move(slots_); }

 private:
  std::vector<WeightSlot> slots_;
};

void encoder_slots(SlotList& list, ModelWeights& weights) {
  const ModelDims& d = weights.dims;
  list.conv("encoder.conv1", weights.conv1, d.n_audio_state, d.n_mels);
  list.conv("encoder.conv2", weights.conv2, d.n_audio_state, d.n_audio_state);
  list.tensor("encoder.embed_positions.weight", weights.audio_positions, d.n_audio_ctx,
              d.n_audio_state);
  for (int i = 0; i < d.n_audio_layers; ++i) {
    const std::string name = "encoder.layers." + std::to_string(i);
    EncoderLayerWeights& layer = weights.encoder[i];
    list.norm(name + ".self_attn_layer_norm", layer.attention_norm, d.n_audio_state);
    list.attention(name + ".self_attn", layer.attention, d.n_audio_state);
    list.norm(name + ".final_layer_norm", layer.ffn_norm, d.n_audio_state);
    list.linear(name + ".fc1", layer.ffn_up, d.n_audio_ffn, d.n_audio_state);
    list.linear(name + ".fc2", layer.ffn_down, d.n_audio_state, d.n_audio_ffn);
  }
  list.norm("encoder.layer_norm", weights.encoder_norm, d.n_audio_state);
}

void decoder_slots(SlotList& list, ModelWeights& weights) {
  const ModelDims& d = weights.dims;
  list.tensor("decoder.embed_tokens.weight", weights.token_embedding, d.n_vocab, d.n_text_state);
  list.tensor("decoder.embed_positions.weight", weights.text_positions, d.n_text_ctx,
              d.n_text_state);
  for (int i = 0; i < d.n_text_layers; ++i) {
    const std::string name = "decoder.layers." + std::to_string(i);
    DecoderLayerWeights& layer = weights.decoder[i];
    list.norm(name + ".self_attn_layer_norm", layer.self_norm, d.n_text_state);
    list.attention(name + ".self_attn", layer.self_attention, d.n_text_state);
    list.norm(name + ".encoder_attn_layer_norm", layer.cross_norm, d.n_text_state);
    list.attention(name + ".encoder_attn", layer.cross_attention, d.n_text_state);
    list.norm(name + ".final_layer_norm", layer.ffn_norm, d.n_text_state);
    list.linear(name + ".fc1", layer.ffn_up, d.n_text_ffn, d.n_text_state);
    list.linear(name + ".fc2", layer.ffn_down, d.n_text_state, d.n_text_ffn);
  }
  list.norm("decoder.layer_norm", weights.decoder_norm, d.n_text_state);
}

}  // namespace

void check_dims(const ModelDims& d, const std::string& where) {
  struct Bound {
    const char* name;
    int value;
    int limit;
  };
  // The limits are about sixteen times the largest official model: generous to research models,
  // and small enough that no product of three sizes leaves 64 bits.
  const Bound bounds[] = {
      {"mel bands", d.n_mels, 1024},
      {"audio positions", d.n_audio_ctx, 24000},
      {"encoder width", d.n_audio_state, 16384},
      {"encoder heads", d.n_audio_heads, 512},
      {"encoder layers", d.n_audio_layers, 512},
      {"encoder feed-forward width", d.n_audio_ffn, 65536},
      {"vocabulary size", d.n_vocab, 1 << 20},
      {"text positions", d.n_text_ctx, 8192},
      {"decoder width", d.n_text_state, 16384},
      {"decoder heads", d.n_text_heads, 512},
      {"decoder layers", d.n_text_layers, 512},
      {"decoder feed-forward width", d.n_text_ffn, 65536},
  };
  for (const Bound& bound : bounds) {
    if (bound.value < 1 || bound.value > bound.limit) {
      bad_file(where, std::string("expected ") + bound.name + " between 1 and " +
                          std::to_string(bound.limit) + ", found " + std::to_string(bound.value));
    }
  }
  if (d.n_audio_state != d.n_text_state) {
    bad_file(where, "expected encoder and decoder of one width, found " +
                        std::to_string(d.n_audio_state) + " and " + std::to_string(d.n_text_state));
  }
  if (d.n_audio_state % d.n_audio_heads != 0 || d.n_text_state % d.n_text_heads != 0) {
    bad_file(where, "expected a width divisible by the number of heads, found width " +
                        std::to_string(d.n_audio_state) + " with " +
                        std::to_string(d.n_audio_heads) + " and " + std::to_string(d.n_text_heads) +
                        " heads");
  }
}

void to_f32(const WeightView& view, std::span<float> out) {
  const std::size_t count = static_cast<std::size_t>(view.elements());
  if (out.size() != count) {
    throw Error(ErrorCode::internal, "to_f32: expected room for " + std::to_string(count) +
                                         " values, got " + std::to_string(out.size()));
  }
  const auto half = [&](std::size_t i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, view.data + 2 * i, 2);
    return bits;
  };
  switch (view.dtype) {
    case DType::f32:
      std::memcpy(out.data(), view.data, 4 * count);
      return;
    case DType::f16:
      for (std::size_t i = 0; i < count; ++i) out[i] = f16_to_f32(half(i));
      return;
    case DType::bf16:
      for (std::size_t i = 0; i < count; ++i) out[i] = bf16_to_f32(half(i));
      return;
    default:
      throw Error(ErrorCode::internal,
                  std::string("to_f32: expected floating point, got ") + dtype_name(view.dtype));
  }
}

std::vector<float> to_f32(const WeightView& view) {
  std::vector<float> values(static_cast<std::size_t>(view.elements()));
  to_f32(view, values);
  return values;
}

std::vector<WeightSlot> weight_slots(ModelWeights& weights) {
  weights.encoder.resize(static_cast<std::size_t>(weights.dims.n_audio_layers));
  weights.decoder.resize(static_cast<std::size_t>(weights.dims.n_text_layers));
  SlotList list;
  encoder_slots(list, weights);
  decoder_slots(list, weights);
  return list.take();
}

void check_weights(ModelWeights& weights, const std::string& where) {
  for (const WeightSlot& slot : weight_slots(weights)) {
    if (!slot.view->present()) bad_file(where, "tensor " + slot.name + " is missing");
    if (slot.view->shape != slot.shape) {
      bad_file(where, "tensor " + slot.name + ": expected shape " + shape_text(slot.shape) +
                          ", file has " + shape_text(slot.view->shape));
    }
    const DType dtype = slot.view->dtype;
    if (dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
      bad_file(where, "tensor " + slot.name + ": expected f32, f16 or bf16, file has " +
                          dtype_name(dtype));
    }
  }
}

}  // namespace tessera::compute
