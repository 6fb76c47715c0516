// A decoder under test, the reference's beside it, and windows for both.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "src/compute/cpu/decoder.h"
#include "src/compute/cpu/engine_test.h"
#include "src/compute/cpu/plain_window.h"
#include "src/compute/devices.h"

namespace tessera::compute::cpu {

/// Two blocks of keys, the second not full; the hidden width is one group of 512 and a short one.
inline constexpr ModelDims kDims = {.n_mels = 8,
                                    .n_audio_ctx = 70,
                                    .n_audio_state = 128,
                                    .n_audio_heads = 2,
                                    .n_audio_layers = 1,
                                    .n_audio_ffn = 128,
                                    .n_vocab = 307,
                                    .n_text_ctx = 448,
                                    .n_text_state = 128,
                                    .n_text_heads = 2,
                                    .n_text_layers = 2,
                                    .n_text_ffn = 576};

inline std::vector<float> copy_of(const TensorView& view) {
  std::vector<float> values;
  for (int row = 0; row < view.rows; ++row) {
    const auto from = view.row<float>(row);
    values.insert(values.end(), from.begin(), from.end());
  }
  return values;
}

inline std::vector<int> random_tokens(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int> tokens(count);
  for (int& token : tokens) token = static_cast<int>(random() % kDims.n_vocab);
  return tokens;
}

inline std::vector<float> feed(DecoderSession& session, int stream, const std::vector<int>& tokens,
                               bool every_position = false) {
  const StreamInput input{stream, tokens, every_position};
  return copy_of(session.step({&input, 1}, {}));
}

/// The reference: its encoder's states and its decoder.
class Reference {
 public:
  explicit Reference(std::shared_ptr<const ModelWeights> weights)
      : encoder_(device_->load_encoder(weights, Precision::f32)),
        decoder_(device_->load_decoder(weights, Precision::f32)),
        session_(decoder_->open_session()) {}
  std::shared_ptr<const EncodedWindow> window(unsigned seed) {
    const Tensor mel = random_mel(kDims, seed);
    const TensorView view = mel.view();
    return encoder_->encode({&view, 1}, {}).front();
  }
  DecoderSession& session() { return *session_; }

 private:
  std::unique_ptr<Device> device_ = open_device(DeviceSpec::parse("reference"));
  std::unique_ptr<EncoderEngine> encoder_;
  std::unique_ptr<DecoderEngine> decoder_;
  std::unique_ptr<DecoderSession> session_;
};

/// A decoder under test with the windows it reads.
class Decoder {
 public:
  Decoder(std::shared_ptr<const ModelWeights> weights, PrecisionPlan plan, int threads = 2,
          const kernels::IsaTier& tier = kernels::IsaTier::best())
      : weights_(std::move(weights)),
        plan_(std::move(plan)),
        kernels_(tier),
        pool_(threads),
        engine_(make_decoder(weights_, plan_, kernels_, pool_)) {}
  Decoder(const std::shared_ptr<const ModelWeights>& weights, Precision precision, int threads = 2)
      : Decoder(weights, PrecisionPlan::of(weights->dims, precision), threads) {}

  std::shared_ptr<const CpuWindow> window(const EncodedWindow& theirs) const {
    return window_of(weights_, plan_, theirs.states());
  }
  std::unique_ptr<DecoderSession> open() const { return engine_->open_session(); }

 private:
  std::shared_ptr<const ModelWeights> weights_;
  PrecisionPlan plan_;
  KernelSet kernels_;
  base::ThreadPool pool_;
  std::unique_ptr<DecoderEngine> engine_;
};

/// Relative errors of logits. Float32: products of up to 576 terms in a row of 20 layers, each off
/// by some sqrt(576) roundings of 2^-24 relative to its size. bfloat16: 2^-8 / sqrt(12) for each of
/// two operands (rms), in 20 products one after the other. Bytes: 3 / 127 / sqrt(12) likewise.
inline double allowed(Precision precision) {
  const double rounding = precision == Precision::f32    ? 24 * 0x1p-24
                          : precision == Precision::bf16 ? 0x1p-8 / std::sqrt(6.0)
                                                         : 3 / 127.0 / std::sqrt(6.0);
  return std::sqrt(20.0) * rounding;
}

class CpuDecoderTest : public testing::TestWithParam<Precision> {
 protected:
  std::shared_ptr<const ModelWeights> weights_ = random_weights(kDims);
  Reference reference_{weights_};
  Decoder decoder_{weights_, GetParam()};
  std::shared_ptr<const EncodedWindow> theirs_[2] = {reference_.window(1), reference_.window(2)};
  std::shared_ptr<const CpuWindow> windows_[2] = {decoder_.window(*theirs_[0]),
                                                  decoder_.window(*theirs_[1])};
};

}  // namespace tessera::compute::cpu
