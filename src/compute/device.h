// The seam between what Whisper computes and where: a device turns weights into engines.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "src/compute/tensor.h"
#include "src/compute/weights.h"

namespace tessera::compute {

/// What a device may round to. `automatic` is the device's own choice.
enum class Precision { automatic, f32, bf16, int8 };

/// "auto", "f32", "bf16" or "int8"; anything else is Error{bad_argument}.
Precision parse_precision(std::string_view name);
const char* precision_name(Precision precision);

/// Which device, and how: "cpu", "npu-sim:clock=1.0,cores=16".
struct DeviceSpec {
  std::string name;
  std::map<std::string, std::string> options;
  int threads = 0;  ///< 0: the device's own choice

  /// Throws Error{bad_argument} when the text is not name[:key=value[,key=value...]].
  static DeviceSpec parse(std::string_view text);
};

/// What the encoder makes of one 30-second window, kept wherever and however its device likes, with
/// the keys and values that the decoder's cross-attention reads. Only engines of the same device
/// and model take it. Any thread may let go of it.
class EncodedWindow {
 public:
  virtual ~EncodedWindow() = default;
  /// The encoder's output: (n_audio_ctx, n_audio_state) f32.
  virtual TensorView states() const = 0;
};

class EncoderEngine {
 public:
  virtual ~EncoderEngine() = default;

  /// Encodes a batch of windows, each a log-mel of (n_mels, 2 x n_audio_ctx) f32.
  /// Throws Error{cancelled} between layers when `stop` asks for it.
  virtual std::vector<std::shared_ptr<const EncodedWindow>> encode(std::span<const TensorView> mels,
                                                                   const std::stop_token& stop) = 0;
};

/// What an encoder consists of besides its layers, for devices that compute those elsewhere.
class EncoderEnds {
 public:
  virtual ~EncoderEnds() = default;

  /// What enters the first layer of a log-mel of (n_mels, 2 x n_audio_ctx) f32: both convolutions
  /// and the positions; (n_audio_ctx, n_audio_state) f32.
  virtual Tensor enter(const TensorView& mel) = 0;
  /// The window of what the last layer left, (n_audio_ctx, n_audio_state) f32, before the encoder's
  /// last LayerNorm. The decoder engines of the device that has these ends take it.
  virtual std::shared_ptr<const EncodedWindow> leave(const TensorView& x) = 0;
};

/// A head of the decoder's cross-attention, zero-based.
struct CrossHead {
  int layer = 0;
  int head = 0;
  bool operator==(const CrossHead&) const = default;
};

/// Tokens to append to one stream of a decoding session.
struct StreamInput {
  int stream = 0;
  std::span<const int> tokens;
  /// Logits after every one of the tokens, or only after the last.
  bool every_position = false;
  /// Heads whose attention to the sound is wanted for every one of the tokens, see
  /// DecoderSession::attention.
  std::span<const CrossHead> attention_heads = {};
};

/// Several hypotheses decoded side by side. A stream is one hypothesis: a window, the tokens fed so
/// far, and their cached keys and values.
class DecoderSession {
 public:
  virtual ~DecoderSession() = default;

  /// Begins an empty stream over a window; returns its number.
  virtual int open_stream(std::shared_ptr<const EncodedWindow> window) = 0;
  /// A new stream with the same tokens as `stream`, which goes its own way from here on.
  virtual int fork_stream(int stream) = 0;
  virtual void close_stream(int stream) = 0;
  /// Tokens that the stream has been fed.
  virtual int length(int stream) const = 0;

  /// Appends tokens, at most up to n_text_ctx per stream, each stream at most once per call.
  /// Returns logits, (rows, n_vocab) f32: for each input in turn one row per token with
  /// `every_position`, else one. The view is good until the next call.
  /// After an exception from here the streams may only be closed.
  virtual TensorView step(std::span<const StreamInput> inputs, const std::stop_token& stop) = 0;

  /// What input `index` of the last step asked for in attention_heads: the scores of its tokens for
  /// every position of the window, scaled, before the softmax; (heads x tokens, n_audio_ctx) f32,
  /// the tokens of the first head first. Good until the next step.
  /// Throws Error{bad_argument} for a head that the model does not have, when it is asked for.
  virtual TensorView attention(std::size_t index) const = 0;
};

class DecoderEngine {
 public:
  virtual ~DecoderEngine() = default;
  virtual std::unique_ptr<DecoderSession> open_session() = 0;
};

/// What calibration aims at, and whom it tells.
struct CalibrationRequest {
  double largest_error = 0;  ///< of the encoder's output, |x - y| / |y|
  std::function<void(int done, int total)> on_progress;
  std::stop_token stop;
};

struct CalibrationReport {
  struct Part {
    std::string name;  ///< "encoder 3 qkv"
    double error = 0;  ///< with this part alone in int8
    bool kept = false;
  };
  std::vector<Part> parts;  ///< the worst first
  double int8_error = 0, error = 0;
  std::string path;  ///< of the plan
};

/// A place to compute. Opened once; its engines share its threads and must not outlive it.
/// Not for use from several threads at the same time.
class Device {
 public:
  virtual ~Device() = default;

  /// One line: name, threads, precision of each part, and what runs elsewhere.
  virtual std::string describe() const = 0;

  /// Whether one thread may call the encoder engines while another calls the decoder engines: true
  /// where they compute in different places.
  virtual bool encodes_beside_decoding() const { return false; }

  /// Prepares a model's weights; throws Error{unsupported} for a precision the device does not
  /// have. The encoder engine also computes the cross-attention keys and values of the decoder's
  /// layers.
  virtual std::unique_ptr<EncoderEngine> load_encoder(std::shared_ptr<const ModelWeights> weights,
                                                      Precision precision) = 0;
  virtual std::unique_ptr<DecoderEngine> load_decoder(std::shared_ptr<const ModelWeights> weights,
                                                      Precision precision) = 0;

  /// The encoder without its layers. Throws Error{unsupported} for a device that has no such part.
  virtual std::unique_ptr<EncoderEnds> load_encoder_ends(
      std::shared_ptr<const ModelWeights> weights, Precision precision);

  /// Which numbers each part of the model would be computed in, one line per part.
  virtual std::string describe_plan(const ModelWeights& weights, Precision precision) const = 0;

  /// Writes a model's weights as this device computes with them beside the model, so that the next
  /// engine is ready sooner; returns the file's path. Throws Error{unsupported} for a device that
  /// has no such form or a model without files, Error{bad_file} when it cannot be written.
  virtual std::string store_packed(std::shared_ptr<const ModelWeights> weights,
                                   Precision precision);

  /// Finds out what int8 costs in each part of the encoder on these log-mels, and stores the plan
  /// of what is kept in bfloat16 beside the model, see Calibration. Throws Error{unsupported} for a
  /// device without such a choice or a model without files.
  virtual CalibrationReport calibrate(std::shared_ptr<const ModelWeights> weights,
                                      std::span<const TensorView> mels,
                                      const CalibrationRequest& request);
};

}  // namespace tessera::compute
