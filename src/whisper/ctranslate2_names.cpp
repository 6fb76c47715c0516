#include "src/whisper/ctranslate2_names.h"

#include <cstddef>

#include "src/whisper/slot_name.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

struct Row {
  std::string_view ours;
  std::string_view theirs;
  int part = 0;
  int parts = 1;
};

constexpr Row kOutsideLayers[] = {
    {"conv1", "conv1"},
    {"conv2", "conv2"},
    {"embed_tokens", "embeddings"},
    {"layer_norm", "layer_norm"},
};

constexpr Row kInsideLayers[] = {
    {"self_attn_layer_norm", "self_attention/layer_norm"},
    {"self_attn.q_proj", "self_attention/linear_0", 0, 3},
    {"self_attn.k_proj", "self_attention/linear_0", 1, 3},
    {"self_attn.v_proj", "self_attention/linear_0", 2, 3},
    {"self_attn.out_proj", "self_attention/linear_1"},
    {"encoder_attn_layer_norm", "attention/layer_norm"},
    {"encoder_attn.q_proj", "attention/linear_0"},
    {"encoder_attn.k_proj", "attention/linear_1", 0, 2},
    {"encoder_attn.v_proj", "attention/linear_1", 1, 2},
    {"encoder_attn.out_proj", "attention/linear_2"},
    {"final_layer_norm", "ffn/layer_norm"},
    {"fc1", "ffn/linear_0"},
    {"fc2", "ffn/linear_1"},
};

template <std::size_t Size>
const Row& find(const Row (&table)[Size], std::string_view part, std::string_view slot_name) {
  for (const Row& row : table) {
    if (row.ours == part) return row;
  }
  throw Error(ErrorCode::internal, "CTranslate2 has no variable for " + std::string(slot_name));
}

/// What CTranslate2 calls weight and bias of a layer.
std::string_view kind_name(std::string_view layer, std::string_view kind) {
  if (!layer.ends_with("layer_norm")) return kind;
  return kind == "weight" ? "gamma" : "beta";
}

}  // namespace

Ctranslate2Place ctranslate2_place(std::string_view slot_name) {
  const SlotName name = split_slot_name(slot_name);
  std::string variable = std::string(name.side) + "/";
  if (name.layer.empty() && name.part == "embed_positions") {
    return {.variable = variable + "position_encodings/encodings"};
  }
  const Row& row = name.layer.empty() ? find(kOutsideLayers, name.part, slot_name)
                                      : find(kInsideLayers, name.part, slot_name);
  if (!name.layer.empty()) variable += "layer_" + std::string(name.layer) + "/";
  variable += std::string(row.theirs) + "/" + std::string(kind_name(row.theirs, name.kind));
  return {.variable = std::move(variable), .part = row.part, .parts = row.parts};
}

}  // namespace tessera::whisper
