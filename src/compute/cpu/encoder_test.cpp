// The cpu encoder against the reference device, and how it behaves.
#include "src/compute/cpu/encoder.h"

#include "src/compute/cpu/engine_test.h"
#include "src/compute/cpu/fold.h"
#include "src/compute/cpu/window.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

using kernels::IsaTier;
using kernels::kHeadWidth;

using Windows = std::vector<std::shared_ptr<const EncodedWindow>>;

Windows reference_windows(const std::shared_ptr<ModelWeights>& weights,
                          std::span<const TensorView> mels) {
  const auto device = open_device(DeviceSpec::parse("reference"));
  return device->load_encoder(weights, Precision::f32)->encode(mels, {});
}

class CpuEncoderTest : public testing::Test {
 protected:
  Windows encode(const std::shared_ptr<ModelWeights>& weights, const PrecisionPlan& plan,
                 std::span<const TensorView> mels, int threads = 2) {
    base::ThreadPool pool(threads);
    return make_encoder(weights, plan, kernels_, pool)->encode(mels, {});
  }
  Windows encode(const std::shared_ptr<ModelWeights>& weights, Precision precision,
                 std::span<const TensorView> mels, int threads = 2) {
    return encode(weights, PrecisionPlan::of(weights->dims, precision), mels, threads);
  }
  double error_of(const std::shared_ptr<ModelWeights>& weights, const PrecisionPlan& plan) {
    const Tensor mel = random_mel(weights->dims, 1);
    const TensorView view = mel.view();
    if (judged_ != weights) wanted_ = reference_windows(weights, {&view, 1});
    judged_ = weights;
    const Windows windows = encode(weights, plan, {&view, 1});
    return relative_error(values_of(windows[0]->states()), values_of(wanted_[0]->states()));
  }
  double error_of(const std::shared_ptr<ModelWeights>& weights, Precision precision) {
    return error_of(weights, PrecisionPlan::of(weights->dims, precision));
  }

  KernelSet kernels_{IsaTier::best()};
  std::shared_ptr<ModelWeights> judged_;  // by error_of, last
  Windows wanted_;
};

// Products of 128 to 576 roundings of 2^-24, through two layers, in float32 sums of any order.
constexpr double kF32Error = 2e-6;
// bfloat16 keeps 8 bits: each number is off by up to 2^-9 of itself, 2^-9 / sqrt(3) on the mean;
// the errors of the operands of eleven products add up as independent ones do.
constexpr double kBf16Error = 0.008;
// A byte of the largest magnitude of 128 numbers (some 2.7 deviations) is off by 2.7 / 127 /
// sqrt(12) of a deviation: 0.6 % per operand, both operands of eleven products. Bounds of
// pairs make that of weights 0.8 %.
constexpr double kInt8Error = 0.03;

TEST_F(CpuEncoderTest, EachPrecisionIsAsCloseToTheReferenceAsItsNumbersAllow) {
  const auto weights = random_weights();
  EXPECT_LT(error_of(weights, Precision::f32), kF32Error);
  EXPECT_LT(error_of(weights, Precision::bf16), kBf16Error);
  EXPECT_LT(error_of(weights, Precision::int8), kInt8Error);
}

// Widths that are a power of two, three or five times one, and prime multiples of 64: the rotation
// is another for each kind (see fold.h). Whisper's are 384, 512, 768, 1024 and 1280.
TEST_F(CpuEncoderTest, AnyMultipleOf64IsAWidth) {
  for (const int width : {64, 192, 320, 448, 704}) {
    ModelDims dims = kTestDims;
    dims.n_audio_ctx = 20;
    dims.n_audio_state = dims.n_text_state = width;
    dims.n_audio_heads = dims.n_text_heads = width / 64;
    dims.n_audio_layers = dims.n_text_layers = 1;
    dims.n_audio_ffn = dims.n_text_ffn = 128;
    const auto weights = random_weights(dims);
    EXPECT_LT(error_of(weights, Precision::f32), kF32Error) << width;
    EXPECT_LT(error_of(weights, Precision::bf16), kBf16Error) << width;
    EXPECT_LT(error_of(weights, Precision::int8), kInt8Error) << width;
  }
}

