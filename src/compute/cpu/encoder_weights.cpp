#include "src/compute/cpu/encoder_weights.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::compute::cpu {
namespace {

using kernels::kBlockTokens;
using kernels::kHeadWidth;

/// Blocks of values whose largest magnitude is below this part of what a head's values are wide are
/// not told apart from zero more finely. Weights of attention are bytes times the block's scale:
/// without a floor one block of silence would push the others' weights out of their range.
constexpr float kSmallestPart = 0.3f;

/// What a layer reads: the residual stream behind a norm.
Dense reader(const LinearWeights& weights, const NormWeights& norm, bool rotated) {
  Dense dense = Dense::from(weights);
  fold_norm(norm, dense);
  if (rotated) rotate_reader(dense);
  return dense;
}

Dense writer(const LinearWeights& weights, bool rotated) {
  Dense dense = Dense::from(weights);
  if (rotated) rotate_writer(dense);
  return dense;
}

Dense key_reader(const LinearWeights& weights, const NormWeights& norm, bool rotated) {
  Dense dense = reader(weights, norm, rotated);
  // A constant vector in all keys adds the same to all scores of a query.
  std::fill(dense.bias.begin(), dense.bias.end(), 0.0f);
  return dense;
}

/// For inputs whose channels have a mean square of 1, as a norm gives them.
void set_smallest(const Dense& value, int heads, float* smallest) {
  const std::size_t per_head = value.weight.size() / static_cast<std::size_t>(heads);
  for (std::size_t head = 0; head < static_cast<std::size_t>(heads); ++head) {
    double square = 0;
    for (std::size_t i = head * per_head; i < (head + 1) * per_head; ++i) {
      square += static_cast<double>(value.weight[i]) * static_cast<double>(value.weight[i]);
    }
    smallest[head] = kSmallestPart * static_cast<float>(std::sqrt(square / kHeadWidth));
  }
}

void reserve(EncoderLayerPack& pack, const ModelDims& dims, const EncoderLayerPlan& plan,
             const KernelSet& kernels, PackedWeights& store) {
  const int width = dims.n_audio_state;
  pack.query = LaneLinear(store, kernels, width, width, plan.qkv);
  pack.key = LaneLinear(store, kernels, width, width, plan.qkv);
  pack.value = LaneLinear(store, kernels, width, width, plan.qkv);
  pack.out = LaneLinear(store, kernels, width, width, plan.out);
  pack.up = LaneLinear(store, kernels, dims.n_audio_ffn, width, plan.up);
  for (int first = 0; first < dims.n_audio_ffn; first += kHiddenGroup) {
    const int k = std::min(kHiddenGroup, dims.n_audio_ffn - first);
    pack.down.emplace_back(store, kernels, width, k, plan.down);
  }
  pack.smallest = store.reserve<float>(static_cast<std::size_t>(dims.n_audio_heads));
}

/// What adds tasks that fill parts of a pack: task(model, store, rotated) with these of the pack.
class Tasks {
 public:
  Tasks(std::shared_ptr<const ModelWeights> weights, PackedWeights& store, bool rotated)
      : weights_(std::move(weights)), store_(store), rotated_(rotated) {}

  void add_stem(const EncoderPack& pack);
  void add_layer(std::size_t index, const EncoderLayerPack& layer);
  void add_cross(std::size_t index, const CrossPack& cross);

 private:
  template <class Task>
  void add(Task task) {
    store_.add_task([weights = weights_, &store = store_, rotated = rotated_, task] {
      task(*weights, store, rotated);
    });
  }

  std::shared_ptr<const ModelWeights> weights_;
  PackedWeights& store_;
  bool rotated_;
};

void pack_positions(const ModelWeights& model, const PackedArray<float>& array, PackedWeights& to) {
  const std::vector<float> table = to_f32(model.audio_positions);  // (n_audio_ctx, width)
  const auto channels = static_cast<std::size_t>(model.dims.n_audio_state);
  float* out = to.writable(array);
  std::fill_n(out, array.count, 0.0f);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::size_t position = i / channels, channel = i % channels;
    out[(position / kBlockTokens * channels + channel) * kBlockTokens + position % kBlockTokens] =
        table[i];
  }
}

void Tasks::add_stem(const EncoderPack& pack) {
  add([conv = pack.conv1](const ModelWeights& model, PackedWeights& to, bool) {
    conv.pack(to, Dense::from(model.conv1.weight, model.conv1.bias));
  });
  add([conv = pack.conv2](const ModelWeights& model, PackedWeights& to, bool) {
    conv.pack(to, Dense::from(model.conv2.weight, model.conv2.bias));
  });
  add([array = pack.positions](const ModelWeights& model, PackedWeights& to, bool) {
    pack_positions(model, array, to);
  });
}

