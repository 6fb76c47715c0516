// The decoder of the cpu device against that of the reference device, on small random networks.
#include "src/compute/cpu/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "src/compute/cpu/plain_window.h"
#include "src/compute/devices.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

// Two blocks of keys, the second not full; the hidden width is one group of 512 and a short one.
constexpr ModelDims kDims = {.n_mels = 8,
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

// Weights that keep activations at size 1, as trained ones do: matrices by the number of inputs,
// gains around 1, everything else small.
std::shared_ptr<ModelWeights> random_weights(const ModelDims& dims = kDims) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = dims;
  std::mt19937 random(7);
  for (const WeightSlot& slot : weight_slots(*weights)) {
    const auto inputs = static_cast<double>(slot.shape[1] * slot.shape[2]);
    const auto count = static_cast<std::size_t>(slot.shape[0]) * static_cast<std::size_t>(inputs);
    const bool gain = slot.name.find("norm.weight") != std::string::npos;
    const double size = inputs > 1 ? 2 / std::sqrt(inputs) : 0.3;
    auto values = std::make_shared<std::vector<float>>(count);
    for (float& value : *values) {
      value = static_cast<float>((gain ? 1.0 : 0.0) +
                                 size * (static_cast<double>(random()) / 0x1p31 - 1.0));
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

std::vector<int> random_tokens(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int> tokens(count);
  for (int& token : tokens) token = static_cast<int>(random() % kDims.n_vocab);
  return tokens;
}

std::vector<float> values_of(const TensorView& view) {
  std::vector<float> values;
  for (int row = 0; row < view.rows; ++row) {
    const auto from = view.row<float>(row);
    values.insert(values.end(), from.begin(), from.end());
  }
  return values;
}

std::vector<float> feed(DecoderSession& session, int stream, const std::vector<int>& tokens,
                        bool every_position = false) {
  const StreamInput input{stream, tokens, every_position};
  return values_of(session.step({&input, 1}, {}));
}

/// ||a - b|| / ||b||.
double relative_error(const std::vector<float>& a, const std::vector<float>& b) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    error += difference * difference;
    size += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return a.size() == b.size() ? std::sqrt(error / size) : 1e9;
}

/// The reference: its encoder's states and its decoder.
class Reference {
 public:
  explicit Reference(std::shared_ptr<const ModelWeights> weights)
      : encoder_(device_->load_encoder(weights, Precision::f32)),
        decoder_(device_->load_decoder(weights, Precision::f32)),
        session_(decoder_->open_session()) {}
  std::shared_ptr<const EncodedWindow> window(unsigned seed) {
    const Tensor mel = random_mel(seed);
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
      : Decoder(weights, PrecisionPlan::uniform(weights->dims, precision), threads) {}

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

// Relative errors of logits. Float32: products of up to 576 terms in a row of 20 layers, each off
// by some sqrt(576) roundings of 2^-24 relative to its size. bfloat16: 2^-8 / sqrt(12) for each of
// two operands (rms), in 20 products one after the other. Bytes: 3 / 127 / sqrt(12) likewise.
double allowed(Precision precision) {
  const double rounding = precision == Precision::f32    ? 24 * 0x1p-24
                          : precision == Precision::bf16 ? 0x1p-8 / std::sqrt(6.0)
                                                         : 3 / 127.0 / std::sqrt(6.0);
  return std::sqrt(20.0) * rounding;
}

class CpuDecoder : public testing::TestWithParam<Precision> {
 protected:
  std::shared_ptr<const ModelWeights> weights_ = random_weights();
  Reference reference_{weights_};
  Decoder decoder_{weights_, GetParam()};
  std::shared_ptr<const EncodedWindow> theirs_[2] = {reference_.window(1), reference_.window(2)};
  std::shared_ptr<const CpuWindow> windows_[2] = {decoder_.window(*theirs_[0]),
                                                  decoder_.window(*theirs_[1])};
};

INSTANTIATE_TEST_SUITE_P(Precisions, CpuDecoder,
                         testing::Values(Precision::f32, Precision::bf16, Precision::int8),
                         [](const auto& info) { return precision_name(info.param); });

TEST_P(CpuDecoder, GivesTheReferencesLogits) {
  for (const std::size_t count : {1u, 5u, 48u, 49u, 200u}) {
    const std::vector<int> tokens = random_tokens(count, 3);
    const std::vector<float> expected =
        feed(reference_.session(), reference_.session().open_stream(theirs_[0]), tokens, true);
    const auto session = decoder_.open();
    const std::vector<float> found =
        feed(*session, session->open_stream(windows_[0]), tokens, true);
    EXPECT_LT(relative_error(found, expected), allowed(GetParam())) << count << " tokens";
    if (GetParam() != Precision::f32) continue;
    for (std::size_t first = 0; first < found.size(); first += kDims.n_vocab) {
      const auto best = [&](const std::vector<float>& logits) {
        const auto row = logits.begin() + static_cast<std::ptrdiff_t>(first);
        return std::max_element(row, row + kDims.n_vocab) - row;
      };
      EXPECT_EQ(best(found), best(expected)) << "row " << first / kDims.n_vocab;
    }
  }
}

TEST_P(CpuDecoder, CachedStepsEqualOnePassOverThePrompt) {
  const std::vector<int> tokens = random_tokens(kDims.n_text_ctx, 4);
  const auto session = decoder_.open();
  const std::vector<float> at_once =
      feed(*session, session->open_stream(windows_[0]), tokens, true);
  ASSERT_EQ(at_once.size(), tokens.size() * kDims.n_vocab);
  const int stream = session->open_stream(windows_[0]);
  std::vector<float> stepwise;
  for (const int token : tokens) {
    const std::vector<float> row = feed(*session, stream, {token});
    stepwise.insert(stepwise.end(), row.begin(), row.end());
  }
  EXPECT_EQ(at_once, stepwise);
  EXPECT_EQ(session->length(stream), kDims.n_text_ctx);
  EXPECT_THROW(feed(*session, stream, {1}), Error);
}

TEST_P(CpuDecoder, OnlyTheLastRowIsGivenUnlessAllAreWanted) {
  const std::vector<int> tokens = random_tokens(7, 5);
  const auto session = decoder_.open();
  const std::vector<float> all = feed(*session, session->open_stream(windows_[0]), tokens, true);
  const std::vector<float> last = feed(*session, session->open_stream(windows_[0]), tokens);
  ASSERT_EQ(last.size(), static_cast<std::size_t>(kDims.n_vocab));
  EXPECT_TRUE(std::equal(last.begin(), last.end(), all.end() - kDims.n_vocab));
}

TEST_P(CpuDecoder, ForksGoTheirOwnWay) {
  for (const std::size_t before : {0u, 1u, 47u, 48u, 60u}) {
    const std::vector<int> prompt = random_tokens(before, 6);
    const auto session = decoder_.open();
    const int first = session->open_stream(windows_[0]);
    if (before > 0) feed(*session, first, prompt);
    const int second = session->fork_stream(first), third = session->fork_stream(second);
    EXPECT_EQ(session->length(third), static_cast<int>(before));
    std::map<int, std::vector<int>> fed = {{first, prompt}, {second, prompt}, {third, prompt}};
    std::map<int, std::vector<float>> found;
    // Two go on in one step, while the third stays; then it goes on too, and the first is closed.
    for (int round = 0; round < 4; ++round) {
      std::vector<int> going = round == 0   ? std::vector{first, second}
                               : round == 1 ? std::vector{third}
                                            : std::vector{third, second};
      if (round == 2) session->close_stream(first);
      std::vector<int> next;
      for (const int stream : going) {
        next.push_back((10 * stream + round) % kDims.n_vocab);
        fed[stream].push_back(next.back());
      }
      std::vector<StreamInput> inputs;
      for (std::size_t i = 0; i < going.size(); ++i) {
        inputs.push_back({going[i], std::span(next).subspan(i, 1)});
      }
      const TensorView logits = session->step(inputs, {});
      for (std::size_t i = 0; i < going.size(); ++i) {
        const auto row = logits.row<float>(static_cast<int>(i));
        found[going[i]].assign(row.begin(), row.end());
      }
    }
    for (const auto& [stream, tokens] : fed) {
      const auto alone = decoder_.open();
      EXPECT_EQ(found[stream], feed(*alone, alone->open_stream(windows_[0]), tokens))
          << "stream " << stream << " forked after " << before;
    }
    EXPECT_THROW(session->length(first), Error);
  }
}

TEST_P(CpuDecoder, ManyStreamsOfOneStepDoNotTouchEachOther) {
  constexpr int kStreams = 32;
  const auto session = decoder_.open();
  std::vector<std::vector<int>> tokens;  // of each stream, of different lengths
  std::vector<int> streams;
  for (unsigned i = 0; i < kStreams; ++i) {
    tokens.push_back(random_tokens(2 + i * 5 % 23, 100 + i));
    streams.push_back(session->open_stream(windows_[i % 2]));
  }
  std::vector<std::vector<float>> found(kStreams);
  std::vector<std::size_t> fed(kStreams);
  // Stream i gets 1 + i % 3 tokens a step and is closed when it has had all of its own.
  for (bool going = true; going;) {
    std::vector<StreamInput> inputs;
    std::vector<std::size_t> who;
    for (std::size_t i = 0; i < kStreams; ++i) {
      const std::size_t count = std::min(1 + i % 3, tokens[i].size() - fed[i]);
      if (count == 0) continue;
      inputs.push_back({streams[i], std::span(tokens[i]).subspan(fed[i], count), i % 2 == 0});
      who.push_back(i);
    }
    going = !inputs.empty();
    if (!going) break;
    const TensorView logits = session->step(inputs, {});
    int row = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto count = static_cast<int>(inputs[i].tokens.size());
      row += inputs[i].every_position ? count : 1;
      const auto last = logits.row<float>(row - 1);
      found[who[i]].assign(last.begin(), last.end());
      fed[who[i]] += inputs[i].tokens.size();
      if (fed[who[i]] == tokens[who[i]].size()) session->close_stream(streams[who[i]]);
    }
    EXPECT_EQ(row, logits.rows);
  }
  for (std::size_t i = 0; i < kStreams; ++i) {
    const auto alone = decoder_.open();
    EXPECT_EQ(found[i], feed(*alone, alone->open_stream(windows_[i % 2]), tokens[i])) << i;
  }
}

TEST_P(CpuDecoder, ThreadsDoNotChangeABit) {
  const std::vector<int> tokens = random_tokens(60, 8);
  std::vector<float> expected;
  for (const int threads : {1, 2, 3, 5, 8, 64}) {
    const Decoder decoder(weights_, GetParam(), threads);
    const auto session = decoder.open();
    const int stream = session->open_stream(windows_[0]);
    std::vector<float> found = feed(*session, stream, tokens, true);
    const std::vector<float> next = feed(*session, stream, {3});
    found.insert(found.end(), next.begin(), next.end());
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected) << threads << " threads";
  }
}

TEST_P(CpuDecoder, AttentionIsThatOfTheReference) {
  const std::vector<int> tokens = random_tokens(20, 9);
  const CrossHead several[] = {{1, 1}, {0, 0}, {1, 0}, {0, 0}};
  const CrossHead one[] = {{1, 0}};
  const auto run = [&](DecoderSession& session, const auto& windows) {
    const StreamInput inputs[] = {{session.open_stream(windows[0]), tokens, false, several},
                                  {session.open_stream(windows[1]), tokens},
                                  {session.open_stream(windows[0]), tokens, true, one}};
    session.step(inputs, {});
    EXPECT_EQ(session.attention(0).rows, 80);
    EXPECT_EQ(session.attention(0).cols, kDims.n_audio_ctx);
    EXPECT_THROW(session.attention(1), Error);
    EXPECT_THROW(session.attention(3), Error);
    return std::pair(values_of(session.attention(0)), values_of(session.attention(2)));
  };
  const auto session = decoder_.open();
  const auto found = run(*session, windows_);
  const auto expected = run(reference_.session(), theirs_);
  EXPECT_LT(relative_error(found.first, expected.first), allowed(GetParam()));
  EXPECT_LT(relative_error(found.second, expected.second), allowed(GetParam()));
  const std::vector<float> again(found.first.end() - 20 * kDims.n_audio_ctx, found.first.end());
  EXPECT_TRUE(std::equal(again.begin(), again.end(), found.first.begin() + 20 * kDims.n_audio_ctx));
}

TEST_P(CpuDecoder, AskingForAttentionDoesNotChangeTheLogits) {
  const std::vector<int> tokens = {5, 6};
  const CrossHead heads[] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  const auto session = decoder_.open();
  const StreamInput input{session->open_stream(windows_[0]), tokens, false, heads};
  const std::vector<float> logits = values_of(session->step({&input, 1}, {}));
  EXPECT_EQ(logits, feed(*session, session->open_stream(windows_[0]), tokens));
  EXPECT_THROW(session->attention(0), Error) << "the last step asked for nothing";
}

template <class Call>
void expect_error(ErrorCode code, const char* what, Call call) {
  try {
    call();
    FAIL() << "took " << what;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
  }
}

TEST_P(CpuDecoder, RefusesWhatCannotBe) {
  const auto session = decoder_.open();
  const int stream = session->open_stream(windows_[0]);
  const auto refuses = [&](const char* what, std::vector<int> tokens) {
    expect_error(ErrorCode::bad_argument, what, [&] { feed(*session, stream, tokens); });
  };
  refuses("a token that is not in the vocabulary", {kDims.n_vocab});
  refuses("a negative token", {-1});
  refuses("no token", {});
  refuses("too many tokens", std::vector<int>(kDims.n_text_ctx + 1, 1));
  expect_error(ErrorCode::bad_argument, "no streams", [&] { session->step({}, {}); });
  expect_error(ErrorCode::internal, "no such stream", [&] { feed(*session, 99, {1}); });
  expect_error(ErrorCode::internal, "no such stream", [&] { session->fork_stream(99); });
  expect_error(ErrorCode::bad_argument, "no window", [&] { session->open_stream(nullptr); });
  expect_error(ErrorCode::bad_argument, "a window of the reference",
               [&] { session->open_stream(theirs_[0]); });
  const Decoder other(weights_, GetParam() == Precision::f32 ? Precision::int8 : Precision::f32);
  expect_error(ErrorCode::bad_argument, "a window in other numbers",
               [&] { session->open_stream(other.window(*theirs_[0])); });
  for (const CrossHead wrong : {CrossHead{2, 0}, {-1, 0}, {0, 2}, {0, -1}}) {
    const int tokens[] = {1};
    const StreamInput input{stream, tokens, false, {&wrong, 1}};
    expect_error(ErrorCode::bad_argument, "a head that is not there", [&] {
      session->step({&input, 1}, {});
    });
  }
  EXPECT_EQ(session->length(stream), 0) << "what was refused has not been fed";
  EXPECT_EQ(feed(*session, stream, {1}).size(), static_cast<std::size_t>(kDims.n_vocab));
}

TEST_P(CpuDecoder, StopsBetweenLayersWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const auto session = decoder_.open();
  const int tokens[] = {1};
  const int stream = session->open_stream(windows_[0]);
  const StreamInput input{stream, tokens};
  expect_error(ErrorCode::cancelled, "a request to stop", [&] {
    session->step({&input, 1}, source.get_token());
  });
  session->close_stream(stream);
  const int fresh = session->open_stream(windows_[0]);
  const auto alone = decoder_.open();
  EXPECT_EQ(feed(*session, fresh, {1}), feed(*alone, alone->open_stream(windows_[0]), {1}));
}

// Weights of all zeros, a head whose keys and values are all one number: no scale may be 0, and
// attention is the mean.
TEST_P(CpuDecoder, TakesLayersOfZerosAndConstantHeads) {
  auto weights = random_weights();
  const std::vector<float> zeros(128 * 576), ones(128, 1.0f);
  const auto view = [](const WeightView& like, const std::vector<float>& values) {
    return WeightView{DType::f32, like.shape, reinterpret_cast<const std::byte*>(values.data())};
  };
  AttentionWeights& cross = weights->decoder[0].cross_attention;
  cross.key.weight = view(cross.key.weight, zeros);
  cross.value.weight = view(cross.value.weight, zeros);
  cross.value.bias = view(cross.value.bias, ones);
  DecoderLayerWeights& second = weights->decoder[1];
  second.ffn_up.weight = view(second.ffn_up.weight, zeros);
  second.ffn_up.bias = view(second.ffn_up.bias, zeros);
  second.self_attention.query.weight = view(second.self_attention.query.weight, zeros);
  second.self_attention.query.bias = view(second.self_attention.query.bias, zeros);
  second.self_attention.out.weight = view(second.self_attention.out.weight, zeros);
  Reference reference(weights);
  const auto theirs = reference.window(1);
  const std::vector<int> tokens = random_tokens(50, 11);
  const std::vector<float> expected =
      feed(reference.session(), reference.session().open_stream(theirs), tokens, true);
  const Decoder decoder(weights, GetParam());
  const auto session = decoder.open();
  const std::vector<float> found =
      feed(*session, session->open_stream(decoder.window(*theirs)), tokens, true);
  EXPECT_LT(relative_error(found, expected), allowed(GetParam()));
}

TEST_P(CpuDecoder, PortableKernelsGiveTheSame) {
  const Decoder portable(weights_, PrecisionPlan::uniform(kDims, GetParam()), 2,
                         kernels::IsaTier::parse("portable"));
  const std::vector<int> tokens = random_tokens(55, 12);
  const auto session = decoder_.open(), other = portable.open();
  const std::vector<float> found = feed(*session, session->open_stream(windows_[0]), tokens, true);
  EXPECT_LT(relative_error(feed(*other, other->open_stream(windows_[0]), tokens, true), found),
            allowed(GetParam()));
}

// Each part in other numbers than its neighbours.
TEST(CpuDecoderPlans, PartsMayBeInDifferentNumbers) {
  const auto weights = random_weights();
  Reference reference(weights);
  const auto theirs = reference.window(1);
  PrecisionPlan plan = PrecisionPlan::uniform(kDims, Precision::int8);
  plan.cross = {Number::bf16, Number::f32};
  plan.decoder = {{Number::f32, Number::i8, Number::bf16}, {Number::bf16, Number::f32, Number::i8}};
  plan.logits = Number::bf16;
  const std::vector<int> tokens = random_tokens(60, 13);
  const std::vector<float> expected =
      feed(reference.session(), reference.session().open_stream(theirs), tokens, true);
  const Decoder decoder(weights, plan);
  const auto session = decoder.open();
  const std::vector<float> found =
      feed(*session, session->open_stream(decoder.window(*theirs)), tokens, true);
  EXPECT_LT(relative_error(found, expected), allowed(Precision::int8));
}

TEST(CpuDecoderPlans, RefusesHeadsThatAreNot64Wide) {
  ModelDims dims = kDims;
  dims.n_audio_heads = dims.n_text_heads = 4;
  const auto weights = random_weights(dims);
  try {
    const Decoder decoder(weights, Precision::f32);
    FAIL() << "took heads of 32";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_STREQ(error.what(), "device cpu: expected encoder heads of 64 channels, got 32");
  }
}

}  // namespace
}  // namespace tessera::compute::cpu
