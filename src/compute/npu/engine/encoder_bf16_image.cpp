// The encoder in bfloat16: weights rounded to the nearest, biases in two parts, x rounded from
// layer to layer.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "src/compute/dtype.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/engine/folded_layer.h"
#include "src/compute/npu/kernels/bf16_core_kernels.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t kBlockColumns = 64, kPanelK = 32;
constexpr std::int64_t kBf16Bytes = 2;

void put(std::span<std::byte> bytes, std::int64_t place, float value) {
  const std::uint16_t bits = f32_to_bf16(value);
  std::memcpy(bytes.data() + place, &bits, sizeof bits);
}

float get(std::span<const std::byte> bytes, std::int64_t place) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes.data() + place, sizeof bits);
  return bf16_to_f32(bits);
}

/// Columns of a product that are one after the other in its weights, `first` the first of them.
struct Columns {
  const FoldedProduct* product;
  std::int64_t first;
};

class WeightPacker {
 public:
  WeightPacker(const EncoderShape& shape, std::span<std::byte> weights)
      : shape_(shape), width_(encoder_layout(shape).width), weights_(weights) {}

  void pack(std::int64_t layer, const FoldedLayer& folded) {
    pack(layer, EncoderProduct::qkv,
         {{&folded.query, 0}, {&folded.key, width_}, {&folded.value, 2 * width_}});
    pack(layer, EncoderProduct::out, {{&folded.out, 0}});
    pack(layer, EncoderProduct::up, {{&folded.up, 0}});
    pack(layer, EncoderProduct::down, {{&folded.down, 0}});
  }

 private:
  void pack(std::int64_t layer, EncoderProduct product, const std::vector<Columns>& all) {
    for (const Columns& columns : all) {
      for (std::int64_t n = 0; n < columns.product->n; ++n) {
        pack_column(layer, product, columns.first + n, *columns.product, n);
      }
    }
  }

  /// Row n of the model's weight is a column here.
  void pack_column(std::int64_t layer, EncoderProduct product, std::int64_t column,
                   const FoldedProduct& from, std::int64_t n) {
    const std::int64_t first = weight_panel(shape_, layer, product, column / kBlockColumns, 0) +
                               column % kBlockColumns * kBf16Bytes;
    constexpr std::int64_t kRow = kBlockColumns * kBf16Bytes;
    const float bias = from.bias[static_cast<std::size_t>(n)];
    const float high = bf16_to_f32(f32_to_bf16(bias));
    for (std::int64_t row = 0; row < 8; ++row) {
      put(weights_, first + row * kRow, row < 4 ? high : bias - high);
    }
    const float* const weight = from.weight.data() + n * from.k;
    for (std::int64_t k = 0; k < from.k; ++k) {
      put(weights_, first + (1 + k / kPanelK) * kPanelBytes + k % kPanelK * kRow, weight[k]);
    }
  }

  const EncoderShape& shape_;
  std::int64_t width_;
  std::span<std::byte> weights_;
};

/// LayerNorm of a row without gamma and beta, into bfloat16.
void put_normed(std::span<const float> x, std::span<std::byte> work, std::int64_t place) {
  constexpr double kEpsilon = 1e-5;
  double sum = 0, squares = 0;
  for (const float value : x) sum += static_cast<double>(value);
  const double mean = sum / static_cast<double>(x.size());
  for (const float value : x) squares += std::pow(static_cast<double>(value) - mean, 2);
  const double gain = 1 / std::sqrt(squares / static_cast<double>(x.size()) + kEpsilon);
  for (const float value : x) {
    put(work, place, static_cast<float>((static_cast<double>(value) - mean) * gain));
    place += kBf16Bytes;
  }
}

void enter(const EncoderShape& shape, const TensorView& x, std::span<std::byte> work) {
  const EncoderLayout layout = encoder_layout(shape);
  for (int position = 0; position < x.rows; ++position) {
    const std::span<const float> row = x.row<float>(position);
    const std::int64_t place = position * layout.width * kBf16Bytes;
    for (std::size_t i = 0; i < row.size(); ++i) {
      put(work, layout.x + place + static_cast<std::int64_t>(i) * kBf16Bytes, row[i]);
    }
    put_normed(row, work, layout.normed + place);
  }
}

Tensor leave(const EncoderShape& shape, std::span<const std::byte> work) {
  const EncoderLayout layout = encoder_layout(shape);
  Tensor x(DType::f32, static_cast<int>(shape.positions), static_cast<int>(shape.d_model));
  for (int position = 0; position < x.rows(); ++position) {
    std::int64_t place = layout.x + position * layout.width * kBf16Bytes;
    for (float& value : x.row<float>(position)) {
      value = get(work, place);
      place += kBf16Bytes;
    }
  }
  return x;
}

}  // namespace

EncoderImage pack_encoder_bf16(const ModelWeights& weights) {
  EncoderImage image;
  image.shape = encoder_shape(weights.dims, kBf16Bytes);
  image.kernels = encoder_bf16_kernels();
  image.weights.resize(
      static_cast<std::size_t>(image.shape.layers * encoder_layer_bytes(image.shape)));
  WeightPacker packer(image.shape, image.weights);
  for (std::size_t i = 0; i < weights.encoder.size(); ++i) {
    packer.pack(static_cast<std::int64_t>(i), fold_layer(weights.encoder[i]));
  }
  image.enter = [shape = image.shape](const TensorView& x, std::span<std::byte> work) {
    enter(shape, x, work);
  };
  image.leave = [shape = image.shape](std::span<const std::byte> work) {
    return leave(shape, work);
  };
  return image;
}

}  // namespace tessera::compute::npu
