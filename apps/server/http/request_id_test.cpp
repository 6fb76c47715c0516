#include "apps/server/http/request_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tessera::server {
namespace {

TEST(RequestId, PlainOnesStay) {
  for (const std::string& id :
       {std::string("a"), std::string("job-17.B_c"), std::string(128, 'x')}) {
    EXPECT_EQ(request_id(id), id);
  }
}

TEST(RequestId, OthersAreReplaced) {
  for (const std::string& id :
       {std::string(), std::string(129, 'x'), std::string("a\r\nX-Evil: 1"), std::string("a b"),
        std::string("a\0b", 3), std::string("ä"), std::string("<b>")}) {
    EXPECT_THAT(request_id(id), testing::MatchesRegex("req-[0-9a-f]{32}"));
  }
  EXPECT_NE(request_id(""), request_id(""));
}

}  // namespace
}  // namespace tessera::server
