#include "src/whisper/openai_checkpoint.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/mapped_file.h"
#include "src/whisper/json_file.h"
#include "src/whisper/openai_names.h"
#include "src/whisper/torch_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Members = TorchFile::Members;

[[noreturn]] void fail(const TorchFile& file, const std::string& what) {
  throw Error(ErrorCode::bad_file, file.where() + ": " + what);
}

/// The members of the dictionary `name` in the outermost one.
Members part(const TorchFile& file, const char* name) {
  const Members all = file.members(file.root(), "the checkpoint");
  const auto found = all.find(name);
  if (found == all.end()) {
    fail(file, std::string("not a checkpoint of openai/whisper: it has no ") + name);
  }
  return file.members(found->second, name);
}

compute::ModelDims read_dims(const TorchFile& file) {
  Members sizes = part(file, "dims");
  compute::ModelDims dims;
  const std::pair<const char*, int*> fields[] = {
      {"n_mels", &dims.n_mels},
      {"n_vocab", &dims.n_vocab},
      {"n_audio_ctx", &dims.n_audio_ctx},
      {"n_audio_state", &dims.n_audio_state},
      {"n_audio_head", &dims.n_audio_heads},
      {"n_audio_layer", &dims.n_audio_layers},
      {"n_text_ctx", &dims.n_text_ctx},
      {"n_text_state", &dims.n_text_state},
      {"n_text_head", &dims.n_text_heads},
      {"n_text_layer", &dims.n_text_layers},
  };
  for (const auto& [name, value] : fields) {
    const auto found = sizes.find(name);
    if (found == sizes.end()) fail(file, std::string("dims: ") + name + " is missing");
    *value = file.whole(found->second, std::string("dims: ") + name);
    sizes.erase(found);
  }
  if (!sizes.empty()) {
    fail(file, "dims: Whisper has no size " + printable(sizes.begin()->first));
  }
  // openai/whisper knows no other feed-forward width. Capped, since the check comes after it.
  constexpr int kMany = 1 << 20;
  dims.n_audio_ffn = 4 * std::clamp(dims.n_audio_state, 0, kMany);
  dims.n_text_ffn = 4 * std::clamp(dims.n_text_state, 0, kMany);
  compute::check_dims(dims, file.where());
  return dims;
}

std::string shape_text(const std::array<std::int64_t, 3>& shape) {
  std::string text = std::to_string(shape[0]);
  for (int i = 1; i < 3; ++i) text += " x " + std::to_string(shape[i]);
  return text;
}

std::shared_ptr<compute::ModelWeights> read_weights(const TorchFile& file,
                                                    const compute::ModelDims& dims) {
  Members tensors = part(file, "model_state_dict");
  auto weights = std::make_shared<compute::ModelWeights>();
  weights->dims = dims;
  for (const compute::WeightSlot& slot : compute::weight_slots(*weights)) {
    const std::string name = openai_tensor_name(slot.name);
    const auto found = tensors.find(name);
    if (found == tensors.end()) fail(file, "tensor " + name + " is missing");
    *slot.view = file.tensor(found->second, name);
    if (slot.view->shape != slot.shape) {
      fail(file, "tensor " + name + ": expected shape " + shape_text(slot.shape) + ", file has " +
                     shape_text(slot.view->shape));
    }
    tensors.erase(found);
  }
  if (!tensors.empty()) {
    fail(file, "tensor " + printable(tensors.begin()->first) + ": Whisper has no such tensor");
  }
  return weights;
}

}  // namespace

LoadedModel parse_openai_checkpoint(std::span<const std::byte> bytes,
                                    const std::filesystem::path& path,
                                    std::shared_ptr<const void> owner) {
  const TorchFile file(bytes, path.string());
  const compute::ModelDims dims = read_dims(file);
  const std::shared_ptr<compute::ModelWeights> weights = read_weights(file, dims);
  if (owner) weights->storage.push_back(std::move(owner));
  LoadedModel model;
  model.weights = weights;
  model.config = config_for_dims(dims, path.stem().string());
  return model;
}

LoadedModel load_openai_checkpoint(const std::filesystem::path& path) {
  const auto file = std::make_shared<const base::MappedFile>(path);
  return parse_openai_checkpoint(file->bytes(), path, file);
}

}  // namespace tessera::whisper
