#include "src/whisper/ggml_file.h"

#include <array>
#include <unordered_map>

#include "src/base/mapped_file.h"
#include "src/whisper/byte_reader.h"
#include "src/whisper/ggml_blocks.h"
#include "src/whisper/ggml_header.h"
#include "src/whisper/json_file.h"
#include "src/whisper/openai_names.h"
#include "src/whisper/owned_tensor.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::ModelWeights;
using compute::WeightSlot;
using SlotsByName = std::unordered_map<std::string, WeightSlot>;

constexpr std::int32_t kMostDims = 3;
constexpr std::int32_t kLongestNameBytes = 256;

/// A tensor's description; its data follow in the file.
struct Tensor {
  std::string name;
  const GgmlType* type;
  std::array<std::int64_t, 3> shape;  ///< outermost first, as ours
  std::uint64_t bytes;
};

std::string shape_text(const std::array<std::int64_t, 3>& shape) {
  return "[" + std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + ", " +
         std::to_string(shape[2]) + "]";
}

/// The sizes as the file has them, innermost first.
std::vector<std::uint64_t> read_sizes(ByteReader& reader, std::int32_t count) {
  std::vector<std::uint64_t> sizes;
  for (std::int32_t i = 0; i < count; ++i) {
    const std::int32_t size = reader.i32("a tensor's sizes");
    if (size < 1) {
      reader.fail("expected a tensor's sizes to be positive, found " + std::to_string(size) +
                  " at byte " + std::to_string(reader.position() - 4));
    }
    sizes.push_back(static_cast<std::uint64_t>(size));
  }
  return sizes;
}

const GgmlType& known_type(const ByteReader& reader, const std::string& name, std::uint32_t code) {
  if (const GgmlType* type = find_ggml_type(code)) return *type;
  throw Error(ErrorCode::unsupported,
              reader.where() + ": tensor " + name +
                  ": expected type f32, f16, bf16, q4_0, q4_1, q5_0, q5_1 or q8_0, found type " +
                  std::to_string(code));
}

Tensor read_description(ByteReader& reader) {
  const std::int32_t n_dims = reader.i32("a tensor's number of dimensions");
  const std::int32_t name_bytes = reader.i32("the length of a tensor's name");
  const std::uint32_t code = reader.u32("a tensor's type");
  if (n_dims < 1 || n_dims > kMostDims || name_bytes < 1 || name_bytes > kLongestNameBytes) {
    reader.fail("expected a tensor of 1 to 3 dimensions with a name of 1 to " +
                std::to_string(kLongestNameBytes) + " bytes, found " + std::to_string(n_dims) +
                " and " + std::to_string(name_bytes) + " at byte " +
                std::to_string(reader.position() - 12));
  }
  const std::vector<std::uint64_t> sizes = read_sizes(reader, n_dims);
  Tensor tensor;
  tensor.name = printable(reader.text(static_cast<std::uint64_t>(name_bytes), "a tensor's name"));
  tensor.type = &known_type(reader, tensor.name, code);
  tensor.shape = {1, 1, 1};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    tensor.shape[i] = static_cast<std::int64_t>(sizes[sizes.size() - 1 - i]);
  }
  std::uint64_t values = 0;
  const auto block = static_cast<std::uint64_t>(tensor.type->block_values);
  const std::uint64_t block_bytes = tensor.type->block_bytes;
  if (!multiply_sizes(sizes, values) || values / block > reader.remaining() / block_bytes) {
    reader.fail("truncated: tensor " + tensor.name + " of shape " + shape_text(tensor.shape) +
                " is larger than the " + std::to_string(reader.remaining()) +
                " bytes that are left of the file");
  }
  if (sizes[0] % block != 0) {
    reader.fail("tensor " + tensor.name + ": expected rows of whole blocks of 32 for " +
                std::string(tensor.type->name) + ", found " + std::to_string(sizes[0]));
  }
  tensor.bytes = values / block * block_bytes;
  return tensor;
}

/// Reads one tensor into its slot.
void read_tensor(ByteReader& reader, SlotsByName& slots, ModelWeights& weights) {
  const Tensor tensor = read_description(reader);
  const auto found = slots.find(tensor.name);
  if (found == slots.end()) {
    reader.fail("tensor " + tensor.name + " is none of this model's");
  }
  const WeightSlot& slot = found->second;
  if (slot.view->present()) reader.fail("tensor " + tensor.name + " is there a second time");
  if (tensor.shape != slot.shape) {
    reader.fail("tensor " + tensor.name + ": expected shape " + shape_text(slot.shape) +
                ", file has " + shape_text(tensor.shape));
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
