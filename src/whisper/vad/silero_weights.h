// The weights of Silero VAD's network, from either of the files that its package has them in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tessera::whisper {

/// Tensors by the names of silero_vad_16k.safetensors. silero_vad_16k_op15.onnx has the same ones
/// under others: it is the newer training (6.2), and the one that other programs use.
class SileroWeights {
 public:
  /// Throws Error{bad_file}.
  explicit SileroWeights(const std::filesystem::path& path);
  /// The same from memory; `path` names the file in messages.
  SileroWeights(std::span<const std::byte> file, std::string path);

  /// A tensor of exactly this shape. Throws Error{bad_file}, with the file and the tensor, when it
  /// is missing, has another shape, or holds what is no finite number.
  const std::vector<float>& tensor(const std::string& name,
                                   const std::vector<std::int64_t>& shape) const;

 private:
  struct Tensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };
  void read_safetensors(std::span<const std::byte> file);
  void read_onnx(std::span<const std::byte> file);

  std::string path_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace tessera::whisper
