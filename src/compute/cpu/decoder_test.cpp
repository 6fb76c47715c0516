// The decoder of the cpu device against that of the reference device, on small random networks.
#include "src/compute/cpu/decoder_test.h"

#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

class CpuDecoder : public CpuDecoderTest {};

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
    return std::pair(copy_of(session.attention(0)), copy_of(session.attention(2)));
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
  const std::vector<float> logits = copy_of(session->step({&input, 1}, {}));
  EXPECT_EQ(logits, feed(*session, session->open_stream(windows_[0]), tokens));
  EXPECT_THROW(session->attention(0), Error) << "the last step asked for nothing";
}

// Weights of all zeros, a head whose keys and values are all one number: no scale may be 0, and
// attention is the mean.
TEST_P(CpuDecoder, TakesLayersOfZerosAndConstantHeads) {
  auto weights = random_weights(kDims);
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
  const Decoder portable(weights_, PrecisionPlan::of(kDims, GetParam()), 2,
                         kernels::IsaTier::parse("portable"));
  const std::vector<int> tokens = random_tokens(55, 12);
  const auto session = decoder_.open(), other = portable.open();
  const std::vector<float> found = feed(*session, session->open_stream(windows_[0]), tokens, true);
  EXPECT_LT(relative_error(feed(*other, other->open_stream(windows_[0]), tokens, true), found),
            allowed(GetParam()));
}

// Each part in other numbers than its neighbours.
TEST(CpuDecoderPlans, PartsMayBeInDifferentNumbers) {
  const auto weights = random_weights(kDims);
  Reference reference(weights);
  const auto theirs = reference.window(1);
  PrecisionPlan plan = PrecisionPlan::of(kDims, Precision::int8);
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
