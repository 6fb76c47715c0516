#include "src/compute/kernels/pack.h"

#include <algorithm>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {
namespace {

constexpr std::size_t round_up(int value, int multiple) {
  return static_cast<std::size_t>((value + multiple - 1) / multiple) *
         static_cast<std::size_t>(multiple);
}

template <class From, class To, class Convert>
PackedPanels<To> pack(const From* b, std::ptrdiff_t stride, int k, int n, bool transposed,
                      int group, To padding, Convert convert) {
  PackedPanels<To> panels(k, n, group, padding);
  for (int row = 0; row < k; ++row) {
    for (int column = 0; column < n; ++column) {
      const From& value = transposed ? b[column * stride + row] : b[row * stride + column];
      panels.at(row, column) = convert(value);
    }
  }
  return panels;
}

}  // namespace

template <class T>
PackedPanels<T>::PackedPanels(int k, int n, int group, T padding)
    : k_(k),
      n_(n),
      group_(group),
      data_(base::allocate_aligned(round_up(k, group) * round_up(n, kPanelColumns) * sizeof(T))) {
  std::fill_n(reinterpret_cast<T*>(data_.get()), round_up(k, group) * round_up(n, kPanelColumns),
              padding);
}

template <class T>
T& PackedPanels<T>::at(int row, int column) {
  const std::size_t panel = static_cast<std::size_t>(column / kPanelColumns) * round_up(k_, group_);
  const auto line = static_cast<std::size_t>(row / group_ * group_);
  const std::size_t place =
      (panel + line) * kPanelColumns +
      static_cast<std::size_t>(column % kPanelColumns * group_ + row % group_);
  return reinterpret_cast<T*>(data_.get())[place];
}

template class PackedPanels<std::uint8_t>;
template class PackedPanels<std::uint16_t>;
template class PackedPanels<float>;

PackedPanels<std::uint8_t> pack_i8(const std::int8_t* b, std::ptrdiff_t stride, int k, int n,
                                   bool transposed) {
  return pack<std::int8_t, std::uint8_t>(
      b, stride, k, n, transposed, 4, 128,
      [](std::int8_t value) { return static_cast<std::uint8_t>(value + 128); });
}

PackedPanels<std::uint16_t> pack_bf16(const std::uint16_t* b, std::ptrdiff_t stride, int k, int n,
                                      bool transposed) {
  return pack<std::uint16_t, std::uint16_t>(b, stride, k, n, transposed, 2, 0,
                                            [](std::uint16_t value) { return value; });
}

PackedPanels<float> pack_f32(const float* b, std::ptrdiff_t stride, int k, int n, bool transposed) {
  return pack<float, float>(b, stride, k, n, transposed, 1, 0.0f,
                            [](float value) { return value; });
}

}  // namespace tessera::compute::kernels
