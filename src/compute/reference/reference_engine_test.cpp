// Encoder and decoder of the reference device on a small random network. That they compute Whisper
// is shown by the golden data of the shipped model; here it is how they behave.
#include <gtest/gtest.h>

#include <random>

#include "src/compute/devices.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

constexpr ModelDims kDims = {.n_mels = 8,
                             .n_audio_ctx = 20,
                             .n_audio_state = 64,
                             .n_audio_heads = 2,
                             .n_audio_layers = 2,
                             .n_audio_ffn = 96,
                             .n_vocab = 50,
                             .n_text_ctx = 16,
                             .n_text_state = 64,
                             .n_text_heads = 2,
                             .n_text_layers = 2,
                             .n_text_ffn = 96};

std::shared_ptr<const ModelWeights> random_weights() {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = kDims;
  std::mt19937 generator(7);
  for (const WeightSlot& slot : weight_slots(*weights)) {
    const auto count = static_cast<std::size_t>(slot.shape[0] * slot.shape[1] * slot.shape[2]);
    auto values = std::make_shared<std::vector<float>>(count);
    for (float& value : *values) {
      value = static_cast<float>(0.3 * (static_cast<double>(generator()) / 0x1p31 - 1.0));
    }
    *slot.view = {DType::f32, slot.shape, reinterpret_cast<const std::byte*>(values->data())};
    weights->storage.push_back(values);
  }
  check_weights(*weights, "test");
  return weights;
}

Tensor random_mel(unsigned seed) {
  std::mt19937 generator(seed);
  Tensor mel(DType::f32, kDims.n_mels, 2 * kDims.n_audio_ctx);
  for (float& value : mel.values<float>()) {
    value = static_cast<float>(static_cast<double>(generator()) / 0x1p31 - 1.0);
  }
  return mel;
}

class ReferenceEngineTest : public testing::Test {
 protected:
  std::shared_ptr<const EncodedWindow> encode(unsigned seed) {
    const Tensor mel = random_mel(seed);
    const TensorView view = mel.view();
    return encoder_->encode({&view, 1}, {}).front();
  }
  std::vector<float> step(DecoderSession& session, int stream, std::vector<int> tokens,
                          bool every_position = false) {
    const StreamInput input{stream, tokens, every_position};
    const TensorView logits = session.step({&input, 1}, {});
    std::vector<float> values;
    for (int row = 0; row < logits.rows; ++row) {
      const auto from = logits.row<float>(row);
      values.insert(values.end(), from.begin(), from.end());
    }
    return values;
  }

  std::shared_ptr<const ModelWeights> weights_ = random_weights();
  std::unique_ptr<Device> device_ = open_device(DeviceSpec::parse("reference"));
  std::unique_ptr<EncoderEngine> encoder_ = device_->load_encoder(weights_, Precision::f32);
  std::unique_ptr<DecoderEngine> decoder_ = device_->load_decoder(weights_, Precision::f32);
};

TEST_F(ReferenceEngineTest, WindowsOfABatchEqualSingleOnes) {
  const Tensor a = random_mel(1);
  const Tensor b = random_mel(2);
  const TensorView both[] = {a.view(), b.view()};
  const auto batch = encoder_->encode(both, {});
  ASSERT_EQ(batch.size(), 2u);
  const auto single = encode(2);
  for (int row = 0; row < kDims.n_audio_ctx; ++row) {
    const auto x = batch[1]->states().row<float>(row);
    const auto y = single->states().row<float>(row);
    ASSERT_TRUE(std::equal(x.begin(), x.end(), y.begin()));
    ASSERT_FALSE(std::equal(x.begin(), x.end(), batch[0]->states().row<float>(row).begin()));
  }
}