// What a precision plan may ask for: each part in each number, the others in float32. A plan that
// is not obeyed shows as an error of the wrong size.
TEST_F(CpuEncoderTest, EachPartObeysThePlan) {
  const auto weights = random_weights();
  Number EncoderLayerPlan::*const parts[] = {&EncoderLayerPlan::qkv, &EncoderLayerPlan::attention,
                                             &EncoderLayerPlan::out, &EncoderLayerPlan::up,
                                             &EncoderLayerPlan::down};
  for (std::size_t part = 0; part < std::size(parts); ++part) {
    for (std::size_t layer = 0; layer < 2; ++layer) {
      for (const Number number : {Number::bf16, Number::i8}) {
        PrecisionPlan plan = PrecisionPlan::of(weights->dims, Precision::f32);
        plan.encoder[layer].*parts[part] = number;
        const double error = error_of(weights, plan);
        EXPECT_GT(error, 10 * kF32Error) << part << ", layer " << layer;
        EXPECT_LT(error, number == Number::bf16 ? kBf16Error : kInt8Error)
            << part << ", layer " << layer;
      }
    }
  }
}

/// weight x + bias of all positions for the channels of one head, in float64.
std::vector<float> projected(const LinearWeights& weights, const TensorView& states, int head) {
  const Dense dense = Dense::from(weights);
  std::vector<float> out;
  for (int position = 0; position < states.rows; ++position) {
    const auto x = states.row<float>(position);
    for (int i = head * kHeadWidth; i < (head + 1) * kHeadWidth; ++i) {
      const auto row = static_cast<std::size_t>(i);
      double sum = static_cast<double>(dense.bias[row]);
      for (std::size_t c = 0; c < x.size(); ++c) {
        sum += static_cast<double>(dense.weight[row * x.size() + c]) * static_cast<double>(x[c]);
      }
      out.push_back(static_cast<float>(sum));
    }
  }
  return out;
}

/// Less the mean over positions: keys may differ by a constant vector.
std::vector<float> centred(std::vector<float> keys) {
  const std::size_t count = keys.size() / kHeadWidth;
  for (std::size_t i = 0; i < kHeadWidth; ++i) {
    double mean = 0;
    for (std::size_t key = 0; key < count; ++key) {
      mean += static_cast<double>(keys[key * kHeadWidth + i]) / static_cast<double>(count);
    }
    for (std::size_t key = 0; key < count; ++key) {
      keys[key * kHeadWidth + i] -= static_cast<float>(mean);
    }
  }
  return keys;
}

TEST_F(CpuEncoderTest, CrossKeysAndValuesAreThoseOfTheStates) {
  const auto weights = random_weights();
  const Tensor mel = random_mel(kTestDims, 1);
  const TensorView view = mel.view();
  const Windows wanted = reference_windows(weights, {&view, 1});
  // One product more than the states, and keys without what they have in common.
  constexpr double kMore = 1.5;
  for (const auto& [precision, allowed] : {std::pair{Precision::f32, kMore * kF32Error},
                                           {Precision::bf16, kMore * kBf16Error},
                                           {Precision::int8, kMore * kInt8Error}}) {
    const Windows windows = encode(weights, precision, {&view, 1});
    const auto& window = dynamic_cast<const CpuWindow&>(*windows[0]);
    ASSERT_EQ(window.cross().size(), 2u);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const AttentionWeights& from = weights->decoder[layer].cross_attention;
      const CrossHeads& heads = window.cross()[layer];
      for (int head = 0; head < 2; ++head) {
        EXPECT_LT(relative_error(centred(heads.keys_of(head)),
                                 centred(projected(from.key, wanted[0]->states(), head))),
                  allowed)
            << precision_name(precision);
        for (int block = 0; precision == Precision::int8 && block < heads.blocks(); ++block) {
          EXPECT_FLOAT_EQ(heads.value_logs(head)[block],
                          std::log2(heads.value_scales(head)[block]));
        }
        EXPECT_LT(
            relative_error(heads.values_of(head), projected(from.value, wanted[0]->states(), head)),
            allowed)
            << precision_name(precision);
      }
    }
  }
}

TEST_F(CpuEncoderTest, ABatchGivesWhatItsWindowsGiveAloneOnAnyNumberOfThreads) {
  const auto weights = random_weights();
  std::vector<Tensor> mels;
  std::vector<TensorView> views;
  for (unsigned i = 0; i < 7; ++i) mels.push_back(random_mel(kTestDims, i));
  for (const Tensor& mel : mels) views.push_back(mel.view());
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    Windows alone;
    for (const TensorView& view : views) {
      alone.push_back(encode(weights, precision, {&view, 1}, 1)[0]);
    }
    for (const int threads : {1, 2, 5, 64}) {
      const Windows together = encode(weights, precision, views, threads);
      ASSERT_EQ(together.size(), views.size());
      for (std::size_t i = 0; i < views.size(); ++i) {
        const auto a = values_of(together[i]->states()), b = values_of(alone[i]->states());
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()))
            << "window " << i << ", " << threads << " threads";
      }
    }
  }
}

