#include "src/whisper/random_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/base/thread_pool.h"
#include "src/whisper/official_models.h"
#include "src/whisper/sinusoids.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::ModelWeights;
using compute::NormWeights;
using compute::WeightSlot;
using compute::WeightView;

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, OOPSLA 2014). Applied to a counter it gives any element without those before it.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15u;

/// The stream of one tensor: FNV-1a of its name, mixed with the seed.
std::uint64_t stream_key(const std::string& name, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mix(hash ^ mix(seed + kGamma));
}

/// Element `index` of a stream: a whole number with a bell-shaped distribution around 0, the sum of
/// eight uniform 16-bit numbers. Integers only, so every machine agrees; tails to 4.9 standard
/// deviations, which is what quantisation feels.
constexpr std::int32_t bell(std::uint64_t key, std::uint64_t index) {
  constexpr std::uint64_t kLow = 0x0000ffff0000ffffu;
  const std::uint64_t a = mix(key + (2 * index + 1) * kGamma);
  const std::uint64_t b = mix(key + (2 * index + 2) * kGamma);
  const std::uint64_t pairs = (a & kLow) + (a >> 16 & kLow) + (b & kLow) + (b >> 16 & kLow);
  const auto sum = static_cast<std::int32_t>((pairs & 0xffffffffu) + (pairs >> 32));
  return sum - 4 * 0xffff;
}

/// Standard deviation of bell(): the square root of eight times (2^32 - 1) / 12.
const double kBellDeviation = std::sqrt(8.0 * 4294967295.0 / 12.0);

/// value = offset + scale x bell().
struct Distribution {
  float offset = 0;
  float scale = 0;
};

Distribution spread(double deviation) {
  return {0, static_cast<float>(deviation / kBellDeviation)};
}

/// Scales for gains and biases are powers of two: then scale x bell() is exact, and a compiler that
/// fuses it with the addition gets the same sum.
constexpr float kGammaScale = 0x1p-18f;  // deviation 0.20
constexpr float kBetaScale = 0x1p-19f;   // deviation 0.10
constexpr float kBiasScale = 0x1p-20f;   // deviation 0.05

