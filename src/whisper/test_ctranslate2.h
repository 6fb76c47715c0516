// For tests: a model.bin of CTranslate2 whose every part can be changed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/whisper/ctranslate2_names.h"
#include "src/whisper/test_model.h"
#include "tessera/error.h"

namespace tessera::whisper {

struct Ctranslate2Parts {
  struct Variable {
    std::string name;
    std::uint8_t type;
    std::vector<std::uint32_t> sizes;
    std::string data;
  };
  static constexpr std::uint8_t kF32 = 0, kI8 = 1, kI16 = 2, kI32 = 3, kF16 = 4, kBf16 = 5;

  /// Variables in the model's own number format.
  explicit Ctranslate2Parts(const LoadedWeights& model) {
    const compute::ModelDims& d = model.weights->dims;
    compute::ModelWeights copy = *model.weights;
    for (const compute::WeightSlot& slot : compute::weight_slots(copy)) add(slot);
    add_scalar("encoder/num_heads", static_cast<std::int16_t>(d.n_audio_heads));
    add_scalar("decoder/num_heads", static_cast<std::int16_t>(d.n_text_heads));
    add_scalar("decoder/alignment_layer", std::int16_t{-1});
    add_scalar("decoder/activation", std::int8_t{3});
    add_scalar("decoder/pre_norm", std::int8_t{1});
    add_scalar("decoder/alibi", std::int8_t{0});
    aliases = {{"decoder/projection/weight", "decoder/embeddings/weight"}};
  }

  static std::string text(const std::string& name) {
    return raw(static_cast<std::uint16_t>(name.size() + 1)) + name + std::string(1, '\0');
  }

  std::string head() const {
    return raw(version) + text(spec) + raw(revision) +
           raw(static_cast<std::uint32_t>(variables.size()));
  }

  static std::string bytes(const Variable& variable) {
    return text(variable.name) + raw(static_cast<std::uint8_t>(variable.sizes.size())) +
           raw(variable.sizes) + raw(variable.type) +
           raw(static_cast<std::uint32_t>(variable.data.size())) + variable.data;
  }

  std::string bytes() const {
    std::string all = head();
    for (const Variable& variable : variables) all += bytes(variable);
    all += raw(static_cast<std::uint32_t>(aliases.size()));
    for (const auto& [alias, target] : aliases) all += text(alias) + text(target);
    return all;
  }

  Variable& find(const std::string& name) {
    for (Variable& variable : variables) {
      if (variable.name == name) return variable;
    }
    throw Error(ErrorCode::internal, "the test's file has no variable " + name);
  }

  template <class T>
  void add_scalar(const std::string& name, T value) {
    variables.push_back({name, sizeof(T) == 1 ? kI8 : kI16, {}, raw(value)});
  }

  std::uint32_t version = 6;
  std::string spec = "WhisperSpec";
  std::uint32_t revision = 3;
  std::vector<Variable> variables;
  std::vector<std::pair<std::string, std::string>> aliases;

 private:
  /// A slot's rows follow those of the slots before it that share its variable; before the bias of
  /// the values, the keys, which have none, get zeros.
  void add(const compute::WeightSlot& slot) {
    const Ctranslate2Place place = ctranslate2_place(slot.name);
    const std::string data = bytes_of(*slot.view);
    const bool first = place.part == 0 || (place.parts == 2 && slot.name.ends_with("bias"));
    if (first) {
      const std::uint8_t type = slot.view->dtype == compute::DType::f32
                                    ? kF32
                                    : (slot.view->dtype == compute::DType::f16 ? kF16 : kBf16);
      std::vector<std::uint32_t> sizes;
      for (const std::int64_t size : slot.shape) sizes.push_back(static_cast<std::uint32_t>(size));
      while (sizes.back() == 1) sizes.pop_back();
      sizes[0] *= static_cast<std::uint32_t>(place.parts);
      variables.push_back({place.variable, type, sizes, ""});
    }
    Variable& variable = find(place.variable);
    if (place.parts > 1 && slot.name.ends_with("v_proj.bias")) {
      variable.data += std::string(data.size(), '\0');
    }
    variable.data += data;
  }
};

}  // namespace tessera::whisper
