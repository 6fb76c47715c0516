// Where CTranslate2 keeps the tensors of a model.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// A tensor of ours as rows of a variable of CTranslate2's, which fuses projections of one input.
struct Ctranslate2Place {
  std::string variable;  ///< "encoder/layer_0/self_attention/linear_0/weight"
  int part = 0;          ///< which part of its rows
  int parts = 1;         ///< 3 for queries, keys and values together, 2 for keys and values
};

/// The place of a tensor of weight_slots(). Throws Error{internal} for a name that it does not
/// make.
Ctranslate2Place ctranslate2_place(std::string_view slot_name);

}  // namespace tessera::whisper
