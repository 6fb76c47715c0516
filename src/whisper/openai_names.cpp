#include "src/whisper/openai_names.h"

#include <algorithm>
#include <cstddef>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

struct Renamed {
  std::string_view ours;
  std::string_view theirs;
};

/// Names without "model.", layer and ".weight" or ".bias".
constexpr Renamed kOutsideLayers[] = {
    {"encoder.conv1", "encoder.conv1"},        {"encoder.conv2", "encoder.conv2"},
    {"encoder.layer_norm", "encoder.ln_post"}, {"decoder.embed_tokens", "decoder.token_embedding"},
    {"decoder.layer_norm", "decoder.ln"},
};

constexpr Renamed kInsideLayers[] = {
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
std::string_view renamed(const Renamed (&table)[Size], std::string_view name) {
  for (const Renamed& row : table) {
    if (row.ours == name) return row.theirs;
  }
  throw Error(ErrorCode::internal, "no tensor of OpenAI's corresponds to " + std::string(name));
}

}  // namespace

std::string openai_tensor_name(std::string_view slot_name) {
  constexpr std::string_view kPrefix = "model.";
  constexpr std::string_view kLayers = ".layers.";
  std::string_view name = slot_name;
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  const std::size_t last_dot = name.rfind('.');
  const std::string kind(name.substr(std::min(last_dot, name.size())));  // ".weight" or ".bias"
  name = name.substr(0, last_dot);
  // The positions are plain tensors there, without ".weight".
  if (name.ends_with(".embed_positions")) {
    return std::string(name.substr(0, name.find('.'))) + ".positional_embedding";
  }
  const std::size_t layers = name.find(kLayers);
  if (layers == std::string_view::npos) return std::string(renamed(kOutsideLayers, name)) + kind;
  const std::string side(name.substr(0, layers));
  name.remove_prefix(layers + kLayers.size());
  const std::size_t dot = std::min(name.find('.'), name.size());
  const std::string number(name.substr(0, dot));
  const std::string_view rest = name.substr(std::min(dot + 1, name.size()));
  return side + ".blocks." + number + "." + std::string(renamed(kInsideLayers, rest)) + kind;
}

}  // namespace tessera::whisper
