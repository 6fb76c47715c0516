// For tests: a ggml file whose every part can be changed.
#pragma once

#include <string>
#include <vector>

#include "src/whisper/openai_names.h"
#include "src/whisper/test_model.h"
#include "tessera/error.h"

namespace tessera::whisper {

struct GgmlParts {
  struct Tensor {
    std::string name;
    std::int32_t type;
    std::vector<std::int32_t> sizes;  // innermost first
    std::string data;
  };

  /// Tensors as the model stores them.
  explicit GgmlParts(const LoadedWeights& model) {
    const compute::ModelDims& d = model.weights->dims;
    sizes = {d.n_vocab,      d.n_audio_ctx,  d.n_audio_state, d.n_audio_heads, d.n_audio_layers,
             d.n_text_ctx,   d.n_text_state, d.n_text_heads,  d.n_text_layers, d.n_mels,
             /*file type*/ 1};
    filter_bands = d.n_mels;
    filters = mel_filter_bank(d.n_mels);
    compute::ModelWeights copy = *model.weights;
    for (const compute::WeightSlot& slot : compute::weight_slots(copy)) add(slot);
  }

  std::string head() const {
    std::string bytes = raw(magic) + raw(sizes) + raw(filter_bands) + raw(filter_bins) +
                        raw(filters) + raw(static_cast<std::int32_t>(pieces.size()));
    for (const std::string& piece : pieces) {
      bytes += raw(static_cast<std::uint32_t>(piece.size())) + piece;
    }
    return bytes;
  }

  std::string bytes() const {
    std::string bytes = head();
    for (const Tensor& tensor : tensors) {
      bytes += raw(static_cast<std::int32_t>(tensor.sizes.size())) +
               raw(static_cast<std::int32_t>(tensor.name.size())) + raw(tensor.type) +
               raw(tensor.sizes) + tensor.name + tensor.data;
    }
    return bytes;
  }

  Tensor& find(const std::string& name) {
    for (Tensor& tensor : tensors) {
      if (tensor.name == name) return tensor;
    }
    throw Error(ErrorCode::internal, "the test's file has no tensor " + name);
  }

  std::uint32_t magic = 0x67676d6c;
  std::vector<std::int32_t> sizes;
  std::int32_t filter_bands;
  std::int32_t filter_bins = 201;
  std::vector<float> filters;
  std::vector<std::string> pieces = small_pieces();
  std::vector<Tensor> tensors;

 private:
  void add(const compute::WeightSlot& slot) {
    constexpr std::int32_t kF32 = 0;
    constexpr std::int32_t kF16 = 1;
    constexpr std::int32_t kBf16 = 30;
    const std::int32_t type = slot.view->dtype == compute::DType::f32
                                  ? kF32
                                  : (slot.view->dtype == compute::DType::f16 ? kF16 : kBf16);
    std::vector<std::int32_t> innermost_first;
    for (const std::int64_t size : slot.shape) {
      innermost_first.insert(innermost_first.begin(), static_cast<std::int32_t>(size));
    }
    // As official files: [out, in, 3] for convolutions, [n, 1] for their biases, else what is
    // needed.
    const bool convolution = slot.name.find("conv") != std::string::npos;
    while (innermost_first.front() == 1) innermost_first.erase(innermost_first.begin());
    if (convolution && innermost_first.size() == 1)
      innermost_first.insert(innermost_first.begin(), 1);
    tensors.push_back({openai_tensor_name(slot.name), type, innermost_first, bytes_of(*slot.view)});
  }
};

}  // namespace tessera::whisper
