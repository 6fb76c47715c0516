#include "src/whisper/model_file.h"

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/whisper/json_file.h"
#include "src/whisper/owned_tensor.h"
#include "src/whisper/safetensors.h"
#include "src/whisper/sinusoids.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::ModelWeights;
using compute::WeightSlot;

constexpr std::string_view kPrefix = "model.";
constexpr const char* kWeightsName = "model.safetensors";
constexpr const char* kIndexName = "model.safetensors.index.json";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where + ": " + what);
}

struct Tensor {
  const SafetensorsFile* file;
  const SafetensorsEntry* entry;
};

/// Every tensor of a model by its name without prefix, from one file or from several.
struct TensorTable {
  std::string where;  ///< the file that a message about a missing tensor names
  std::map<std::string, std::shared_ptr<const SafetensorsFile>> files;
  std::unordered_map<std::string, Tensor> tensors;

  void add(const SafetensorsFile& file, const SafetensorsEntry& entry) {
    std::string_view name = entry.name;
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    if (!tensors.try_emplace(std::string(name), Tensor{&file, &entry}).second) {
      fail(where, "tensor " + printable(name) + " is there with and without the prefix model.");
    }
  }

  const Tensor* find(std::string_view name) const {
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    const auto found = tensors.find(std::string(name));
    return found == tensors.end() ? nullptr : &found->second;
  }
};

TensorTable open_single(const std::filesystem::path& path) {
  TensorTable table;
  table.where = path.string();
  const auto file = std::make_shared<const SafetensorsFile>(path);
  for (const SafetensorsEntry& entry : file->entries()) table.add(*file, entry);
  table.files[path.filename().string()] = file;
  return table;
}

/// A shard must lie beside its index: its name is a plain file name.
bool is_plain_file_name(const std::string& name) {
  if (name.empty() || name == "." || name == "..") return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '\\' || byte < 0x20 || byte == 0x7f) return false;
  }
  return true;
}

TensorTable open_sharded(const std::filesystem::path& index_path) {
  TensorTable table;
  table.where = index_path.string();
  const nlohmann::json index = read_json_file(index_path);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object()) fail(table.where, "expected a table weight_map");
  for (const auto& [name, shard] : map->items()) {
    if (!shard.is_string() || !is_plain_file_name(shard.get_ref<const std::string&>())) {
      fail(table.where, "tensor " + printable(name) +
                            ": expected the plain name of a file, found " + printable_value(shard));
    }
    const auto& shard_name = shard.get_ref<const std::string&>();
    auto& file = table.files[shard_name];
    if (!file) {
      file = std::make_shared<const SafetensorsFile>(index_path.parent_path() / shard_name);
    }
    const SafetensorsEntry* entry = file->find(name);
    if (entry == nullptr) {
      fail(file->path(), "tensor " + printable(name) + " is missing, the index says it is here");
    }
    table.add(*file, *entry);
  }
  return table;
}

TensorTable open_tensors(const std::filesystem::path& path) {
  const bool sharded = path.string().ends_with(".index.json");
  return sharded ? open_sharded(path) : open_single(path);
}

/// The positions of a file that leaves them out.
void compute_positions(ModelWeights& weights, const WeightSlot& slot) {
  fill_sinusoids(static_cast<int>(slot.shape[0]), static_cast<int>(slot.shape[1]),
                 own_tensor(weights, slot));
}

/// Logits come from the token embedding. A file may repeat it as proj_out, not replace it.
void check_output_projection(const TensorTable& table) {
  const Tensor* projection = table.find("proj_out.weight");
  const Tensor* embedding = table.find("decoder.embed_tokens.weight");
  if (projection == nullptr || embedding == nullptr) return;
  const SafetensorsEntry& a = *projection->entry;
  const SafetensorsEntry& b = *embedding->entry;
  if (a.dtype == b.dtype && a.shape == b.shape &&
      std::memcmp(a.data.data(), b.data.data(), a.data.size()) == 0) {
    return;
  }
  throw Error(ErrorCode::unsupported,
              projection->file->path() + ": tensor " + printable(a.name) +
                  ": expected the same values as the token embedding, found others");
}

std::shared_ptr<const ModelWeights> fill_weights(const TensorTable& table,
                                                 const compute::ModelDims& dims) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = dims;
  for (const auto& [name, file] : table.files) weights->storage.push_back(file);
  for (const WeightSlot& slot : compute::weight_slots(*weights)) {
    if (const Tensor* tensor = table.find(slot.name)) {
      *slot.view = tensor->file->weight(*tensor->entry);
    } else if (slot.view == &weights->audio_positions && dims.n_audio_state % 2 == 0 &&
               weights->conv2.bias.shape[0] == dims.n_audio_state) {
      // The width is one that the file really has: it bounds what is allocated here.
      compute_positions(*weights, slot);
    }
  }
  compute::check_weights(*weights, table.where);
  check_output_projection(table);
  return weights;
}

/// The weights file that a path given by the user means.
std::filesystem::path weights_path(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  if (type == std::filesystem::file_type::not_found) {
    fail(path.string(), "expected a model's folder, found nothing of that name");
  }
  if (type != std::filesystem::file_type::directory) {
    const std::string name = path.string();
    if (name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json")) return path;
    fail(name, "expected a model's folder or its *.safetensors file");
  }
  for (const char* name : {kWeightsName, kIndexName}) {
    const auto found = std::filesystem::status(path / name, ignored).type();
    if (found != std::filesystem::file_type::not_found) return path / name;
  }
  fail(path.string(),
       std::string("no weights in this folder: expected ") + kWeightsName + " or " + kIndexName);
}

}  // namespace

LoadedWeights load_model_directory(const std::filesystem::path& path) {
  const std::filesystem::path file = weights_path(path);
  LoadedWeights loaded;
  loaded.config = read_model_config(file.parent_path());
  loaded.weights = fill_weights(open_tensors(file), loaded.config.dims);
  return loaded;
}

}  // namespace tessera::whisper
