// The encoder in int8: weights with a scale per output, activations with fixed scales, the residual
// stream rotated and in bfloat16.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

// bfloat16 comes first.
#include "src/compute/npu/emulator/aie_api/types.hpp"
// and then who takes it
#include "src/compute/dtype.h"
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"
#include "src/compute/npu/engine/encoder_i8_hidden.h"
#include "src/compute/npu/engine/encoder_i8_panels.h"
#include "src/compute/npu/engine/encoder_i8_rotation.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/kernels/i8_core_kernels.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// Every third position is enough to see what numbers there are.
constexpr int kMeasuredStride = 3;
/// As large as the largest update that was measured, so many times.
constexpr float kUpdateMargin = 2;

std::vector<FixedScale> same(int count, float step) {
  return std::vector<FixedScale>(static_cast<std::size_t>(count), FixedScale{step, 0, 0});
}

class LayerPacker {
 public:
  /// `step` is what an integer is that a product adds to the residual stream.
  LayerPacker(const EncoderShape& shape, std::int64_t layer, float step,
              std::span<std::byte> weights)
      : shape_(shape), layer_(layer), step_(step), weights_(weights) {}

  void pack(FoldedLayer folded, LayerScales scales) {
    sort_hidden(folded, scales.hidden);
    for (FoldedProduct* reader : {&folded.query, &folded.key, &folded.value, &folded.up}) {
      rotate_reader(*reader);
    }
    for (FoldedProduct* writer : {&folded.out, &folded.down}) rotate_writer(*writer);
    const std::int64_t blocks = encoder_layout(shape_).width / 64;
    const auto normed = same(static_cast<int>(shape_.d_model), 1 / kernels::aie2::kNormUnits);
    const auto stream = same(static_cast<int>(shape_.d_model), step_);
    write(EncoderProduct::qkv, 0,
          {std::move(folded.query), normed, scales.query, true, {}, scales.heads});
    write(EncoderProduct::qkv, blocks, {std::move(folded.key), normed, scales.key, true, {}, {}});
    write(EncoderProduct::qkv, 2 * blocks,
          {std::move(folded.value), normed, scales.value, true, {}, {}});
    write(EncoderProduct::out, 0, {std::move(folded.out), scales.value, stream, false, {}, {}});
    const float fraction = std::ldexp(1.0f, -kernels::aie2::kGeluFraction);
    write(EncoderProduct::up, 0,
          {std::move(folded.up),
           normed,
           same(static_cast<int>(shape_.d_hidden), fraction),
           true,
           scales.hidden,
           {}});
    write(EncoderProduct::down, 0, {std::move(folded.down), scales.hidden, stream, false, {}, {}});
  }

 private:
  void write(EncoderProduct product, std::int64_t block, const ScaledProduct& scaled) {
    write_panels(shape_, layer_, product, block, scaled, weights_);
  }

  const EncoderShape& shape_;
  std::int64_t layer_;
  float step_;
  std::span<std::byte> weights_;
};

/// The residual stream in the plan's buffer, in integers' steps, rotated.
struct Stream {
  EncoderShape shape;
  float step;  ///< a power of two

  void enter(const TensorView& x, std::span<std::byte> work) const {
    const EncoderLayout layout = encoder_layout(shape);
    for (int position = 0; position < x.rows; ++position) {
      const auto given = x.row<float>(position);
      std::vector<float> row(given.begin(), given.end());
      centre_and_rotate(row, x.cols);
      for (float& value : row) value = bf16_to_f32(f32_to_bf16(value / step));
      row.resize(static_cast<std::size_t>(layout.width));
      std::byte* place = work.data() + layout.x + position * layout.width * 2;
      for (const float value : row) {
        const std::uint16_t bits = f32_to_bf16(value);
        std::memcpy(place, &bits, sizeof bits);
        place += sizeof bits;
      }
      put_normed(row, work.data() + layout.normed + position * layout.width);
    }
  }

  Tensor leave(std::span<const std::byte> work) const {
    const EncoderLayout layout = encoder_layout(shape);
    Tensor x(DType::f32, static_cast<int>(shape.positions), static_cast<int>(shape.d_model));
    for (int position = 0; position < x.rows(); ++position) {
      const std::byte* place = work.data() + layout.x + position * layout.width * 2;
      for (float& value : x.row<float>(position)) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, place, sizeof bits);
        value = bf16_to_f32(bits) * step;
        place += sizeof bits;
      }
    }
    rotate_back(x.values<float>(), x.cols());
    return x;
  }

 private:
  void put_normed(std::span<const float> row, std::byte* place) const {
    double squares = 0;
    for (const float value : row)
      squares += static_cast<double>(value) * static_cast<double>(value);
    const double units = static_cast<double>(kernels::aie2::kNormUnits);
    const double factor =
        1 / std::sqrt(squares / static_cast<double>(shape.d_model) / (units * units) +
                      static_cast<double>(kernels::aie2::kNormEpsilon));
    for (std::size_t at = 0; at < row.size(); ++at) {
      const auto column =
          static_cast<std::size_t>(kernels::aie2::norm_column(static_cast<int>(at)));
      const double normed = std::nearbyint(static_cast<double>(row[column]) * factor);
      place[at] = static_cast<std::byte>(static_cast<int>(std::clamp(normed, -128.0, 127.0)));
    }
  }
};

/// The largest wide integer is `kUpdateMargin` times the largest update.
float stream_step(const std::vector<LayerRanges>& ranges) {
  float most = 0;
  for (const LayerRanges& layer : ranges) most = std::max(most, layer.update);
  if (!(most > 0)) return 1;
  return std::ldexp(1.0f, std::ilogb(most * kUpdateMargin / kernels::aie2::kMostWide) + 1);
}

}  // namespace

EncoderImage pack_encoder_i8(const ModelWeights& weights) {
  EncoderImage image;
  image.shape = encoder_shape(weights.dims, 1);
  constexpr std::int64_t kMostHeads = std::int64_t{kernels::aie2::kMostHeadGroups} * kColumns;
  if (image.shape.heads > kMostHeads) {
    throw Error(ErrorCode::unsupported, "npu int8: expected at most " + std::to_string(kMostHeads) +
                                            " heads, got " + std::to_string(image.shape.heads));
  }
  image.kernels = encoder_i8_kernels();
  image.weights.resize(
      static_cast<std::size_t>(image.shape.layers * encoder_layer_bytes(image.shape)));
  std::vector<LayerRanges> ranges = measure_ranges(weights, kMeasuredStride);
  const float step = stream_step(ranges);
  for (std::size_t i = 0; i < weights.encoder.size(); ++i) {
    LayerPacker packer(image.shape, static_cast<std::int64_t>(i), step, image.weights);
    FoldedLayer folded = fold_layer_i8(weights.encoder[i]);
    split_massive(folded, ranges[i].hidden);
    packer.pack(std::move(folded), choose_scales(ranges[i], weights.dims.n_audio_heads));
  }
  const Stream stream{image.shape, step};
  image.enter = [stream](const TensorView& x, std::span<std::byte> work) { stream.enter(x, work); };
  image.leave = [stream](std::span<const std::byte> work) { return stream.leave(work); };
  return image;
}

}  // namespace tessera::compute::npu
