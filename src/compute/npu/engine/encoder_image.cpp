#include "src/compute/npu/engine/encoder_image.h"

#include <string>

#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t kBlockColumns = 64;

/// Columns of C and rows of B of a product, in whole blocks.
struct ProductSize {
  std::int64_t n, k;
};

ProductSize size_of(const EncoderLayout& layout, EncoderProduct product) {
  switch (product) {
    case EncoderProduct::qkv:
      return {3 * layout.width, layout.width};
    case EncoderProduct::out:
      return {layout.width, layout.width};
    case EncoderProduct::up:
      return {layout.hidden, layout.width};
    case EncoderProduct::down:
      break;
  }
  return {layout.width, layout.hidden};
}

}  // namespace

EncoderShape encoder_shape(const ModelDims& dims, std::int64_t element_bytes) {
  constexpr int kHead = 64;
  if (dims.n_audio_state != kHead * dims.n_audio_heads) {
    throw Error(ErrorCode::unsupported,
                "npu: expected an encoder with heads of 64, got a width of " +
                    std::to_string(dims.n_audio_state) + " with " +
                    std::to_string(dims.n_audio_heads) + " heads");
  }
  return {.positions = dims.n_audio_ctx,
          .d_model = dims.n_audio_state,
          .heads = dims.n_audio_heads,
          .d_hidden = dims.n_audio_ffn,
          .layers = dims.n_audio_layers,
          .element_bytes = element_bytes};
}

std::int64_t weight_panel(const EncoderShape& shape, std::int64_t layer, EncoderProduct product,
                          std::int64_t block, std::int64_t panel) {
  const EncoderLayout layout = encoder_layout(shape);
  const auto panels_of = [&](const ProductSize& size) {
    return 1 + size.k * shape.element_bytes / kPanelRowBytes;
  };
  std::int64_t panels = 0;  // of the layer before this one
  for (const EncoderProduct one : {EncoderProduct::qkv, EncoderProduct::out, EncoderProduct::up}) {
    if (one == product) break;
    const ProductSize size = size_of(layout, one);
    panels += size.n / kBlockColumns * panels_of(size);
  }
  panels += block * panels_of(size_of(layout, product)) + panel;
  return layer * encoder_layer_bytes(shape) + panels * kPanelBytes;
}

}  // namespace tessera::compute::npu
