#include "src/whisper/median_filter.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tessera::whisper {
namespace {

bool sorts_before(float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

}  // namespace

void median_filter(std::span<float> row, int width) {
  const std::size_t pad = width > 0 ? static_cast<std::size_t>(width) / 2 : 0;
  if (pad == 0 || row.size() <= pad) return;

  std::vector<float> padded(row.size() + 2 * pad);
  std::ranges::copy(row, padded.begin() + static_cast<std::ptrdiff_t>(pad));
  for (std::size_t i = 1; i <= pad; ++i) {
    padded[pad - i] = row[i];
    padded[pad + row.size() - 1 + i] = row[row.size() - 1 - i];
  }

  // The values of the window in order; one leaves and one enters at each step.
  std::vector<float> sorted(padded.begin(), padded.begin() + static_cast<std::ptrdiff_t>(2 * pad));
  std::ranges::sort(sorted, sorts_before);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const float entering = padded[i + 2 * pad];
    sorted.insert(std::ranges::upper_bound(sorted, entering, sorts_before), entering);
    row[i] = sorted[pad];
    sorted.erase(std::ranges::lower_bound(sorted, padded[i], sorts_before));
  }
}

}  // namespace tessera::whisper
