#include "src/base/build_id.h"

#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(BuildId, IsHexadecimalAndTheSameEveryTime) {
  const std::string id = build_id();
  EXPECT_EQ(id, build_id());
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  // GNU ld makes 40 digits, lld 16; a linker may be told to make none.
  EXPECT_TRUE(id.empty() || id.size() >= 16) << id;
}

}  // namespace
}  // namespace tessera::base
