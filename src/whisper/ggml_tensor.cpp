#include "src/whisper/ggml_tensor.h"

#include <vector>

#include "src/compute/weights.h"
#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr std::int32_t kMostDims = 3;
constexpr std::int32_t kLongestNameBytes = 256;

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

}  // namespace

std::string ggml_shape_text(const std::array<std::int64_t, 3>& shape) {
  return "[" + std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + ", " +
         std::to_string(shape[2]) + "]";
}

GgmlTensor read_ggml_tensor(ByteReader& reader) {
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
  GgmlTensor tensor;
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
    reader.fail("truncated: tensor " + tensor.name + " of shape " + ggml_shape_text(tensor.shape) +
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

}  // namespace tessera::whisper
