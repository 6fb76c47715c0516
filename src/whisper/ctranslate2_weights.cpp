#include "src/whisper/ctranslate2_weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "src/whisper/ctranslate2_names.h"
#include "src/whisper/json_file.h"
#include "src/whisper/owned_tensor.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::ModelDims;
using compute::ModelWeights;
using compute::WeightSlot;
using Variable = Ctranslate2Variable;
using Type = Ctranslate2Type;

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (const std::uint64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

const Variable& require(const Ctranslate2File& file, std::string_view name) {
  if (const Variable* variable = file.find(name)) return *variable;
  file.fail("variable " + std::string(name) + " is missing");
}

int as_size(std::uint64_t size) {
  // Beyond int is beyond every limit of check_dims, which makes the message.
  return static_cast<int>(std::min<std::uint64_t>(size, std::numeric_limits<int>::max()));
}

/// A size of a variable that must have `rank` dimensions.
int size_of(const Ctranslate2File& file, std::string_view name, std::size_t rank, std::size_t dim) {
  const Variable& variable = require(file, name);
  if (variable.shape.size() != rank) {
    file.fail("variable " + std::string(name) + ": expected " + std::to_string(rank) +
              " dimensions, file has " + shape_text(variable.shape));
  }
  return as_size(variable.shape[dim]);
}

/// The same format of ours; nothing for whole numbers.
std::optional<DType> plain_type(Type type) {
  if (type == Type::f32) return DType::f32;
  if (type == Type::f16) return DType::f16;
  return type == Type::bf16 ? std::optional(DType::bf16) : std::nullopt;
}

bool is_whole(const Variable& variable) {
  return variable.is_scalar() &&
         (variable.type == Type::i8 || variable.type == Type::i16 || variable.type == Type::i32);
}

int heads_of(const Ctranslate2File& file, std::string_view name) {
  const Variable& variable = require(file, name);
  if (!is_whole(variable)) file.fail("variable " + std::string(name) + ": expected a whole number");
  return static_cast<int>(variable.whole());
}

/// Layers are numbered from 0; a gap shows as a variable left over.
int layers_of(const Ctranslate2File& file, const std::string& side) {
  const auto is_there = [&](int layer) {
    std::string name = side + "/layer_";
    name += std::to_string(layer);
    name += "/self_attention/layer_norm/gamma";
    return file.find(name) != nullptr;
  };
  int count = 0;
  while (is_there(count)) ++count;
  return count;
}

/// Features of other networks that CTranslate2 runs with the same layers are scalars: on in a file
/// of ours are these, everything else must be off. Numbers of heads are read elsewhere, the
/// "alignment" ones are of its text models.
void check_scalar(const Ctranslate2File& file, const Variable& variable) {
  struct Known {
    std::string_view name;
    std::int64_t value;
  };
  constexpr std::int64_t kAny = -1;
  constexpr Known kKnown[] = {{"num_heads", kAny},
                              {"alignment_heads", kAny},
                              {"alignment_layer", kAny},
                              {"pre_norm", 1},
                              {"activation", 3}};  // GELU with erf
  const std::string_view name = variable.name;
  const std::string_view attribute = name.substr(std::min(name.find('/') + 1, name.size()));
  std::int64_t wanted = 0;
  for (const Known& known : kKnown) {
    if (known.name != attribute) continue;
    if (known.value == kAny) return;
    wanted = known.value;
  }
  if (is_whole(variable) && variable.whole() == wanted) return;
  file.unsupported("variable " + printable(name) + ": expected " + std::to_string(wanted) +
                   " as in Whisper, found " +
                   (is_whole(variable) ? std::to_string(variable.whole())
                                       : std::string("a ") + type_name(variable.type)));
}

/// Fills the slots and keeps account of what was used.
class Filler {
 public:
  Filler(const Ctranslate2File& file, ModelWeights& weights) : file_(file), weights_(weights) {}

  void fill(const WeightSlot& slot) {
    const Ctranslate2Place place = ctranslate2_place(slot.name);
    const Variable& variable = require(file_, place.variable);
    check_shape(variable, place, slot);
    used_.insert(variable.name);
    if (const std::optional<DType> dtype = plain_type(variable.type)) {
      *slot.view = {.dtype = *dtype, .shape = slot.shape, .data = part_of(variable, place).data()};
    } else if (variable.type == Type::i32) {
      file_.fail("variable " + place.variable + ": expected weights, found int32");
    } else {
      expand(slot, place, variable);
    }
  }

  /// The keys have no bias in Whisper; the fused bias, checked before, holds zeros for them.
  void check_key_bias(const std::string& key_name) const {
    Ctranslate2Place place = ctranslate2_place(key_name);
    place.variable = place.variable.substr(0, place.variable.rfind('/')) + "/bias";
    const Variable& variable = require(file_, place.variable);
    const std::optional<DType> dtype = plain_type(variable.type);
    const auto rows = static_cast<std::int64_t>(variable.shape[0]) / place.parts;
    if (dtype && std::ranges::all_of(compute::to_f32({.dtype = *dtype,
                                                      .shape = {rows, 1, 1},
                                                      .data = part_of(variable, place).data()}),
                                     [](float value) { return value == 0; })) {
      return;
    }
    file_.unsupported("variable " + place.variable + ": expected zeros for the keys, found others");
  }

  /// Logits come from the token embedding.
  void check_projection() {
    const Variable* projection = file_.find("decoder/projection/weight");
    const Variable* embedding = file_.find("decoder/embeddings/weight");
    if (projection != nullptr && projection != embedding) {
      if (!same(projection, embedding) || !same(file_.find("decoder/projection/weight_scale"),
                                                file_.find("decoder/embeddings/weight_scale"))) {
        file_.unsupported(
            "variable decoder/projection/weight: expected the same values as the token embedding, "
            "found others");
      }
      used_.insert({"decoder/projection/weight", "decoder/projection/weight_scale"});
    }
  }

  /// Everything else in the file must be a feature that is off.
  void check_rest() const {
    for (const auto& [name, variable] : file_.variables()) {
      if (used_.contains(name)) continue;
      if (!variable.is_scalar())
        file_.fail("variable " + printable(name) + " is none of this model's");
      check_scalar(file_, variable);
    }
  }

 private:
  static std::span<const std::byte> part_of(const Variable& variable,
                                            const Ctranslate2Place& place) {
    const std::size_t bytes = variable.data.size() / static_cast<std::size_t>(place.parts);
    return variable.data.subspan(bytes * static_cast<std::size_t>(place.part), bytes);
  }

  static bool same(const Variable* a, const Variable* b) {
    if (a == nullptr || b == nullptr) return a == b;
    return a->shape == b->shape && a->type == b->type &&
           std::memcmp(a->data.data(), b->data.data(), a->data.size()) == 0;
  }

  void check_shape(const Variable& variable, const Ctranslate2Place& place,
                   const WeightSlot& slot) const {
    std::vector<std::uint64_t> wanted = {static_cast<std::uint64_t>(slot.shape[0] * place.parts),
                                         static_cast<std::uint64_t>(slot.shape[1]),
                                         static_cast<std::uint64_t>(slot.shape[2])};
    std::vector<std::uint64_t> found = variable.shape;
    if (found.size() < wanted.size()) found.resize(wanted.size(), 1);
    if (variable.is_scalar() || found != wanted) {
      file_.fail("variable " + place.variable + ": expected shape " + shape_text(wanted) +
                 ", file has " + shape_text(variable.shape));
    }
  }

  /// The factors of a quantised variable: one, or one for each row.
  const Variable& scale_of(const Ctranslate2Place& place, std::uint64_t rows) {
    const std::string name = place.variable + "_scale";
    const Variable& scale = require(file_, name);
    const bool per_row = scale.shape == std::vector<std::uint64_t>{rows};
    if (scale.type != Type::f32 || !(scale.is_scalar() || per_row)) {
      file_.fail("variable " + name + ": expected one float32, or one for each of " +
                 std::to_string(rows) + " rows, file has " + type_name(scale.type) + " " +
                 shape_text(scale.shape));
    }
    used_.insert(scale.name);
    return scale;
  }

  float scale_at(const Variable& scale, std::uint64_t row) const {
    float factor = 0;
    const std::uint64_t index = scale.is_scalar() ? 0 : row;
    std::memcpy(&factor, scale.data.data() + index * sizeof(float), sizeof(float));
    if (!(factor > 0 && std::isfinite(factor))) {
      file_.fail("variable " + scale.name + ": expected positive scales, found " +
                 std::to_string(factor) + " in row " + std::to_string(row));
    }
    return factor;
  }

  void expand(const WeightSlot& slot, const Ctranslate2Place& place, const Variable& variable) {
    const std::span<const std::byte> part = part_of(variable, place);
    const auto rows = static_cast<std::uint64_t>(slot.shape[0]);
    const std::uint64_t first = rows * static_cast<std::uint64_t>(place.part);
    const Variable& scale = scale_of(place, rows * static_cast<std::uint64_t>(place.parts));
    const std::span<float> out = own_tensor(weights_, slot);
    const std::size_t row_values = out.size() / rows;
    for (std::uint64_t row = 0; row < rows; ++row) {
      const float factor = scale_at(scale, first + row);
      for (std::size_t i = row * row_values; i < (row + 1) * row_values; ++i) {
        out[i] = static_cast<float>(value_at(variable.type, part, i)) / factor;
      }
    }
  }

  static int value_at(Type type, std::span<const std::byte> values, std::size_t index) {
    if (type == Type::i8) return static_cast<std::int8_t>(values[index]);
    std::int16_t value = 0;
    std::memcpy(&value, values.data() + index * sizeof(value), sizeof(value));
    return value;
  }

  const Ctranslate2File& file_;
  ModelWeights& weights_;
  std::set<std::string> used_;
};

}  // namespace