void Tasks::add_layer(std::size_t index, const EncoderLayerPack& layer) {
  add([index, q = layer.query](const ModelWeights& model, PackedWeights& to, bool rotated) {
    const EncoderLayerWeights& from = model.encoder[index];
    Dense dense = reader(from.attention.query, from.attention_norm, rotated);
    if (rotated) rotate_heads(dense);
    scale(dense, kQueryScale);
    q.pack(to, dense);
  });
  add([index, k = layer.key](const ModelWeights& model, PackedWeights& to, bool rotated) {
    const EncoderLayerWeights& from = model.encoder[index];
    Dense dense = key_reader(from.attention.key, from.attention_norm, rotated);
    if (rotated) rotate_heads(dense);
    k.pack(to, dense);
  });
  add([index, v = layer.value, smallest = layer.smallest](const ModelWeights& model,
                                                          PackedWeights& to, bool rotated) {
    const EncoderLayerWeights& from = model.encoder[index];
    Dense dense = reader(from.attention.value, from.attention_norm, rotated);
    if (rotated) rotate_heads(dense);
    v.pack(to, dense);
    set_smallest(dense, model.dims.n_audio_heads, to.writable(smallest));
  });
  add([index, out = layer.out](const ModelWeights& model, PackedWeights& to, bool rotated) {
    Dense dense = writer(model.encoder[index].attention.out, rotated);
    if (rotated) rotate_reader_of_heads(dense);
    out.pack(to, dense);
  });
  add([index, up = layer.up](const ModelWeights& model, PackedWeights& to, bool rotated) {
    const EncoderLayerWeights& from = model.encoder[index];
    up.pack(to, reader(from.ffn_up, from.ffn_norm, rotated));
  });
  add([index, down = layer.down](const ModelWeights& model, PackedWeights& to, bool rotated) {
    const Dense dense = writer(model.encoder[index].ffn_down, rotated);
    for (std::size_t group = 0; group < down.size(); ++group) {
      down[group].pack(to, dense, static_cast<int>(group) * kHiddenGroup, group == 0);
    }
  });
}

void Tasks::add_cross(std::size_t index, const CrossPack& cross) {
  add([index, k = cross.key](const ModelWeights& model, PackedWeights& to, bool rotated) {
    k.pack(to, key_reader(model.decoder[index].cross_attention.key, model.encoder_norm, rotated));
  });
  add([index, v = cross.value, smallest = cross.smallest](const ModelWeights& model,
                                                          PackedWeights& to, bool rotated) {
    const Dense dense =
        reader(model.decoder[index].cross_attention.value, model.encoder_norm, rotated);
    v.pack(to, dense);
    set_smallest(dense, model.dims.n_text_heads, to.writable(smallest));
  });
}

}  // namespace

EncoderPack::EncoderPack(const std::shared_ptr<const ModelWeights>& weights,
                         const PrecisionPlan& plan, const KernelSet& kernels, PackedWeights& store)
    : layers(weights->encoder.size()),
      cross(weights->decoder.size()),
      rotated(plan.rotates_encoder()),
      blocks((weights->dims.n_audio_ctx + kBlockTokens - 1) / kBlockTokens) {
  const ModelDims& dims = weights->dims;
  const int width = dims.n_audio_state;
  Tasks tasks(weights, store, rotated);
  conv1 = LaneLinear(store, kernels, width, 3 * dims.n_mels, plan.stem);
  conv2 = LaneLinear(store, kernels, width, 3 * width, plan.stem);
  positions = store.reserve<float>(static_cast<std::size_t>(blocks) *
                                   static_cast<std::size_t>(width) * kBlockTokens);
  tasks.add_stem(*this);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    reserve(layers[i], dims, plan.encoder[i], kernels, store);
    tasks.add_layer(i, layers[i]);
  }
  for (std::size_t i = 0; i < cross.size(); ++i) {
    cross[i].key = LaneLinear(store, kernels, width, width, plan.cross[i]);
    cross[i].value = LaneLinear(store, kernels, width, width, plan.cross[i]);
    cross[i].smallest = store.reserve<float>(static_cast<std::size_t>(dims.n_text_heads));
    tasks.add_cross(i, cross[i]);
  }
}

}  // namespace tessera::compute::cpu
