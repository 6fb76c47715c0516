#include "src/whisper/dtw.h"

#include <gmock/gmock.h>

#include <cmath>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

WarpingPath path_of(const std::vector<std::vector<float>>& costs) {
  compute::Tensor matrix(compute::DType::f32, static_cast<int>(costs.size()),
                         static_cast<int>(costs[0].size()));
  for (std::size_t i = 0; i < costs.size(); ++i) {
    std::ranges::copy(costs[i], matrix.row<float>(static_cast<int>(i)).begin());
  }
  return dtw(matrix.view());
}

TEST(Dtw, FollowsTheCheapPlaces) {
  const WarpingPath path = path_of({{0, 0, 9, 9, 9},  //
                                    {9, 9, 0, 9, 9},
                                    {9, 9, 0, 9, 9},
                                    {9, 9, 9, 0, 0}});
  EXPECT_THAT(path.rows, ElementsAre(0, 0, 1, 2, 3, 3));
  EXPECT_THAT(path.columns, ElementsAre(0, 1, 2, 2, 3, 4));
}

TEST(Dtw, OneRowOrColumnIsWalkedWhole) {
  EXPECT_THAT(path_of({{3, 1, 2}}).columns, ElementsAre(0, 1, 2));
  EXPECT_THAT(path_of({{3}, {1}, {2}}).rows, ElementsAre(0, 1, 2));
  EXPECT_THAT(path_of({{-7}}).rows, ElementsAre(0));
}

TEST(Dtw, TiesGoRight) {
  // All three ways cost the same.
  EXPECT_THAT(path_of({{0, 0}, {0, 0}}).rows, ElementsAre(0, 1, 1));
  // Both and down tie below right: neither is strictly the cheapest, so right is taken, dear as it
  // is.
  EXPECT_THAT(path_of({{0, 0}, {5, 0}}).rows, ElementsAre(0, 1, 1));
  // Down and right tie below both.
  EXPECT_THAT(path_of({{0, -1}, {-1, 0}}).rows, ElementsAre(0, 1, 1));
  // Down alone is the cheapest.
  EXPECT_THAT(path_of({{0, -2}, {-1, 0}}).rows, ElementsAre(0, 0, 1));
}

TEST(Dtw, SumsInFloat64) {
  // In float32, 2^24 + 1 is 2^24: all three ways would tie.
  constexpr float kLarge = 16777216;
  EXPECT_THAT(path_of({{kLarge, 1}, {1, 0}}).rows, ElementsAre(0, 1));
}

TEST(Dtw, NansDoNotHideTheRest) {
  // Behind a NaN everything is one; from there the way leads right along the last row.
  const WarpingPath path = path_of({{0, NAN, 0}, {0, NAN, 0}});
  EXPECT_THAT(path.rows, ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(path.columns, ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(path_of({{NAN}, {NAN}}).rows, ElementsAre(0, 1, 1));
  EXPECT_THAT(path_of({{NAN}, {NAN}}).columns, ElementsAre(-1, -1, 0));
}

TEST(Dtw, WithoutColumnsThePathIsBeforeTheMatrix) {
  const WarpingPath path = dtw(compute::Tensor(compute::DType::f32, 3, 0).view());
  EXPECT_THAT(path.rows, ElementsAre(0, 1, 2));
  EXPECT_THAT(path.columns, ElementsAre(-1, -1, -1));
}

}  // namespace
}  // namespace tessera::whisper
