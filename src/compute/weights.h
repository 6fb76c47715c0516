// The weights of one Whisper model, whatever file they came from. Every model format ends here;
// every engine starts here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/compute/dtype.h"

namespace tessera::compute {

/// The sizes that define a Whisper network (Radford et al. 2022, table 1).
struct ModelDims {
  int n_mels = 0;         ///< log-mel bands: 80, or 128 from large-v3 on
  int n_audio_ctx = 0;    ///< encoder positions: 1500
  int n_audio_state = 0;  ///< width of the encoder
  int n_audio_heads = 0;
  int n_audio_layers = 0;
  int n_audio_ffn = 0;  ///< hidden width of the encoder's feed-forward layers, 4 x width
  int n_vocab = 0;
  int n_text_ctx = 0;    ///< decoder positions: 448
  int n_text_state = 0;  ///< width of the decoder
  int n_text_heads = 0;
  int n_text_layers = 0;
  int n_text_ffn = 0;

  bool operator==(const ModelDims&) const = default;
};

/// Checks that the sizes make a network at all: positive, bounded (so that products fit in 64
/// bits), widths divisible by heads, encoder and decoder of one width. Throws Error{bad_file}.
void check_dims(const ModelDims& dims, const std::string& where);

/// A weight tensor where it lies in memory: row-major, little-endian, not necessarily aligned to
/// its element (file formats pack tensors without padding). Unused dimensions are 1.
struct WeightView {
  DType dtype = DType::f32;
  std::array<std::int64_t, 3> shape = {0, 1, 1};
  const std::byte* data = nullptr;

  bool present() const { return data != nullptr; }
  std::int64_t elements() const { return shape[0] * shape[1] * shape[2]; }
};

/// Copies a tensor of f32, f16 or bf16 to float32. `out` holds exactly view.elements() values.
void to_f32(const WeightView& view, std::span<float> out);
std::vector<float> to_f32(const WeightView& view);

struct LinearWeights {
  WeightView weight;  ///< (out, in)
  WeightView bias;    ///< (out), absent for key projections
};

struct NormWeights {
  WeightView gamma;  ///< (width)
  WeightView beta;   ///< (width)
};

struct AttentionWeights {
  LinearWeights query, key, value, out;
};

struct ConvWeights {
  WeightView weight;  ///< (out, in, 3)
  WeightView bias;    ///< (out)
};

struct EncoderLayerWeights {
  NormWeights attention_norm;
  AttentionWeights attention;
  NormWeights ffn_norm;
  LinearWeights ffn_up, ffn_down;
};

struct DecoderLayerWeights {
  NormWeights self_norm;
  AttentionWeights self_attention;
  NormWeights cross_norm;
  AttentionWeights cross_attention;
  NormWeights ffn_norm;
  LinearWeights ffn_up, ffn_down;
};

/// Where a model's weights came from.
struct ModelOrigin {
  /// What the paths of files that belong to the model begin with: "folder/tessera.",
  /// "ggml-base.bin.tessera."; empty for models that were made in memory.
  std::string beside;
  /// Changes when the files of the model do.
  std::string fingerprint;
};

/// A complete model. Views point into `storage` (mapped files or buffers), which the model keeps
/// alive.
struct ModelWeights {
  ModelDims dims;
  ModelOrigin origin;

  ConvWeights conv1, conv2;
  WeightView audio_positions;  ///< (n_audio_ctx, n_audio_state)
  std::vector<EncoderLayerWeights> encoder;
  NormWeights encoder_norm;

  WeightView token_embedding;  ///< (n_vocab, n_text_state), also the output projection
  WeightView text_positions;   ///< (n_text_ctx, n_text_state)
  std::vector<DecoderLayerWeights> decoder;
  NormWeights decoder_norm;

  std::vector<std::shared_ptr<const void>> storage;
};

/// One slot of a model: its name in the Hugging Face layout ("model.encoder.conv1.weight"), the
/// shape that the dims demand, and the view to fill or read.
struct WeightSlot {
  std::string name;
  std::array<std::int64_t, 3> shape;
  WeightView* view;
};

/// Every tensor of the model in file order. Sizes weights.encoder and weights.decoder from
/// weights.dims first. Loaders fill the slots; writers and random models walk them.
std::vector<WeightSlot> weight_slots(ModelWeights& weights);

/// Throws Error{bad_file} naming the first tensor that is missing, has another shape than the dims
/// demand, or holds something other than floating point numbers.
void check_weights(ModelWeights& weights, const std::string& where);

}  // namespace tessera::compute
