// The description that stands before each tensor in a file of whisper.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "src/whisper/byte_reader.h"
#include "src/whisper/ggml_blocks.h"

namespace tessera::whisper {

/// A tensor's description; its data follow in the file.
struct GgmlTensor {
  std::string name;
  const GgmlType* type;
  std::array<std::int64_t, 3> shape;  ///< outermost first, as ours
  std::uint64_t bytes;                ///< of its data, which fit into what is left of the file
};

/// Reads a description and stops before the data. Throws Error{bad_file}, Error{unsupported} for an
/// unknown type of values.
GgmlTensor read_ggml_tensor(ByteReader& reader);

/// "[1, 80, 3]".
std::string ggml_shape_text(const std::array<std::int64_t, 3>& shape);

}  // namespace tessera::whisper
