// What stands before the tensors in a file of whisper.cpp.
#pragma once

#include <cstdint>

#include "src/compute/weights.h"
#include "src/whisper/byte_reader.h"
#include "src/whisper/vocabulary/ranked.h"

namespace tessera::whisper {

/// The first four bytes, "lmgg".
inline constexpr std::uint32_t kGgmlMagic = 0x67676d6c;

/// Reads magic and sizes. Throws Error{bad_file}, Error{unsupported} for an unknown file type.
compute::ModelDims read_ggml_dims(ByteReader& reader);

/// Reads the mel filters. Throws Error{bad_file} when they do not have the model's bands,
/// Error{unsupported} when they are not those that we compute.
void check_ggml_filters(ByteReader& reader, const compute::ModelDims& dims);

/// Reads the tokens. "<|endoftext|>", which some writers list as the last, is left out like all
/// other special ones. Throws Error{bad_file}.
TokenList read_ggml_tokens(ByteReader& reader, const compute::ModelDims& dims);

}  // namespace tessera::whisper
