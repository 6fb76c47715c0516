// Every variant of the lane_linear kernels against float64.
#include "src/compute/kernels/lane_layout.h"
#include "src/compute/kernels/lane_test.h"

namespace tessera::compute::kernels {
namespace {

double gelu_of(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

struct LaneShape {
  int channels, depth;
};
// Depths of a head, of conv1 with its 80 bands, of Whisper's widths; what is not a multiple of 64,
// nor of what a variant takes of depth and channels at a time.
constexpr LaneShape kLaneShapes[] = {{8, 8},    {48, 80},   {16, 64},  {64, 384},
                                     {24, 512}, {16, 1280}, {80, 264}, {144, 520}};

/// What the epilogue is asked for.
struct Wish {
  bool gelu, add, in_place;
};
constexpr Wish kWishes[] = {
    {false, false, false}, {true, false, false}, {false, true, true}, {true, true, false}};

struct Output {
  Output(int channels, const Wish& wish)
      : out(lane_index(channels, 0)), other(normal_block(channels, 9)), wish(wish) {
    if (wish.in_place) std::copy_n(other.data(), other.size(), out.data());
  }
  LaneEpilogue epilogue() {
    LaneEpilogue epilogue;
    epilogue.gelu = wish.gelu;
    epilogue.out = out.data();
    if (wish.add) epilogue.addend = wish.in_place ? out.data() : other.data();
    return epilogue;
  }
  /// `sum` with its bias; `size`: of the products that it is made of, for `roundings` of them.
  void expect(int channel, int token, double sum, double size, double roundings,
              const char* variant) const {
    const double active = wish.gelu ? gelu_of(sum) : sum;
    const double added = wish.add ? static_cast<double>(other[lane_index(channel, token)]) : 0.0;
    // GELU's slope is at most 1.13, its own error 1.5e-7 and a rounding.
    const double allowed = 1.2 * roundings * kRounding * size + (wish.gelu ? 1.5e-7 : 0) +
                           2 * kRounding * (std::abs(active) + std::abs(added));
    ASSERT_NEAR(static_cast<double>(out[lane_index(channel, token)]), active + added, allowed)
        << variant << ": channel " << channel << ", token " << token;
  }

  Block<float> out, other;
  Wish wish;
};

std::vector<float> biases(int channels) {
  std::vector<float> bias(static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = 0.1f * static_cast<float>(i % 5) - 0.2f;
  return bias;
}

/// The variants of an op that take a shape: whole panels of channels.
struct Candidate {
  const Kernel* kernel;
  LaneWeightLayout layout;
};
std::vector<Candidate> candidates(const char* op, const LaneShape& shape) {
  std::vector<Candidate> found;
  for (const Kernel* kernel : runnable(op)) {
    const LaneWeightLayout layout = lane_weight_layout(*kernel);
    if (shape.channels % layout.panel == 0) found.push_back({kernel, layout});
  }
  return found;
}

std::size_t weight_count(const LaneShape& shape, const LaneWeightLayout& layout) {
  return static_cast<std::size_t>(shape.channels * layout.padded(shape.depth));
}

std::size_t input_index(int group, int depth, int token) {
  return static_cast<std::size_t>(((depth / group) * kBlockTokens + token) * group + depth % group);
}

/// One int8 layer: bytes of any size, or only the largest and the smallest. Pairs of weights are
/// within kLargestPair for variants that need that for this centre.
struct LayerI8 {
  LayerI8(const LaneShape& shape, const LaneWeightLayout& layout, int centre, bool is_extreme,
          bool bounds_pairs)
      : shape(shape),
        layout(layout),
        centre(centre),
        x(static_cast<std::size_t>(shape.depth) * kBlockTokens),
        weight(weight_count(shape, layout)),
        x_scales(kBlockTokens),
        scales(static_cast<std::size_t>(shape.channels)),
        bias(biases(shape.channels)),
        offsets(scales.size()) {
    std::mt19937 random(1);
    const auto draw = [&](int from, int to) {
      if (is_extreme) return random() % 4 == 0 ? from : to;
      return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1));
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<std::uint8_t>(draw(0, 2 * centre - 1));
    }
    for (std::size_t i = 0; i < weight.size(); ++i) {
      weight[i] = static_cast<std::int8_t>(draw(-127, 127));
    }
    if (bounds_pairs) bound_pairs();
    for (std::size_t i = 0; i < x_scales.size(); ++i) {
      x_scales[i] = 0.01f * static_cast<float>(i + 1);
    }
    for (std::size_t i = 0; i < scales.size(); ++i) {
      scales[i] = 1e-4f * static_cast<float>(i + 1);
      for (int depth = 0; depth < shape.depth; ++depth) {
        offsets[i] -= centre * weight[layout.index(static_cast<int>(i), depth, shape.depth)];
      }
    }
  }

  void bound_pairs() {
    for (int channel = 0; channel < shape.channels; ++channel) {
      for (int depth = 0; depth < shape.depth; depth += 2) {
        const std::int8_t even = weight[layout.index(channel, depth, shape.depth)];
        std::int8_t& odd = weight[layout.index(channel, depth + 1, shape.depth)];
        odd = static_cast<std::int8_t>(
            std::clamp<int>(odd, -kLargestPair - even, kLargestPair - even));
      }
    }
  }

  std::int64_t sum(int channel, int token) const {
    std::int64_t sum = 0;
    for (int depth = 0; depth < shape.depth; ++depth) {
      sum += (x[input_index(4, depth, token)] - centre) *
             std::int64_t{weight[layout.index(channel, depth, shape.depth)]};
    }
    return sum;
  }

  void check(const Kernel& kernel, const Wish& wish) const {
    Output output(shape.channels, wish);
    LaneLinearI8Params p;
    p.x = x.data();
    p.x_scales = x_scales.data();
    p.weight = weight.data();
    p.offsets = offsets.data();
    p.weight_scales = scales.data();
    p.bias = bias.data();
    p.depth = shape.depth;
    p.channels = shape.channels;
    p.epilogue = output.epilogue();
    run_named(kernel, p);
    for (int channel = 0; channel < shape.channels; ++channel) {
      for (int token = 0; token < kBlockTokens; ++token) {
        const auto c = static_cast<std::size_t>(channel);
        const double product = static_cast<double>(sum(channel, token)) *
                               static_cast<double>(scales[c]) *
                               static_cast<double>(x_scales[static_cast<std::size_t>(token)]);
        // The sum is exact; two products and the sum with the bias are rounded.
        const double value = product + static_cast<double>(bias[c]);
        output.expect(channel, token, value, std::abs(product) + std::abs(value), 3, kernel.name);
      }
    }
    EXPECT_TRUE(output.out.is_guarded()) << kernel.name;
  }

  LaneShape shape;
  LaneWeightLayout layout;
  int centre;
  Block<std::uint8_t> x;
  Block<std::int8_t> weight;
  std::vector<float> x_scales, scales, bias;
  std::vector<std::int32_t> offsets;
};

class LaneLinearI8 : public testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(LaneLinearI8, EveryVariantIsWithinItsBound) {
  const auto [centre, is_extreme] = GetParam();
  for (const LaneShape& shape : kLaneShapes) {
    for (const auto& [kernel, layout] : candidates(LaneLinearI8Params::kOp, shape)) {
      const bool takes_all = takes_centre(kernel->isa, centre);
      if (!takes_all && centre != kCentre) continue;
      const LayerI8 layer(shape, layout, centre, is_extreme, !takes_all);
      for (const Wish& wish : kWishes) layer.check(*kernel, wish);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LaneLinearI8,
                         testing::Combine(testing::Values(kCentre, kCentreOf7Bits),
                                          testing::Bool()));

/// `narrow` makes the numbers of a weight or an input, `widen` gives their values.
template <class Params, class Element>
void check_floats(int group, auto narrow, auto widen) {
  for (const LaneShape& shape : kLaneShapes) {
    for (const auto& [kernel, layout] : candidates(Params::kOp, shape)) {
      const Block<float> values = normal_block(shape.depth, 2);
      Block<Element> x(values.size());
      for (int depth = 0; depth < shape.depth; ++depth) {
        for (int token = 0; token < kBlockTokens; ++token) {
          x[input_index(group, depth, token)] = narrow(values[lane_index(depth, token)]);
        }
      }
      std::mt19937 random(3);
      std::normal_distribution<float> normal;
      Block<Element> weight(weight_count(shape, layout));
      for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = narrow(normal(random));
      const std::vector<float> bias = biases(shape.channels);
      for (const Wish& wish : kWishes) {
        Output output(shape.channels, wish);
        Params p;
        p.x = x.data();
        p.weight = weight.data();
        p.bias = bias.data();
        p.depth = shape.depth;
        p.channels = shape.channels;
        p.epilogue = output.epilogue();
        run_named(*kernel, p);
        for (int channel = 0; channel < shape.channels; ++channel) {
          for (int token = 0; token < kBlockTokens; ++token) {
            double sum = static_cast<double>(bias[static_cast<std::size_t>(channel)]);
            double size = std::abs(sum);
            for (int depth = 0; depth < shape.depth; ++depth) {
              const double product = widen(x[input_index(group, depth, token)]) *
                                     widen(weight[layout.index(channel, depth, shape.depth)]);
              sum += product;
              size += std::abs(product);
            }
            output.expect(channel, token, sum, size, shape.depth + 1, kernel->name);
          }
        }
        EXPECT_TRUE(output.out.is_guarded()) << kernel->name;
      }
    }
  }
}

TEST(LaneLinearBf16, EveryVariantIsWithinItsBound) {
  check_floats<LaneLinearBf16Params, std::uint16_t>(
      2, [](float x) { return f32_to_bf16(x); },
      [](std::uint16_t x) { return static_cast<double>(bf16_to_f32(x)); });
}

TEST(LaneLinearF32, EveryVariantIsWithinItsBound) {
  check_floats<LaneLinearF32Params, float>(
      1, [](float x) { return x; }, [](float x) { return static_cast<double>(x); });
}

}  // namespace
}  // namespace tessera::compute::kernels
