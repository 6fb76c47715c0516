#include "src/whisper/token_alignment.h"

#include <gmock/gmock.h>

#include <cmath>

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::Tensor;
using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

Tensor matrix(const std::vector<std::vector<float>>& rows) {
  Tensor tensor(DType::f32, static_cast<int>(rows.size()), static_cast<int>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(rows[i], tensor.row<float>(static_cast<int>(i)).begin());
  }
  return tensor;
}

std::vector<float> row_of(const Tensor& tensor, int row) {
  const auto values = tensor.row<float>(row);
  return {values.begin(), values.end()};
}

// Of two tokens the one that listens more to a position has deviation 1 there, the other -1.
const Tensor& two_heads() {
  static const Tensor kScores = matrix({{3, 3, 0, 0, 50},  // head 0, token 0
                                        {0, 0, 3, 3, -9},  // head 0, token 1
                                        {5, 1, 1, 5, 70},  // head 1, token 0
                                        {1, 5, 1, 5, 0}});
  return kScores;
}

TEST(TokenAlignment, StandardisesOverTokensAndAveragesHeads) {
  const Tensor one = listening_map(two_heads().view(), 1, 4, 1);
  ASSERT_EQ(one.rows(), 4);
  const Tensor map = listening_map(two_heads().view(), 2, 3, 1);
  ASSERT_EQ(map.rows(), 2);
  ASSERT_EQ(map.cols(), 3);
  // Head 1, softmax over 3 positions: (e^5, e, e) and (e, e^5, e), which sum up to the same, so
  // both listen equally to position 2: 0 / 0.
  EXPECT_NEAR(map.row<float>(0)[0], 1, 1e-6);
  EXPECT_NEAR(map.row<float>(1)[0], -1, 1e-6);
  EXPECT_NEAR(map.row<float>(0)[1], 0, 1e-6);
  EXPECT_TRUE(std::isnan(map.row<float>(0)[2]));
}

TEST(TokenAlignment, SoftmaxIsOverTheUsedPositionsAlone) {
  const Tensor scores = matrix({{1, 2, 60}, {2, 2, 0}, {0, 3, 0}});
  const Tensor map = listening_map(scores.view(), 1, 2, 1);
  // Weights of position 0: 1 / (1 + e), 1 / 2, 1 / (1 + e^3); of position 1 what is left to 1.
  const double weights[] = {1 / (1 + std::exp(1.0)), 0.5, 1 / (1 + std::exp(3.0))};
  const double mean = (weights[0] + weights[1] + weights[2]) / 3;
  double variance = 0;
  for (const double weight : weights) variance += (weight - mean) * (weight - mean) / 3;
  for (int token = 0; token < 3; ++token) {
    const double expected = (weights[token] - mean) / std::sqrt(variance);
    EXPECT_NEAR(map.row<float>(token)[0], expected, 1e-5);
    EXPECT_NEAR(map.row<float>(token)[1], -expected, 1e-5);
  }
}

TEST(TokenAlignment, SmoothesOverPositions) {
  const Tensor scores = matrix({{3, 3, 0, 3, 3}, {0, 0, 3, 0, 0}});
  EXPECT_THAT(row_of(listening_map(scores.view(), 1, 5, 1), 0),
              Pointwise(FloatNear(1e-5), {1, 1, -1, 1, 1}));
  EXPECT_THAT(row_of(listening_map(scores.view(), 1, 5, 3), 0),
              Pointwise(FloatNear(1e-5), {1, 1, 1, 1, 1}));
}

TEST(TokenAlignment, ATokenBeginsWhereItIsFirstListenedFrom) {
  const Tensor map = matrix({{9, 9, 9, 9, 9},  // not asked for
                             {1, 1, -1, -1, -1},
                             {-1, -1, 1, 1, -1},
                             {-1, -1, -1, -1, 1},
                             {9, 9, 9, 9, 9}});
  EXPECT_THAT(token_times(map, 1, 4), ElementsAre(0, 0.04, 0.08));
  EXPECT_THAT(token_times(map, 2, 3), ElementsAre(0));
}

TEST(TokenAlignment, AWindowOfOnePositionOrNoneHasNoTimes) {
  for (const int positions : {0, 1}) {
    const Tensor map = listening_map(two_heads().view(), 2, positions, 7);
    EXPECT_THAT(token_times(map, 0, 2), ElementsAre(-0.02, -0.02)) << positions;
  }
}

}  // namespace
}  // namespace tessera::whisper
