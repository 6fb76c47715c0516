#include "src/whisper/ggml_file.h"

#include <unordered_map>

#include "src/base/mapped_file.h"
#include "src/whisper/byte_reader.h"
#include "src/whisper/ggml_blocks.h"
#include "src/whisper/ggml_header.h"
#include "src/whisper/ggml_tensor.h"
#include "src/whisper/json_file.h"
#include "src/whisper/openai_names.h"
#include "src/whisper/owned_tensor.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::ModelWeights;
using compute::WeightSlot;
using SlotsByName = std::unordered_map<std::string, WeightSlot>;

/// Reads one tensor into its slot.
void read_tensor(ByteReader& reader, SlotsByName& slots, ModelWeights& weights) {
  const GgmlTensor tensor = read_ggml_tensor(reader);
  const auto found = slots.find(tensor.name);
  if (found == slots.end()) {
    reader.fail("tensor " + tensor.name + " is none of this model's");
  }
  const WeightSlot& slot = found->second;
  if (slot.view->present()) reader.fail("tensor " + tensor.name + " is there a second time");
  if (tensor.shape != slot.shape) {
    reader.fail("tensor " + tensor.name + ": expected shape " + ggml_shape_text(slot.shape) +
                ", file has " + ggml_shape_text(tensor.shape));
  }
  const std::span<const std::byte> data = reader.take(tensor.bytes, "tensor " + tensor.name);
  if (tensor.type->plain) {
    *slot.view = {.dtype = *tensor.type->plain, .shape = slot.shape, .data = data.data()};
  } else {
    dequantize_ggml(*tensor.type, data, own_tensor(weights, slot));
  }
}

std::shared_ptr<ModelWeights> read_weights(ByteReader& reader, const compute::ModelDims& dims) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = dims;
  const std::vector<WeightSlot> in_order = compute::weight_slots(*weights);
  SlotsByName slots;
  for (const WeightSlot& slot : in_order) slots.emplace(openai_tensor_name(slot.name), slot);
  while (reader.remaining() > 0) read_tensor(reader, slots, *weights);
  for (const WeightSlot& slot : in_order) {
    if (slot.view->present()) continue;
    reader.fail("tensor " + openai_tensor_name(slot.name) + " is missing");
  }
  return weights;
}

}  // namespace

LoadedModel load_ggml(const std::filesystem::path& path) {
  auto file = std::make_shared<const base::MappedFile>(path);
  const std::span<const std::byte> bytes = file->bytes();
  return parse_ggml(bytes, path, std::move(file));
}

LoadedModel parse_ggml(std::span<const std::byte> file, const std::filesystem::path& path,
                       std::shared_ptr<const void> owner) {
  ByteReader reader(file, path.string());
  const compute::ModelDims dims = read_ggml_dims(reader);
  check_ggml_filters(reader, dims);
  TokenList tokens = read_ggml_tokens(reader, dims);
  std::shared_ptr<ModelWeights> weights = read_weights(reader, dims);
  weights->storage.push_back(std::move(owner));
  return {.weights = std::move(weights),
          .config = config_for_dims(dims, path.stem().string()),
          .vocabulary = ranked_vocabulary(std::move(tokens), dims.n_vocab)};
}

}  // namespace tessera::whisper