/// The distribution of one tensor.
///
/// A matrix keeps the size of what it reads: deviation gain / sqrt(fan in). Gains: queries and keys
/// 1.6, so that attention scores spread by 1.6^2 and softmax is not flat; convolutions 1.5, which
/// makes up for GELU; what is added to the residual stream 2 / sqrt(additions), so that the stream
/// grows to about the same size at any depth. The embedding's deviation of 2.5 / sqrt(width)
/// spreads the logits by 2.5; text positions of 1 make their maximum depend on the position, or
/// else greedy decoding would repeat one token for ever.
Distribution distribution(const WeightSlot& slot, const compute::ModelDims& dims) {
  const std::string& name = slot.name;
  const bool encoder = name.starts_with("model.encoder.");
  if (name.ends_with("layer_norm.weight")) return {1.0f, kGammaScale};
  if (name.ends_with("layer_norm.bias")) return {0, kBetaScale};
  if (name.ends_with(".bias")) return {0, kBiasScale};
  if (name.ends_with("embed_positions.weight")) return spread(1);
  const auto fan_in = static_cast<double>(slot.shape[1] * slot.shape[2]);
  double gain = 1;
  if (name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight")) gain = 1.6;
  if (name.ends_with("conv1.weight") || name.ends_with("conv2.weight")) gain = 1.5;
  if (name.ends_with("embed_tokens.weight")) gain = 2.5;
  if (name.ends_with("out_proj.weight") || name.ends_with("fc2.weight")) {
    gain = 2 / std::sqrt(encoder ? 2.0 * dims.n_audio_layers : 3.0 * dims.n_text_layers);
  }
  return spread(gain / std::sqrt(fan_in));
}

void store(std::span<const float> values, DType dtype, std::byte* out) {
  if (dtype == DType::f32) {
    std::memcpy(out, values.data(), values.size_bytes());
    return;
  }
  auto* bits = reinterpret_cast<std::uint16_t*>(out);
  const auto round = dtype == DType::f16 ? compute::f32_to_f16 : compute::f32_to_bf16;
  for (std::size_t i = 0; i < values.size(); ++i) bits[i] = round(values[i]);
}

/// A run of elements of one tensor: the unit of work of a thread.
struct Block {
  const WeightSlot* slot;
  std::byte* data;  ///< the tensor's first element
  std::size_t begin, end;
};

void fill_block(const Block& block, const RandomModelSpec& spec) {
  const Distribution d = distribution(*block.slot, spec.dims);
  const std::uint64_t key = stream_key(block.slot->name, spec.seed);
  constexpr std::size_t kChunk = 1024;
  float values[kChunk];
  for (std::size_t i = block.begin; i < block.end; i += kChunk) {
    const std::size_t count = std::min(kChunk, block.end - i);
    for (std::size_t j = 0; j < count; ++j) {
      values[j] = d.offset + d.scale * static_cast<float>(bell(key, i + j));
    }
    store({values, count}, spec.dtype, block.data + i * compute::element_bytes(spec.dtype));
  }
}

/// Gives every slot its place in one allocation, each tensor on a cache line of its own.
std::byte* allocate_slots(ModelWeights& weights, const std::vector<WeightSlot>& slots,
                          DType dtype) {
  const auto padded_bytes = [&](const WeightSlot& slot) {
    const auto count = static_cast<std::size_t>(slot.shape[0] * slot.shape[1] * slot.shape[2]);
    const std::size_t bytes = count * compute::element_bytes(dtype);
    return (bytes + base::kAlignment - 1) / base::kAlignment * base::kAlignment;
  };
  std::size_t total = 0;
  for (const WeightSlot& slot : slots) total += padded_bytes(slot);
  std::shared_ptr<std::byte> memory(base::allocate_aligned(total).release(), base::FreeDeleter());
  weights.storage.push_back(memory);
  std::byte* next = memory.get();
  for (const WeightSlot& slot : slots) {
    *slot.view = {.dtype = dtype, .shape = slot.shape, .data = next};
    next += padded_bytes(slot);
  }
  return memory.get();
}

void fill_slots(const ModelWeights& weights, const std::vector<WeightSlot>& slots,
                std::byte* memory, const RandomModelSpec& spec) {
  constexpr std::size_t kBlock = std::size_t{1} << 18;
  std::vector<Block> blocks;
  for (const WeightSlot& slot : slots) {
    if (slot.view == &weights.audio_positions) continue;
    const auto count = static_cast<std::size_t>(slot.view->elements());
    std::byte* data = memory + (slot.view->data - memory);
    for (std::size_t i = 0; i < count; i += kBlock) {
      blocks.push_back({&slot, data, i, std::min(i + kBlock, count)});
    }
  }
  base::ThreadPool pool(base::available_cores());
  pool.parallel_for(blocks.size(), [&](std::size_t i) { fill_block(blocks[i], spec); });
}

void fill_positions(const WeightView& view, std::byte* data) {
  std::vector<float> values(static_cast<std::size_t>(view.elements()));
  fill_sinusoids(static_cast<int>(view.shape[0]), static_cast<int>(view.shape[1]), values);
  store(values, view.dtype, data);
}

/// The outliers that stress quantisation: six channels with eight times the gain in every norm of a
/// layer, a shifted input to attention, and six times the size in the residual stream, which they
/// enter by the second convolution (encoder) and the positions (decoder).
class Outliers {
 public:
  Outliers(std::byte* memory, int width) : memory_(memory), width_(width) {}

  void apply(ModelWeights& weights) const {
    for (int i = 0; i < 6; ++i) apply(weights, (37 + 73 * i) % width_);
  }

 private:
  void apply(ModelWeights& weights, int channel) const {
    const std::int64_t fan_in = weights.conv2.weight.shape[1] * weights.conv2.weight.shape[2];
    multiply(weights.conv2.weight, channel * fan_in, 1, fan_in, 6);
    add(weights.conv2.bias, channel, 3);
    for (auto& layer : weights.encoder) {
      enlarge(layer.attention_norm, channel);
      enlarge(layer.ffn_norm, channel);
      add(layer.attention_norm.beta, channel, 1.5f);
    }
    enlarge(weights.encoder_norm, channel);
    multiply(weights.text_positions, channel, width_, weights.text_positions.shape[0], 6);
    for (auto& layer : weights.decoder) {
      enlarge(layer.self_norm, channel);
      enlarge(layer.cross_norm, channel);
      enlarge(layer.ffn_norm, channel);
      add(layer.self_norm.beta, channel, 1.5f);
    }
  }

  void enlarge(const NormWeights& norm, int channel) const {
    multiply(norm.gamma, channel, 1, 1, 8);
  }

  void multiply(const WeightView& view, std::int64_t first, std::int64_t stride, std::int64_t count,
                float factor) const {
    for (std::int64_t i = 0; i < count; ++i) {
      change(view, first + i * stride, [factor](float value) { return value * factor; });
    }
  }

  void add(const WeightView& view, std::int64_t index, float amount) const {
    change(view, index, [amount](float value) { return value + amount; });
  }

  template <class Function>
  void change(const WeightView& view, std::int64_t index, const Function& function) const {
    const std::int64_t bytes = static_cast<std::int64_t>(compute::element_bytes(view.dtype));
    const std::byte* element = view.data + index * bytes;
    float value = 0;
    compute::to_f32({.dtype = view.dtype, .shape = {1, 1, 1}, .data = element}, {&value, 1});
    value = function(value);
    store({&value, 1}, view.dtype, memory_ + (element - memory_));
  }

  std::byte* memory_;  // the writable start of what the views point into
  int width_;
};

ModelConfig make_config(const RandomModelSpec& spec) {
  ModelConfig config;
  config.dims = spec.dims;
  const OfficialModel* official = find_official_model(spec.name);
  const bool same_decoder = official != nullptr &&
                            official->dims.n_text_layers == spec.dims.n_text_layers &&
                            official->dims.n_text_heads == spec.dims.n_text_heads;
  config.alignment_heads =
      same_decoder ? official->alignment_heads : default_alignment_heads(spec.dims);
  if (official != nullptr && official->dims.n_vocab == spec.dims.n_vocab) {
    config.is_multilingual = !spec.name.ends_with(".en");
  }
  return config;
}

}  // namespace

LoadedWeights make_random_model(const RandomModelSpec& spec) {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = spec.dims;
  const std::vector<WeightSlot> slots = compute::weight_slots(*weights);
  std::byte* memory = allocate_slots(*weights, slots, spec.dtype);
  fill_slots(*weights, slots, memory, spec);
  const WeightView& positions = weights->audio_positions;
  fill_positions(positions, memory + (positions.data - memory));
  if (spec.outliers) Outliers(memory, spec.dims.n_audio_state).apply(*weights);
  return {std::move(weights), make_config(spec)};
}

}  // namespace tessera::whisper
