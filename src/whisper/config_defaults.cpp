// The settings of models whose files hold none.
#include <cctype>

#include "src/whisper/config.h"
#include "src/whisper/vocabulary/official.h"

namespace tessera::whisper {
namespace {

bool is_part_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Whether `text` holds `name` with no letter or digit on either side.
bool carries(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool starts = at == 0 || !is_part_of_name(text[at - 1]);
    if (starts && (end == text.size() || !is_part_of_name(text[end]))) return true;
  }
  return false;
}

/// The model that ships, as models/pebble/generation_config.json describes it: a copy of it in a
/// format without settings is to give the same words.
const OfficialModel& shipped_model() {
  static const OfficialModel pebble = {
      "pebble", {80, 1500, 192, 3, 3, 768, 51865, 448, 192, 3, 2, 768}, {{1, 0}}};
  return pebble;
}

/// The official model with these sizes that the file is named after; the longest name counts, for
/// "base.en" carries "base" too.
const OfficialModel* named_model(const compute::ModelDims& dims, std::string_view file_stem) {
  if (shipped_model().dims == dims && carries(file_stem, shipped_model().name)) {
    return &shipped_model();
  }
  const OfficialModel* best = nullptr;
  for (const OfficialModel& model : official_models()) {
    if (model.dims != dims || !carries(file_stem, model.name)) continue;
    if (best == nullptr || model.name.size() > best->name.size()) best = &model;
  }
  if (best != nullptr || !carries(file_stem, "large")) return best;
  const OfficialModel* large = find_official_model("large");
  return large->dims == dims ? large : nullptr;
}

}  // namespace

ModelConfig config_for_dims(const compute::ModelDims& dims, std::string_view file_stem) {
  ModelConfig config;
  config.dims = dims;
  const OfficialModel* model = named_model(dims, file_stem);
  config.alignment_heads =
      model != nullptr ? model->alignment_heads : default_alignment_heads(dims);
  config.is_multilingual = dims.n_vocab >= kFirstMultilingualVocabulary;
  return config;
}

}  // namespace tessera::whisper
