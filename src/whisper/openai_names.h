// How OpenAI names the tensors of a model, in its checkpoints and in ggml's files.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// The name that openai/whisper (model.py) gives to a tensor of weight_slots():
/// "model.encoder.layers.0.self_attn.q_proj.weight" is "encoder.blocks.0.attn.query.weight".
/// Throws Error{internal} for a name that weight_slots() does not make.
std::string openai_tensor_name(std::string_view slot_name);

}  // namespace tessera::whisper