TEST_F(ReferenceEngineTest, ThreadsDoNotChangeABit) {
  DeviceSpec spec = DeviceSpec::parse("reference");
  spec.threads = 3;
  const auto device = open_device(spec);
  const auto encoder = device->load_encoder(weights_, Precision::automatic);
  const Tensor mel = random_mel(1);
  const TensorView view = mel.view();
  const auto theirs = encoder->encode({&view, 1}, {}).front();
  const auto ours = encode(1);
  for (int row = 0; row < kDims.n_audio_ctx; ++row) {
    const auto x = ours->states().row<float>(row);
    ASSERT_TRUE(std::equal(x.begin(), x.end(), theirs->states().row<float>(row).begin()));
  }
}

TEST_F(ReferenceEngineTest, CachedStepsEqualOnePassOverThePrompt) {
  const std::vector<int> tokens = {3, 49, 0, 17, 17};
  const auto session = decoder_->open_session();
  const auto window = encode(1);
  const std::vector<float> at_once = step(*session, session->open_stream(window), tokens, true);
  ASSERT_EQ(at_once.size(), tokens.size() * kDims.n_vocab);
  const int stream = session->open_stream(window);
  std::vector<float> stepwise;
  for (const int token : tokens) {
    const std::vector<float> row = step(*session, stream, {token});
    stepwise.insert(stepwise.end(), row.begin(), row.end());
  }
  EXPECT_EQ(at_once, stepwise);
  EXPECT_EQ(session->length(stream), 5);
}

TEST_F(ReferenceEngineTest, StreamsOfOneStepDoNotTouchEachOther) {
  const auto session = decoder_->open_session();
  const int a = session->open_stream(encode(1));
  const int b = session->open_stream(encode(2));
  const int tokens_a[] = {1, 2};
  const int tokens_b[] = {7, 8, 9};
  const StreamInput inputs[] = {{a, tokens_a}, {b, tokens_b}};
  const TensorView logits = session->step(inputs, {});
  ASSERT_EQ(logits.rows, 2);
  const std::vector<float> row_b(logits.row<float>(1).begin(), logits.row<float>(1).end());
  const auto alone = decoder_->open_session();
  EXPECT_EQ(row_b, step(*alone, alone->open_stream(encode(2)), {7, 8, 9}));
}

TEST_F(ReferenceEngineTest, AForkGoesItsOwnWay) {
  const auto session = decoder_->open_session();
  const int stream = session->open_stream(encode(1));
  step(*session, stream, {1, 2});
  const int fork = session->fork_stream(stream);
  step(*session, stream, {3});
  const std::vector<float> forked = step(*session, fork, {4});
  session->close_stream(stream);
  const auto alone = decoder_->open_session();
  EXPECT_EQ(forked, step(*alone, alone->open_stream(encode(1)), {1, 2, 4}));
  EXPECT_EQ(session->length(fork), 3);
}

TEST_F(ReferenceEngineTest, RefusesWhatCannotBe) {
  const auto session = decoder_->open_session();
  const int stream = session->open_stream(encode(1));
  EXPECT_THROW(step(*session, stream, {50}), Error);
  EXPECT_THROW(step(*session, stream, {-1}), Error);
  EXPECT_THROW(step(*session, stream, {}), Error);
  EXPECT_THROW(step(*session, stream, std::vector<int>(17, 1)), Error);
  EXPECT_THROW(step(*session, 99, {1}), Error);
  EXPECT_THROW(session->open_stream(nullptr), Error);
  EXPECT_THROW(device_->load_encoder(weights_, Precision::int8), Error);
  const Tensor mel(DType::f32, kDims.n_mels, 39);
  const TensorView view = mel.view();
  EXPECT_THROW(encoder_->encode({&view, 1}, {}), Error);
}

TEST_F(ReferenceEngineTest, StopsBetweenLayersWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const Tensor mel = random_mel(1);
  const TensorView view = mel.view();
  try {
    encoder_->encode({&view, 1}, source.get_token());
    FAIL() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
}

}  // namespace
}  // namespace tessera::compute
