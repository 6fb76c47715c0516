#include "src/compute/cpu/encoder_pass.h"

#include <algorithm>
#include <cmath>

namespace tessera::compute::cpu {

using kernels::kBlockTokens;
using kernels::kHeadWidth;
using kernels::LaneFormat;
using kernels::LaneNorm;

namespace {

float* floats(const base::AlignedBytes& memory) { return reinterpret_cast<float*>(memory.get()); }

LaneFormat float_format(Number number) {
  return number == Number::bf16 ? LaneFormat::bf16 : LaneFormat::f32;
}

LaneFormat value_format(Number number) {
  return number == Number::i8 ? LaneFormat::s8 : float_format(number);
}

}  // namespace

BlockScratch::BlockScratch(const ModelDims& dims, const PrecisionPlan& plan)
    : stem(dims, plan.stem),
      mixed(base::allocate_aligned(operand_bytes(Number::f32, dims.n_audio_state))),
      hidden(base::allocate_aligned(operand_bytes(Number::f32, kHiddenGroup))),
      head(base::allocate_aligned(operand_bytes(Number::f32, kHeadWidth))),
      attention(base::allocate_aligned(kernels::kLaneAttentionScratchBytes)),
      input(Number::f32, dims.n_audio_state),
      hidden_input(Number::f32, kHiddenGroup) {}

int EncoderPass::tokens(int block) const {
  return std::min(kBlockTokens, dims_.n_audio_ctx - block * kBlockTokens);
}

bool EncoderPass::keys_in_rows(Number number) const {
  if (number == Number::f32) return false;
  return kernels::takes_rows(number == Number::i8 ? kernels_.lane_attention_i8
                                                  : kernels_.lane_attention_bf16);
}

void EncoderPass::run_layer(std::size_t layer, const BlockPlace& place, SelfHeads& heads,
                            BlockScratch& scratch) const {
  const EncoderLayerPlan& plan = plan_.encoder[layer];
  float* mixed = floats(scratch.mixed);
  scratch.times.begin();
  for (int head = 0; head < dims_.n_audio_heads; ++head) {
    attend(plan.attention, place, head, heads, mixed + head * kHeadWidth * kBlockTokens, scratch);
  }
  scratch.times.end(Stage::attention);
  const LaneOperand operand =
      scratch.input.prepare(kernels_, mixed, dims_.n_audio_state, LaneNorm::none, plan.out);
  kernels::LaneEpilogue add_to_stream;
  add_to_stream.addend = place.x;
  add_to_stream.out = place.x;
  pack_.layers[layer].out.run(kernels_, store_, operand, add_to_stream);
  scratch.times.end(Stage::out);
  feed_forward(layer, place.x, scratch);
  scratch.times.end(Stage::feed_forward);
}

void EncoderPass::feed_forward(std::size_t layer, float* x, BlockScratch& scratch) const {
  const EncoderLayerPlan& plan = plan_.encoder[layer];
  const EncoderLayerPack& pack = pack_.layers[layer];
  const LaneOperand operand =
      scratch.input.prepare(kernels_, x, dims_.n_audio_state, norm(), plan.up);
  kernels::LaneEpilogue activate, add_to_stream;
  activate.gelu = true;
  activate.out = floats(scratch.hidden);
  add_to_stream.addend = x;
  add_to_stream.out = x;
  for (std::size_t group = 0; group < pack.down.size(); ++group) {
    const int first = static_cast<int>(group) * kHiddenGroup;
    const int channels = std::min(kHiddenGroup, dims_.n_audio_ffn - first);
    pack.up.run(kernels_, store_, operand, first, channels, activate);
    const LaneOperand hidden =
        scratch.hidden_input.prepare(kernels_, activate.out, channels, LaneNorm::none, plan.down);
    pack.down[group].run(kernels_, store_, hidden, add_to_stream);
  }
}

void EncoderPass::project(std::size_t layer, const BlockPlace& place, SelfHeads& heads,
                          BlockScratch& scratch) const {
  const EncoderLayerPlan& plan = plan_.encoder[layer];
  const EncoderLayerPack& pack = pack_.layers[layer];
  const LaneOperand operand =
      scratch.input.prepare(kernels_, place.x, dims_.n_audio_state, norm(), plan.qkv);
  kernels::LaneEpilogue epilogue;
  epilogue.out = floats(scratch.head);
  for (int head = 0; head < dims_.n_audio_heads; ++head) {
    const int first = head * kHeadWidth;
    pack.query.run(kernels_, store_, operand, first, kHeadWidth, epilogue);
    store_query(plan.attention, place, head, epilogue.out, heads);
    pack.key.run(kernels_, store_, operand, first, kHeadWidth, epilogue);
    store_key(plan.attention, place, head, epilogue.out, heads);
    pack.value.run(kernels_, store_, operand, first, kHeadWidth, epilogue);
    kernels::LanePackValuesParams p;
    p.x = epilogue.out;
    p.keys = tokens(place.block);
    p.format = value_format(plan.attention);
    p.out = heads.value(place.window, head, place.block);
    p.rows = keys_in_rows(plan.attention);
    p.smallest = store_.at(pack.smallest)[head];
    p.scale = heads.value_scale(place.window, head, place.block);
    kernels_.lane_pack_values.run(p);
    if (plan.attention == Number::i8) {
      *heads.value_log(place.window, head, place.block) = std::log2(*p.scale);
    }
  }
}

void EncoderPass::store_query(Number number, const BlockPlace& place, int head, const float* x,
                              SelfHeads& heads) const {
  kernels::LanePrepareParams p;
  p.x = x;
  p.channels = kHeadWidth;
  p.format = number == Number::i8 ? LaneFormat::u8 : float_format(number);
  p.out = heads.query(place.window, head, place.block);
  p.centre = kernels_.attention_centre;
  p.scales = heads.query_scales(place.window, head, place.block);
  kernels_.lane_prepare.run(p);
}

void EncoderPass::store_key(Number number, const BlockPlace& place, int head, const float* x,
                            SelfHeads& heads) const {
  kernels::LanePrepareParams p;
  p.x = x;
  p.channels = kHeadWidth;
  p.format = value_format(number);
  p.out = heads.key(place.window, head, place.block);
  p.rows = keys_in_rows(number);
  p.centre = kernels_.attention_centre;
  p.scales = heads.key_scales(place.window, head, place.block);
  p.starts = heads.key_starts(place.window, head, place.block);
  p.offsets = heads.key_offsets(place.window, head, place.block);
  p.tokens = tokens(place.block);
  kernels_.lane_prepare.run(p);
}

void EncoderPass::attend(Number number, const BlockPlace& place, int head, SelfHeads& heads,
                         float* out, BlockScratch& scratch) const {
  const int window = place.window;
  const auto set_common = [&](auto& p) {
    p.k_stride = heads.stride();
    p.v_stride = heads.stride();
    p.keys = dims_.n_audio_ctx;
    p.out = out;
    p.scratch = scratch.attention.get();
  };
  const auto set_floats = [&]<class T>(auto& p, T*) {
    p.q = reinterpret_cast<const T*>(heads.query(window, head, place.block));
    p.k = reinterpret_cast<const T*>(heads.key(window, head, 0));
    p.v = reinterpret_cast<const T*>(heads.value(window, head, 0));
    set_common(p);
  };
  if (number == Number::f32) {
    kernels::LaneAttentionF32Params p;
    set_floats(p, static_cast<float*>(nullptr));
    kernels_.lane_attention_f32.run(p);
    return;
  }
  if (number == Number::bf16) {
    kernels::LaneAttentionBf16Params p;
    set_floats(p, static_cast<std::uint16_t*>(nullptr));
    kernels_.lane_attention_bf16.run(p);
    return;
  }
  kernels::LaneAttentionI8Params p;
  p.q = reinterpret_cast<const std::uint8_t*>(heads.query(window, head, place.block));
  p.q_scales = heads.query_scales(window, head, place.block);
  p.k = reinterpret_cast<const std::int8_t*>(heads.key(window, head, 0));
  p.k_scales = heads.key_scales(window, head, 0);
  p.k_starts = heads.key_starts(window, head, 0);
  p.k_offsets = heads.key_offsets(window, head, 0);
  p.v = reinterpret_cast<const std::int8_t*>(heads.value(window, head, 0));
  p.v_scales = heads.value_scale(window, head, 0);
  p.v_logs = heads.value_log(window, head, 0);
  set_common(p);
  kernels_.lane_attention_i8.run(p);
}

void EncoderPass::project_cross(const BlockPlace& place, std::vector<CrossHeads>& cross,
                                BlockScratch& scratch) const {
  kernels::LaneEpilogue epilogue;
  epilogue.out = floats(scratch.head);
  LaneOperand operand;
  for (std::size_t layer = 0; layer < cross.size(); ++layer) {
    CrossHeads& to = cross[layer];
    const Number number = to.number();
    if (layer == 0 || number != cross[layer - 1].number()) {
      operand = scratch.input.prepare(kernels_, place.x, dims_.n_audio_state, norm(), number);
    }
    for (int head = 0; head < to.heads(); ++head) {
      const int first = head * kHeadWidth;
      pack_.cross[layer].key.run(kernels_, store_, operand, first, kHeadWidth, epilogue);
      kernels::LanePrepareParams key;
      key.x = epilogue.out;
      key.channels = kHeadWidth;
      key.format = number == Number::i8 ? LaneFormat::u8 : float_format(number);
      key.out = to.key_block(head, place.block);
      if (number == Number::i8) key.scales = to.key_scales(head) + place.block * kBlockTokens;
      kernels_.lane_prepare.run(key);
      pack_.cross[layer].value.run(kernels_, store_, operand, first, kHeadWidth, epilogue);
      kernels::LanePackValuesParams value;
      value.x = epilogue.out;
      value.keys = tokens(place.block);
      value.format = value_format(number);
      value.out = to.value_block(head, place.block);
      value.smallest = store_.at(pack_.cross[layer].smallest)[head];
      if (number == Number::i8) value.scale = to.value_scales(head) + place.block;
      kernels_.lane_pack_values.run(value);
      if (number == Number::i8) to.value_logs(head)[place.block] = std::log2(*value.scale);
    }
  }
}

}  // namespace tessera::compute::cpu
