// The constant tensors of an ONNX file: enough of it to take a network's weights out.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, in Protocol Buffers' encoding
// (https://protobuf.dev/programming-guides/encoding).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tessera::whisper {

/// A float32 tensor of the graph's `initializer` list, with its data still in the file.
struct OnnxTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;  ///< little-endian float32, as many as the shape says
};

/// Every tensor of float32 whose numbers are kept as raw data; others are passed over. `file` must
/// outlive the spans; `where` (a file name) begins the message of every error.
/// Throws Error{bad_file} for what is no ONNX model, and when a tensor's size is not its shape's.
std::vector<OnnxTensor> onnx_tensors(std::span<const std::byte> file, const std::string& where);

}  // namespace tessera::whisper