ModelDims ctranslate2_dims(const Ctranslate2File& file) {
  ModelDims dims;
  dims.n_mels = size_of(file, "encoder/conv1/weight", 3, 1);
  dims.n_audio_ctx = size_of(file, "encoder/position_encodings/encodings", 2, 0);
  dims.n_audio_state = size_of(file, "encoder/position_encodings/encodings", 2, 1);
  dims.n_audio_heads = heads_of(file, "encoder/num_heads");
  dims.n_audio_layers = layers_of(file, "encoder");
  dims.n_audio_ffn = size_of(file, "encoder/layer_0/ffn/linear_0/weight", 2, 0);
  dims.n_vocab = size_of(file, "decoder/embeddings/weight", 2, 0);
  dims.n_text_ctx = size_of(file, "decoder/position_encodings/encodings", 2, 0);
  dims.n_text_state = size_of(file, "decoder/position_encodings/encodings", 2, 1);
  dims.n_text_heads = heads_of(file, "decoder/num_heads");
  dims.n_text_layers = layers_of(file, "decoder");
  dims.n_text_ffn = size_of(file, "decoder/layer_0/ffn/linear_0/weight", 2, 0);
  compute::check_dims(dims, file.where());
  return dims;
}

std::shared_ptr<ModelWeights> ctranslate2_weights(const Ctranslate2File& file,
                                                  const ModelDims& dims) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = dims;
  Filler filler(file, *weights);
  const std::vector<WeightSlot> slots = compute::weight_slots(*weights);
  for (const WeightSlot& slot : slots) filler.fill(slot);
  for (const WeightSlot& slot : slots) {
    if (slot.name.ends_with(".k_proj.weight")) filler.check_key_bias(slot.name);
  }
  filler.check_projection();
  filler.check_rest();
  return weights;
}

}  // namespace tessera::whisper
