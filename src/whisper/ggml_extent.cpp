#include "src/whisper/ggml_extent.h"

#include "src/compute/weights.h"
#include "src/whisper/byte_reader.h"
#include "src/whisper/ggml_header.h"
#include "src/whisper/ggml_tensor.h"

namespace tessera::whisper {
void check_ggml_extent(std::span<const std::byte> file, const std::string& where) {
  ByteReader reader(file, where);
  compute::ModelWeights weights;
  weights.dims = read_ggml_dims(reader);
  check_ggml_filters(reader, weights.dims);
  read_ggml_tokens(reader, weights.dims);
  const std::size_t expected = compute::weight_slots(weights).size();
  std::size_t found = 0;
  for (; reader.remaining() > 0; ++found) reader.take(read_ggml_tensor(reader).bytes, "a tensor");
  if (found < expected) {
    reader.fail("expected " + std::to_string(expected) + " tensors, found " +
                std::to_string(found));
  }
}

}  // namespace tessera::whisper
