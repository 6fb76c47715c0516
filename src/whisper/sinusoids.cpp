#include "src/whisper/sinusoids.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace tessera::whisper {

void fill_sinusoids(int positions, int width, std::span<float> out) {
  const int half = width / 2;
  const auto increment = static_cast<float>(std::log(10000.0) / std::max(half - 1, 1));
  std::vector<float> frequency(static_cast<std::size_t>(half));
  for (int i = 0; i < half; ++i) {
    const float exponent = -increment * static_cast<float>(i);
    frequency[i] = static_cast<float>(std::exp(static_cast<double>(exponent)));
  }
  float* row = out.data();
  for (int position = 0; position < positions; ++position, row += width) {
    for (int i = 0; i < half; ++i) {
      const float angle = static_cast<float>(position) * frequency[i];
      row[i] = static_cast<float>(std::sin(static_cast<double>(angle)));
      row[half + i] = static_cast<float>(std::cos(static_cast<double>(angle)));
    }
  }
}

}  // namespace tessera::whisper
