// Encoder and decoder of the reference device on a small random network. That they compute Whisper
// is shown by the golden data of the shipped model; here it is how they behave.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "src/compute/devices.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

constexpr ModelDims kReferenceDims = {.n_mels = 8,
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

std::shared_ptr<const ModelWeights> small_weights() {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = kReferenceDims;
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

Tensor small_mel(unsigned seed) {
  std::mt19937 generator(seed);
  Tensor mel(DType::f32, kReferenceDims.n_mels, 2 * kReferenceDims.n_audio_ctx);
  for (float& value : mel.values<float>()) {
    value = static_cast<float>(static_cast<double>(generator()) / 0x1p31 - 1.0);
  }
  return mel;
}

class ReferenceEngineTest : public testing::Test {
 protected:
  std::shared_ptr<const EncodedWindow> encode(unsigned seed) {
    const Tensor mel = small_mel(seed);
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

  std::shared_ptr<const ModelWeights> weights_ = small_weights();
  std::unique_ptr<Device> device_ = open_device(DeviceSpec::parse("reference"));
  std::unique_ptr<EncoderEngine> encoder_ = device_->load_encoder(weights_, Precision::f32);
  std::unique_ptr<DecoderEngine> decoder_ = device_->load_decoder(weights_, Precision::f32);
};

TEST_F(ReferenceEngineTest, WindowsOfABatchEqualSingleOnes) {
  const Tensor a = small_mel(1);
  const Tensor b = small_mel(2);
  const TensorView both[] = {a.view(), b.view()};
  const auto batch = encoder_->encode(both, {});
  ASSERT_EQ(batch.size(), 2u);
  const auto single = encode(2);
  for (int row = 0; row < kReferenceDims.n_audio_ctx; ++row) {
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
  const Tensor mel = small_mel(1);
  const TensorView view = mel.view();
  const auto theirs = encoder->encode({&view, 1}, {}).front();
  const auto ours = encode(1);
  for (int row = 0; row < kReferenceDims.n_audio_ctx; ++row) {
    const auto x = ours->states().row<float>(row);
    ASSERT_TRUE(std::equal(x.begin(), x.end(), theirs->states().row<float>(row).begin()));
  }
}

TEST_F(ReferenceEngineTest, CachedStepsEqualOnePassOverThePrompt) {
  const std::vector<int> tokens = {3, 49, 0, 17, 17};
  const auto session = decoder_->open_session();
  const auto window = encode(1);
  const std::vector<float> at_once = step(*session, session->open_stream(window), tokens, true);
  ASSERT_EQ(at_once.size(), tokens.size() * kReferenceDims.n_vocab);
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

std::vector<float> row_of(const TensorView& view, int row) {
  const auto values = view.row<float>(row);
  return {values.begin(), values.end()};
}

TEST_F(ReferenceEngineTest, AttentionIsQueriesByKeysBeforeTheSoftmax) {
  // One token attends to itself alone, so its way to the first layer's query can be followed with
  // plain sums here: embedding, self-attention's value and output, then norm and query.
  const auto matrix = [](const WeightView& view) { return to_f32(view); };
  const auto linear = [&](const LinearWeights& weights, const std::vector<double>& x) {
    const std::vector<float> w = matrix(weights.weight);
    std::vector<double> y(w.size() / x.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (weights.bias.present()) y[i] = matrix(weights.bias)[i];
      for (std::size_t k = 0; k < x.size(); ++k) y[i] += w[i * x.size() + k] * x[k];
    }
    return y;
  };
  const auto norm = [&](const NormWeights& weights, std::vector<double> x) {
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / x.size();
    double squares = 0;
    for (const double v : x) squares += (v - mean) * (v - mean);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = (x[i] - mean) / std::sqrt(squares / x.size() + 1e-5) * matrix(weights.gamma)[i] +
             matrix(weights.beta)[i];
    }
    return x;
  };
  constexpr int kToken = 17;
  constexpr std::size_t kWidth = 64;
  const DecoderLayerWeights& layer = weights_->decoder[0];
  std::vector<double> x(kWidth);
  for (std::size_t i = 0; i < kWidth; ++i) {
    x[i] = matrix(weights_->token_embedding)[kToken * kWidth + i] +
           matrix(weights_->text_positions)[i];
  }
  const auto self = linear(layer.self_attention.out,
                           linear(layer.self_attention.value, norm(layer.self_norm, x)));
  for (std::size_t i = 0; i < kWidth; ++i) x[i] += self[i];
  const auto query = linear(layer.cross_attention.query, norm(layer.cross_norm, x));

  const auto window = encode(1);
  const auto session = decoder_->open_session();
  const int tokens[] = {kToken};
  const CrossHead heads[] = {{0, 1}};
  const StreamInput input{session->open_stream(window), tokens, false, heads};
  session->step({&input, 1}, {});
  const TensorView scores = session->attention(0);
  ASSERT_EQ(scores.rows, 1);
  ASSERT_EQ(scores.cols, kReferenceDims.n_audio_ctx);
  for (int position = 0; position < kReferenceDims.n_audio_ctx; ++position) {
    const auto state = window->states().row<float>(position);
    const auto key = linear(layer.cross_attention.key, {state.begin(), state.end()});
    double expected = 0;
    for (std::size_t i = 32; i < 64; ++i) expected += query[i] * key[i] / std::sqrt(32.0);
    EXPECT_NEAR(scores.row<float>(0)[static_cast<std::size_t>(position)], expected,
                1e-4 * (1 + std::abs(expected)));
  }
}

TEST_F(ReferenceEngineTest, AttentionComesInTheOrderAskedForHeadByHead) {
  const auto session = decoder_->open_session();
  const int tokens[] = {3, 1, 4};
  const CrossHead one[] = {{1, 0}};
  const CrossHead several[] = {{1, 1}, {0, 0}, {1, 0}};
  const int a = session->open_stream(encode(1));
  const int b = session->open_stream(encode(2));
  const StreamInput inputs[] = {{a, tokens, false, several},
                                {session->open_stream(encode(2)), tokens},
                                {b, tokens, true, one}};
  session->step(inputs, {});
  EXPECT_EQ(session->attention(0).rows, 9);
  const TensorView second = session->attention(2);
  ASSERT_EQ(second.rows, 3);
  EXPECT_THROW(session->attention(1), Error);
  EXPECT_THROW(session->attention(3), Error);

  // Each alone, token by token, gives the same rows.
  const auto alone = decoder_->open_session();
  const int stream = alone->open_stream(encode(1));
  for (int t = 0; t < 3; ++t) {
    const StreamInput input{stream, std::span(tokens).subspan(static_cast<std::size_t>(t), 1),
                            false, std::span(several).subspan(2)};
    alone->step({&input, 1}, {});
    EXPECT_EQ(row_of(alone->attention(0), 0), row_of(session->attention(0), 6 + t));
    EXPECT_NE(row_of(second, t), row_of(session->attention(0), 6 + t)) << "other window";
    EXPECT_NE(row_of(session->attention(0), t), row_of(session->attention(0), 6 + t));
  }
}

TEST_F(ReferenceEngineTest, AskingForAttentionDoesNotChangeTheLogits) {
  const auto session = decoder_->open_session();
  const std::vector<int> tokens = {5, 6};
  const CrossHead heads[] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  const StreamInput input{session->open_stream(encode(1)), tokens, false, heads};
  const std::vector<float> logits = row_of(session->step({&input, 1}, {}), 0);
  EXPECT_EQ(logits, step(*session, session->open_stream(encode(1)), tokens));
  EXPECT_THROW(session->attention(0), Error) << "the last step asked for nothing";
}

TEST_F(ReferenceEngineTest, RefusesHeadsThatTheModelDoesNotHave) {
  const auto session = decoder_->open_session();
  const int tokens[] = {1};
  for (const CrossHead wrong : {CrossHead{2, 0}, {-1, 0}, {0, 2}, {0, -1}}) {
    const CrossHead heads[] = {{1, 1}, wrong};
    const StreamInput input{session->open_stream(encode(1)), tokens, false, heads};
    try {
      session->step({&input, 1}, {});
      FAIL() << "took layer " << wrong.layer << ", head " << wrong.head;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    }
  }
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
  const Tensor mel(DType::f32, kReferenceDims.n_mels, 39);
  const TensorView view = mel.view();
  EXPECT_THROW(encoder_->encode({&view, 1}, {}), Error);
}

TEST_F(ReferenceEngineTest, StopsBetweenLayersWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const Tensor mel = small_mel(1);
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
