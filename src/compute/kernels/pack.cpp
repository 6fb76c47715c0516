#include "src/compute/kernels/pack.h"

#include <algorithm>

#include "src/compute/kernels/kernel_abi.h"

namespace tessera::compute::kernels {
namespace {

constexpr std::size_t round_up(int value, int multiple) {
  return static_cast<std::size_t>((value + multiple - 1) / multiple) *
         static_cast<std::size_t>(multiple);
}

// One panel: `columns` of its columns from b, the rest is padding. The inner loop runs along the
// rows of B as they lie, so that it reads memory in order and compilers vectorise it.
template <int Group, class From, class To, class Convert>
void pack_panel(const From* b, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride, int k,
                int columns, To padding, To* out, Convert convert) {
  for (int line = 0; line < k; line += Group) {
    To* group = out + static_cast<std::ptrdiff_t>(line) * kPanelColumns;  // (48, Group)
    const int rows = std::min(Group, k - line);
    if (rows < Group || columns < kPanelColumns) std::fill_n(group, kPanelColumns * Group, padding);
    for (int row = 0; row < rows; ++row) {
      const From* from = b + (line + row) * row_stride;
      for (int column = 0; column < columns; ++column) {
        group[column * Group + row] = convert(from[column * column_stride]);
      }
    }
  }
}

template <int Group, class From, class To, class Convert>
PackedPanels<To> pack(const From* b, std::ptrdiff_t stride, int k, int n, bool transposed,
                      To padding, Convert convert) {
  PackedPanels<To> panels(k, n, Group);
  const std::size_t panel_size = round_up(k, Group) * kPanelColumns;
  for (int column = 0; column < n; column += kPanelColumns) {
    const From* from = b + column * (transposed ? stride : 1);
    To* out = panels.data() + static_cast<std::size_t>(column / kPanelColumns) * panel_size;
    const int columns = std::min(kPanelColumns, n - column);
    if (transposed) {
      pack_panel<Group>(from, 1, stride, k, columns, padding, out, convert);
    } else {
      pack_panel<Group>(from, stride, 1, k, columns, padding, out, convert);
    }
  }
  return panels;
}

}  // namespace

template <class T>
PackedPanels<T>::PackedPanels(int k, int n, int group)
    : k_(k),
      n_(n),
      group_(group),
      data_(base::allocate_aligned(round_up(k, group) * round_up(n, kPanelColumns) * sizeof(T))) {}

template <class T>
T PackedPanels<T>::at(int row, int column) const {
  const std::size_t panel = static_cast<std::size_t>(column / kPanelColumns) * round_up(k_, group_);
  const auto line = static_cast<std::size_t>(row / group_ * group_);
  return data()[(panel + line) * kPanelColumns +
                static_cast<std::size_t>(column % kPanelColumns * group_ + row % group_)];
}

template class PackedPanels<std::uint8_t>;
template class PackedPanels<std::uint16_t>;
template class PackedPanels<float>;

PackedPanels<std::uint8_t> pack_i8(const std::int8_t* b, std::ptrdiff_t stride, int k, int n,
                                   bool transposed) {
  return pack<4, std::int8_t, std::uint8_t>(
      b, stride, k, n, transposed, 128,
      [](std::int8_t value) { return static_cast<std::uint8_t>(value + 128); });
}

PackedPanels<std::uint16_t> pack_bf16(const std::uint16_t* b, std::ptrdiff_t stride, int k, int n,
                                      bool transposed) {
  return pack<2, std::uint16_t, std::uint16_t>(b, stride, k, n, transposed, 0,
                                               [](std::uint16_t value) { return value; });
}

PackedPanels<float> pack_f32(const float* b, std::ptrdiff_t stride, int k, int n, bool transposed) {
  return pack<1, float, float>(b, stride, k, n, transposed, 0.0f,
                               [](float value) { return value; });
}

}  // namespace tessera::compute::kernels
