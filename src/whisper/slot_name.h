// The parts of a tensor's name, for loaders that know the tensor under another one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tessera::whisper {

/// "model.encoder.layers.3.self_attn.q_proj.weight" taken apart.
struct SlotName {
  std::string_view side;   ///< "encoder" or "decoder"
  std::string_view layer;  ///< "3"; empty outside the layers
  std::string_view part;   ///< "self_attn.q_proj", outside the layers "conv1"
  std::string_view kind;   ///< "weight" or "bias"
};

/// Takes apart a name that weight_slots() made. Parts that another name lacks are empty.
inline SlotName split_slot_name(std::string_view name) {
  constexpr std::string_view kPrefix = "model.";
  constexpr std::string_view kLayers = "layers.";
  const auto take_until_dot = [&name] {
    const std::string_view head = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(head.size() + 1, name.size()));
    return head;
  };
  SlotName parts;
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  parts.side = take_until_dot();
  if (name.starts_with(kLayers)) {
    name.remove_prefix(kLayers.size());
    parts.layer = take_until_dot();
  }
  const std::size_t last_dot = std::min(name.rfind('.'), name.size());
  parts.part = name.substr(0, last_dot);
  parts.kind = name.substr(std::min(last_dot + 1, name.size()));
  return parts;
}

}  // namespace tessera::whisper
