// tessera::Model: weights, settings and vocabulary of one model, put together.
#include "tessera/model.h"

#include <filesystem>
#include <new>
#include <string_view>

#include "src/whisper/model_catalog.h"
#include "src/whisper/model_data.h"
#include "src/whisper/model_formats.h"
#include "src/whisper/random_model.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

std::string folder_name(const fs::path& path) {
  const fs::path clean = fs::path(path).lexically_normal();
  return clean.has_filename() ? clean.filename().string() : clean.parent_path().filename().string();
}

detail::ModelData load_random(const std::string& name) {
  whisper::LoadedWeights loaded = whisper::make_random_model(whisper::parse_random_model(name));
  const int n_vocab = loaded.config.dims.n_vocab;
  return {name, std::move(loaded.weights), std::move(loaded.config),
          whisper::Tokenizer::official(n_vocab)};
}

/// Of a file whose name is not the format's own, "ggml-base.en.bin" is base.en; else the folder's.
std::string name_of(const fs::path& path) {
  const std::string file = path.filename().string();
  const bool named_by_folder =
      fs::is_directory(path) || file.find(".safetensors") != file.npos || file == "model.bin";
  if (named_by_folder) return folder_name(fs::is_directory(path) ? path : path.parent_path());
  constexpr std::string_view kPrefix = "ggml-";
  const std::string stem = path.stem().string();
  return stem.starts_with(kPrefix) ? stem.substr(kPrefix.size()) : stem;
}

detail::ModelData load_path(const fs::path& path) {
  whisper::LoadedModel loaded = whisper::load_model(path);
  const int n_vocab = loaded.config.dims.n_vocab;
  whisper::Tokenizer tokenizer = loaded.vocabulary
                                     ? whisper::Tokenizer(*std::move(loaded.vocabulary), n_vocab)
                                     : whisper::Tokenizer::official(n_vocab);
  return {name_of(path), std::move(loaded.weights), std::move(loaded.config), std::move(tokenizer)};
}

/// What was asked for by name keeps that name, which says more than the folder of a cached version.
detail::ModelData load_found(const std::string& name, const std::string& model_dir) {
  const fs::path path = whisper::find_model(name, model_dir);
  detail::ModelData data = load_path(path);
  if (!name.empty() && path != name) data.name = name;
  return data;
}

std::int64_t parameter_count(const compute::ModelWeights& weights) {
  compute::ModelWeights copy = weights;  // views only; weight_slots() wants them mutable
  std::int64_t count = 0;
  for (const compute::WeightSlot& slot : compute::weight_slots(copy))
    count += slot.view->elements();
  return count;
}

}  // namespace

Model Model::load(const std::string& name, const std::string& model_dir) {
  try {
    auto data = whisper::is_random_model(name) ? load_random(name) : load_found(name, model_dir);
    return Model(std::make_shared<const detail::ModelData>(std::move(data)));
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_memory, "model " + name + ": not enough memory");
  }
}

std::vector<FoundModel> Model::list(const std::string& model_dir) {
  return whisper::list_models(model_dir);
}

const std::string& Model::name() const { return data_->name; }

bool Model::is_multilingual() const { return data_->tokenizer.is_multilingual(); }

int Model::vocabulary_size() const { return data_->config.dims.n_vocab; }

std::string Model::describe() const {
  const compute::ModelDims& dims = data_->config.dims;
  const std::int64_t thousands = (parameter_count(*data_->weights) + 500) / 1000;
  return data_->name + ": width " + std::to_string(dims.n_audio_state) + ", " +
         std::to_string(dims.n_audio_layers) + "+" + std::to_string(dims.n_text_layers) +
         " layers, " + std::to_string(dims.n_mels) + " mel bands, " + std::to_string(dims.n_vocab) +
         " tokens" + (is_multilingual() ? " (multilingual)" : " (English)") + ", " +
         std::to_string(thousands / 1000) + "." + std::to_string(thousands % 1000 / 100) +
         " million parameters";
}

}  // namespace tessera
