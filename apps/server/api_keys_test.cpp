#include "apps/server/api_keys.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tessera::server {
namespace {

TEST(ApiKeys, AnyOfThemOpens) {
  const std::vector<std::string> keys = {"first", "second key"};
  EXPECT_TRUE(is_authorized("Bearer first", keys));
  EXPECT_TRUE(is_authorized("bearer second key", keys));
  for (const char* header :
       {"", "Bearer", "Bearer ", "first", "Basic first", "Bearer firs", "Bearer first ",
        "Bearer firstfirst", "Bearer First", "Bearer second", "Bearer  first"}) {
    EXPECT_FALSE(is_authorized(header, keys)) << header;
  }
  EXPECT_FALSE(is_authorized("Bearer ", {}));
}

TEST(ApiKeys, AnEmptyKeyOpensToNobodyElse) { EXPECT_FALSE(is_authorized("Bearer x", {""})); }

}  // namespace
}  // namespace tessera::server
