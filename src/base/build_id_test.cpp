#include "src/base/build_id.h"

#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(BuildId, IsHexadecimalAndTheSameEveryTime) {
  const std::string id = build_id();
  EXPECT_EQ(id, build_id());
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  if (id.empty()) GTEST_SKIP() << "linked without an id";
  EXPECT_GE(id.size(), 16u);  // GNU ld makes 40 digits, lld 16
}

}  // namespace
}  // namespace tessera::base
