#include "src/whisper/openai_names.h"

#include "src/whisper/slot_name.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

struct Row {
  std::string_view ours;
  std::string_view theirs;
};

constexpr Row kOutsideLayers[] = {
    {"conv1", "conv1"},
    {"conv2", "conv2"},
    {"embed_tokens", "token_embedding"},
};

constexpr Row kInsideLayers[] = {
    {"self_attn.q_proj", "attn.query"},
    {"self_attn.k_proj", "attn.key"},
    {"self_attn.v_proj", "attn.value"},
    {"self_attn.out_proj", "attn.out"},
    {"self_attn_layer_norm", "attn_ln"},
    {"encoder_attn.q_proj", "cross_attn.query"},
    {"encoder_attn.k_proj", "cross_attn.key"},
    {"encoder_attn.v_proj", "cross_attn.value"},
    {"encoder_attn.out_proj", "cross_attn.out"},
    {"encoder_attn_layer_norm", "cross_attn_ln"},
    {"fc1", "mlp.0"},
    {"fc2", "mlp.2"},
    {"final_layer_norm", "mlp_ln"},
};

template <std::size_t Size>
std::string find(const Row (&table)[Size], std::string_view part, std::string_view slot_name) {
  for (const Row& row : table) {
    if (row.ours == part) return std::string(row.theirs);
  }
  throw Error(ErrorCode::internal, "OpenAI has no tensor for " + std::string(slot_name));
}

}  // namespace

std::string openai_tensor_name(std::string_view slot_name) {
  const SlotName name = split_slot_name(slot_name);
  const std::string side(name.side);
  const std::string kind(name.kind);
  if (!name.layer.empty()) {
    return side + ".blocks." + std::string(name.layer) + "." +
           find(kInsideLayers, name.part, slot_name) + "." + kind;
  }
  // The positions are plain tensors there, without ".weight".
  if (name.part == "embed_positions") return side + ".positional_embedding";
  if (name.part == "layer_norm") return side + (side == "encoder" ? ".ln_post." : ".ln.") + kind;
  return side + "." + find(kOutsideLayers, name.part, slot_name) + "." + kind;
}

}  // namespace tessera::whisper
