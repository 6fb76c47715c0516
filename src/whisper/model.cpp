// tessera::Model: weights, settings and vocabulary of one model, put together.
#include "tessera/model.h"

#include <filesystem>
#include <new>

#include "src/whisper/model_catalog.h"
#include "src/whisper/model_data.h"
#include "src/whisper/model_file.h"
#include "src/whisper/random_model.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

std::string model_name(const fs::path& path) {
  const fs::path clean = fs::path(path).lexically_normal();
  return clean.has_filename() ? clean.filename().string() : clean.parent_path().filename().string();
}

detail::ModelData load_random(const std::string& name) {
  whisper::LoadedWeights loaded = whisper::make_random_model(whisper::parse_random_model(name));
  const int n_vocab = loaded.config.dims.n_vocab;
  return {name, std::move(loaded.weights), std::move(loaded.config),
          whisper::Tokenizer::official(n_vocab)};
}

detail::ModelData load_directory(const fs::path& path) {
  whisper::LoadedWeights loaded = whisper::load_model_directory(path);
  const int n_vocab = loaded.config.dims.n_vocab;
  const fs::path directory = fs::is_directory(path) ? path : path.parent_path();
  std::optional<whisper::Tokenizer> own = whisper::Tokenizer::from_directory(directory, n_vocab);
  return {model_name(directory), std::move(loaded.weights), std::move(loaded.config),
          own ? std::move(*own) : whisper::Tokenizer::official(n_vocab)};
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
    auto data = whisper::is_random_model(name)
                    ? load_random(name)
                    : load_directory(whisper::find_model(name, model_dir));
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
