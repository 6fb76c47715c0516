#include "src/compute/logits.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace tessera::compute {
namespace {

constexpr float kNeverChosen = -std::numeric_limits<float>::infinity();

std::vector<int> largest_logit_of(const std::vector<float>& row, std::size_t count) {
  std::vector<int> ids(count, -1);
  const auto found = largest(row, ids);
  return {found.begin(), found.end()};
}

TEST(Largest, GivesAsManyAsFitAndThereAre) {
  EXPECT_EQ(largest_logit_of({1, 5, 3, 5, kNeverChosen}, 3), (std::vector<int>{1, 3, 2}));
  EXPECT_EQ(largest_logit_of({1, 5, 3, 5, kNeverChosen}, 9), (std::vector<int>{1, 3, 2, 0}));
  EXPECT_EQ(largest_logit_of({kNeverChosen, kNeverChosen}, 1), (std::vector<int>{}));
  EXPECT_EQ(largest_logit_of({}, 2), (std::vector<int>{}));
  EXPECT_EQ(largest_logit_of({4, 2}, 0), (std::vector<int>{}));
}

TEST(ExpSum, ShiftsAndScales) {
  const std::vector<float> row = {1.5f, kNeverChosen, -2, 3};
  EXPECT_NEAR(exp_sum(row, 3), std::exp(-1.5) + std::exp(-5.0) + 1, 1e-12);
  EXPECT_NEAR(exp_sum(row, 3, 0.5), std::exp(-0.75) + std::exp(-2.5) + 1, 1e-12);
  EXPECT_EQ(exp_sum({}, 0), 0);
}

}  // namespace
}  // namespace tessera::compute