TEST_F(CpuEncoderTest, WindowsOutliveTheEngine) {
  const Tensor mel = random_mel(kTestDims, 3);
  const TensorView view = mel.view();
  Windows windows;
  {
    const auto weights = random_weights();
    windows = encode(weights, Precision::int8, {&view, 1});
  }
  EXPECT_EQ(windows[0]->states().rows, kTestDims.n_audio_ctx);
}

/// Channels of the stream that stand out, as trained models have them (cpu.md 5 of the design).
TEST_F(CpuEncoderTest, OutlierChannelsCostInt8Little) {
  const auto weights = random_weights(kTestDims, [](const std::string& name, auto& values) {
    if (name.find("encoder") == std::string::npos) return;
    const bool is_norm = name.find("attn_layer_norm") != std::string::npos ||
                         name.find("final_layer_norm") != std::string::npos;
    if (is_norm && name.ends_with("weight")) {
      for (const std::size_t channel : {3u, 64u, 101u}) values[channel] *= 8.0f;
    }
  });
  EXPECT_LT(error_of(weights, Precision::int8), 2 * kInt8Error);
}

TEST_F(CpuEncoderTest, AllZeroLayersAndAHeadOfOneConstant) {
  const auto zero = random_weights(kTestDims, [](const std::string& name, auto& values) {
    if (name.find("encoder.layers.1.") != std::string::npos) {
      std::fill(values.begin(), values.end(), 0.0f);
    }
  });
  const auto constant = random_weights(kTestDims, [](const std::string& name, auto& values) {
    const bool is_value = name.find("encoder.layers.0.self_attn.v_proj") != std::string::npos;
    if (!is_value) return;
    // The first head's values are its bias alone.
    const bool is_bias = name.ends_with("bias");
    for (std::size_t i = 0; i < values.size() / 2; ++i) values[i] = is_bias ? 0.5f : 0.0f;
  });
  for (const auto& weights : {zero, constant}) {
    EXPECT_LT(error_of(weights, Precision::f32), kF32Error);
    EXPECT_LT(error_of(weights, Precision::bf16), kBf16Error);
    EXPECT_LT(error_of(weights, Precision::int8), kInt8Error);
  }
}

std::string error_text(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(CpuEncoderTest, BadInputIsNamed) {
  const auto weights = random_weights();
  Tensor mel = random_mel(kTestDims, 1), broken = random_mel(kTestDims, 2);
  broken.row<float>(3)[7] = std::nanf("");
  const TensorView views[] = {mel.view(), broken.view()};
  EXPECT_EQ(error_text([&] { encode(weights, Precision::int8, views); }),
            "encode: expected finite numbers, got NaN or infinity in the log-mel of window 1");
  const TensorView narrow = {DType::f32, 12, 8, 8, mel.view().data};
  EXPECT_EQ(error_text([&] {
              encode(weights, Precision::int8, {&narrow, 1});
            }),
            "encode: expected a log-mel of (12, 200), got (12, 8) for window 0");
  ModelDims dims = kTestDims;
  dims.n_audio_heads = dims.n_text_heads = 4;
  EXPECT_EQ(error_text([&] { encode(random_weights(dims), Precision::int8, {}); }),
            "device cpu: expected encoder heads of 64 channels, got 32");
}

TEST_F(CpuEncoderTest, CancelledBetweenLayers) {
  const auto weights = random_weights();
  const Tensor mel = random_mel(kTestDims, 1);
  const TensorView view = mel.view();
  std::stop_source source;
  source.request_stop();
  base::ThreadPool pool(2);
  const auto encoder =
      make_encoder(weights, PrecisionPlan::of(kTestDims, Precision::int8), kernels_, pool);
  try {
    encoder->encode({&view, 1}, source.get_token());
    FAIL() << "not cancelled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  // And is good for the next window.
  EXPECT_EQ(encoder->encode({&view, 1}, {}).size(), 1u);
}

}  // namespace
}  // namespace tessera::compute::cpu
