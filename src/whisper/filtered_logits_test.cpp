#include "src/whisper/filtered_logits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tessera::whisper {
namespace {

std::vector<int> ids_of(std::span<const int> ids) { return {ids.begin(), ids.end()}; }

TEST(FilteredLogits, RankAndScoreWhatTheFiltersLeave) {
  LogitFilters filters;
  filters.push_back(std::make_unique<SuppressTokens>(std::vector<int>{1}));
  filters.push_back(std::make_unique<NoRepeatNgram>(1, std::vector<int>{}));
  const std::vector<float> row = {0, 9, 2, 1, 2, 4};
  FilteredLogits logits(filters, 3);
  logits.take(row, std::vector<int>{5});
  EXPECT_EQ(ids_of(logits.likeliest()), (std::vector<int>{2, 4, 3}));
  const double normaliser = std::log(1 + 2 * std::exp(2.0) + std::exp(1.0));
  EXPECT_NEAR(logits.logprob(4), 2 - normaliser, 1e-12);
  EXPECT_NEAR(logits.logprob(0), -normaliser, 1e-12);
  EXPECT_TRUE(std::isinf(logits.values()[1]));
  EXPECT_EQ(row[1], 9) << "the decoder's own row must stay as it is";
  logits.take(row, {});
  EXPECT_EQ(logits.likeliest().front(), 5) << "nothing of the last row may stay";
}

TEST(FilteredLogits, HaveNoLikeliestTokenWhereNoneHasAProbability) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const LogitFilters filters;
  FilteredLogits logits(filters, 2);
  logits.take(std::vector<float>{1, 2}, {});
  EXPECT_EQ(logits.likeliest().size(), 2u);
  logits.take(std::vector<float>{-kInfinity, -kInfinity}, {});
  EXPECT_TRUE(logits.likeliest().empty());
  logits.take(std::vector<float>{1, kInfinity}, {});
  EXPECT_TRUE(logits.likeliest().empty());
}

}  // namespace
}  // namespace tessera::whisper
