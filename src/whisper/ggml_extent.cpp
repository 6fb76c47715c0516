#include "src/whisper/ggml_extent.h"

#include <cstdint>
#include <vector>

#include "src/compute/weights.h"
#include "src/whisper/byte_reader.h"
#include "src/whisper/ggml_blocks.h"
#include "src/whisper/ggml_header.h"

namespace tessera::whisper {
namespace {

constexpr std::int32_t kMostDims = 3;

/// Moves behind one tensor, whose name and values are passed over.
void skip_tensor(ByteReader& reader) {
  const std::int32_t n_dims = reader.i32("a tensor's number of dimensions");
  const std::int32_t name_bytes = reader.i32("the length of a tensor's name");
  const GgmlType* type = find_ggml_type(reader.u32("a tensor's type"));
  if (n_dims < 1 || n_dims > kMostDims || name_bytes < 1 || type == nullptr) {
    reader.fail("expected a tensor, found something else at byte " +
                std::to_string(reader.position()));
  }
  std::vector<std::uint64_t> sizes;
  for (std::int32_t i = 0; i < n_dims; ++i) sizes.push_back(reader.u32("a tensor's sizes"));
  reader.take(static_cast<std::uint64_t>(name_bytes), "a tensor's name");
  std::uint64_t values = 0;
  const auto block = static_cast<std::uint64_t>(type->block_values);
  if (!multiply_sizes(sizes, values) || values / block > reader.remaining() / type->block_bytes) {
    reader.fail("truncated: a tensor is larger than what is left of the file");
  }
  reader.take(values / block * type->block_bytes, "a tensor");
}

}  // namespace

void check_ggml_extent(std::span<const std::byte> file, const std::string& where) {
  ByteReader reader(file, where);
  compute::ModelWeights weights;
  weights.dims = read_ggml_dims(reader);
  check_ggml_filters(reader, weights.dims);
  read_ggml_tokens(reader, weights.dims);
  const std::size_t expected = compute::weight_slots(weights).size();
  std::size_t found = 0;
  for (; reader.remaining() > 0; ++found) skip_tensor(reader);
  if (found < expected) {
    reader.fail("expected " + std::to_string(expected) + " tensors, found " +
                std::to_string(found));
  }
}

}  // namespace tessera::whisper
