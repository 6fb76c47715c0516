#include "src/whisper/median_filter.h"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

std::vector<float> filtered(std::vector<float> row, int width) {
  median_filter(row, width);
  return row;
}

TEST(MedianFilter, MirrorsTheRowWithoutItsEnds) {
  // 5 | 1 5 2 8 3 | 8
  EXPECT_THAT(filtered({1, 5, 2, 8, 3}, 3), ElementsAre(5, 2, 5, 3, 8));
  // 1 2 3 | 4 3 2 1 | 2 3 4
  EXPECT_THAT(filtered({4, 3, 2, 1}, 7), ElementsAre(2, 2, 3, 3));
}

TEST(MedianFilter, RemovesPeaksAndKeepsSteps) {
  EXPECT_THAT(filtered({0, 0, 9, 0, 0, 0, 4, 4, 4, 4}, 5),
              ElementsAre(0, 0, 0, 0, 0, 0, 4, 4, 4, 4));
}

TEST(MedianFilter, LeavesRowsThatAreTooShort) {
  EXPECT_THAT(filtered({3, 1, 2}, 7), ElementsAre(3, 1, 2));
  EXPECT_THAT(filtered({3, 1}, 3), ElementsAre(1, 3));
  EXPECT_THAT(filtered({5}, 3), ElementsAre(5));
  EXPECT_THAT(filtered({}, 7), ElementsAre());
  EXPECT_THAT(filtered({3, 1, 2}, 1), ElementsAre(3, 1, 2));
}

TEST(MedianFilter, NansAreTheGreatestValues) {
  EXPECT_THAT(filtered({NAN, 1, 2, 3}, 3), ElementsAre(1, 2, 2, 2));
  const std::vector<float> row = filtered({1, NAN, NAN, 2}, 3);
  EXPECT_TRUE(std::isnan(row[0]));
  EXPECT_TRUE(std::isnan(row[1]));
  EXPECT_TRUE(std::isnan(row[3]));
}

TEST(MedianFilter, AgreesWithSortingEachWindow) {
  for (const std::size_t size : {4u, 63u, 64u, 65u, 1500u}) {
    std::vector<float> row(size);
    for (std::size_t i = 0; i < size; ++i) row[i] = static_cast<float>((i * i * 37 + 11 * i) % 101);
    const std::vector<float> ours = filtered(row, 7);
    for (std::size_t i = 0; i < size; ++i) {
      std::vector<float> window;
      for (int d = -3; d <= 3; ++d) {
        int place = std::abs(static_cast<int>(i) + d);
        const int end = static_cast<int>(size) - 1;
        if (place > end) place = 2 * end - place;
        window.push_back(row[static_cast<std::size_t>(place)]);
      }
      std::ranges::sort(window);
      ASSERT_EQ(ours[i], window[3]) << size << ", " << i;
    }
  }
}

}  // namespace
}  // namespace tessera::whisper
