// The device npu-sim as a whole: its encoder against the reference's, its options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "src/base/message_of_test.h"
#include "src/compute/cpu/engine_test.h"
#include "src/compute/devices.h"

namespace tessera::compute {
namespace {

using testing::HasSubstr;

/// What a device makes of a window and some tokens.
struct Heard {
  std::vector<float> states, logits;

  Heard(const DeviceSpec& spec, const std::shared_ptr<const ModelWeights>& weights) {
    const auto device = open_device(spec);
    const auto encoder = device->load_encoder(weights, Precision::automatic);
    const auto decoder = device->load_decoder(weights, Precision::automatic);
    const Tensor mel = cpu::random_mel(weights->dims, 3);
    const TensorView view = mel.view();
    const auto window = encoder->encode({&view, 1}, {}).front();
    const auto all = cpu::values_of(window->states());
    states.assign(all.begin(), all.end());
    const auto session = decoder->open_session();
    const int tokens[] = {3, 1, 4};
    const StreamInput input{.stream = session->open_stream(window), .tokens = tokens};
    const auto row = cpu::values_of(session->step({&input, 1}, {}));
    logits.assign(row.begin(), row.end());
  }
};

// Each operand is off by 2^-9 at most and 2^-9 / sqrt(3) mostly: x, LayerNorm, queries, keys,
// values, what was attended, hidden activations and y, twice each in two layers, and as many
// weights. Some twenty roundings that know nothing of each other, of what is half of x each, are
// 0.25 %.
TEST(NpuSim, EncoderAndDecoderAgreeWithTheReference) {
  const auto weights = cpu::random_weights(cpu::kSmallDims);
  const Heard reference({.name = "reference", .options = {}, .threads = 1}, weights);
  const Heard simulated({.name = "npu-sim", .options = {}, .threads = 1}, weights);
  const double error = cpu::relative_error(simulated.states, reference.states);
  EXPECT_LT(error, 0.006);
  EXPECT_GT(error, 1e-4) << "this is not bfloat16";
  EXPECT_LT(cpu::relative_error(simulated.logits, reference.logits), 0.01);
}

TEST(NpuSim, ThreadsAndPaceChangeNoBit) {
  const auto weights = cpu::random_weights(cpu::kSmallDims);
  const Heard one({.name = "npu-sim", .options = {}, .threads = 1}, weights);
  const Heard three(
      {.name = "npu-sim", .options = {{"clock", "1.8"}, {"grade", "hand"}}, .threads = 3}, weights);
  EXPECT_EQ(one.states, three.states);
  EXPECT_EQ(one.logits, three.logits);
}

TEST(NpuSim, SaysWhatIsModelledAndWhatRunsElsewhere) {
  const auto weights = cpu::random_weights(cpu::kSmallDims);
  const auto describe = [&](const char* spec) {
    const auto device = open_device(DeviceSpec::parse(spec));
    const auto encoder = device->load_encoder(weights, Precision::bf16);
    return device->describe();
  };
  EXPECT_THAT(
      describe("npu-sim:clock=1.8,grade=chess,cores=16"),
      testing::AllOf(HasSubstr("simulated"), HasSubstr("bf16 on 16 cores"), HasSubstr("modelled"),
                     HasSubstr("at 1.8 GHz and grade chess"), HasSubstr("decoder in f32 by cpu:")));
}

TEST(NpuSim, PlansNameTheStagesAndTheirModelledTimes) {
  const auto weights = cpu::random_weights(cpu::kSmallDims);
  const auto plan_at = [&](const char* spec) {
    return open_device(DeviceSpec::parse(spec))->describe_plan(*weights, Precision::automatic);
  };
  const std::string slow = plan_at("npu-sim:clock=0.5"), fast = plan_at("npu-sim:clock=2.0");
  EXPECT_THAT(slow, testing::AllOf(HasSubstr("encoder layers: bf16\nmodelled at 0.5 GHz"),
                                   HasSubstr("attention: "), HasSubstr("launches: 0.24 ms"),
                                   HasSubstr("everything else: f32\n")));
  // Four times the clock: a quarter of the time, but for launches.
  const auto qkv_ms = [](const std::string& text) {
    return std::stod(text.substr(text.find("qkv: ") + 5));
  };
  EXPECT_NEAR(qkv_ms(slow), 4 * qkv_ms(fast), 0.025) << "of two decimals";
}

TEST(NpuSim, RefusesWhatItDoesNotHave) {
  const auto open = [](const char* spec) { return [=] { open_device(DeviceSpec::parse(spec)); }; };
  EXPECT_THAT(message_of(open("npu-sim:clok=1")), HasSubstr("clock, grade and cores, got 'clok'"));
  for (const char* clock : {"npu-sim:clock=fast", "npu-sim:clock=0", "npu-sim:clock=9",
                            "npu-sim:clock=1.0GHz", "npu-sim:clock=", "npu-sim:clock=nan"}) {
    EXPECT_THAT(message_of(open(clock)), HasSubstr("a clock of 0.1 to 5 GHz")) << clock;
  }
  EXPECT_THAT(message_of(open("npu-sim:grade=unpipelined")), HasSubstr("hand, chess or peano"));
  EXPECT_THAT(message_of(open("npu-sim:cores=8")), HasSubstr("expected 16 cores"));
  const auto device = open_device(DeviceSpec::parse("npu-sim"));
  EXPECT_THAT(message_of([&] {
                device->load_encoder(cpu::random_weights(cpu::kSmallDims), Precision::f32);
              }),
              HasSubstr("expected precision bf16, int8 or auto, got f32"));
  ModelDims narrow = cpu::kSmallDims;
  narrow.n_audio_heads = 4;
  narrow.n_text_heads = 4;
  EXPECT_THAT(
      message_of([&] { device->load_encoder(cpu::random_weights(narrow), Precision::bf16); }),
      HasSubstr("heads of 64, got a width of 128 with 4 heads"));
}

TEST(NpuSim, StopsBetweenLayersWhenAsked) {
  const auto weights = cpu::random_weights(cpu::kSmallDims);
  const auto device = open_device(DeviceSpec::parse("npu-sim"));
  const auto encoder = device->load_encoder(weights, Precision::bf16);
  std::stop_source stop;
  stop.request_stop();
  const Tensor mel = cpu::random_mel(cpu::kSmallDims, 3);
  const TensorView view = mel.view();
  EXPECT_EQ(message_of([&] { encoder->encode({&view, 1}, stop.get_token()); }), "cancelled");
}

}  // namespace
}  // namespace tessera::compute
