#include "src/whisper/download/web_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(const std::string& text, PlainHttp plain_http = PlainHttp::loopback_only) {
  return error_of([&] { parse_web_address(text, plain_http); });
}

TEST(WebAddress, HasItsParts) {
  const WebAddress address = parse_web_address(
      "https://me:secret@Models.Example:8443/a/ggml%2Dbase.bin?token=x", PlainHttp::loopback_only);
  EXPECT_EQ(address.host, "models.example");
  EXPECT_EQ(address.file_name, "ggml-base.bin");
  EXPECT_TRUE(address.encrypted);
  EXPECT_THAT(address.url, HasSubstr("me:secret@"));
  EXPECT_THAT(address.url, HasSubstr("?token=x"));
  EXPECT_EQ(address.shown, "https://Models.Example:8443/a/ggml%2Dbase.bin");
}

TEST(WebAddress, PlainHttpIsForThisMachine) {
  for (const char* url : {"http://localhost/a", "http://127.0.0.1:8000/a", "http://127.1.2.3/a",
                          "http://[::1]:80/a", "http://LOCALHOST/a", "http://0x7f000001/a"}) {
    EXPECT_EQ(refusal(url), "") << url;
    EXPECT_FALSE(parse_web_address(url, PlainHttp::loopback_only).encrypted);
  }
  for (const char* url :
       {"http://example.com/a", "http://127.0.0.1.example.com/a", "http://localhost.example.com/a",
        "http://128.0.0.1/a", "http://[::2]/a", "http://127.0.0.1@example.com/a",
        "http://example.com/127.0.0.1", "http://localhost:x@example.com/"}) {
    EXPECT_THAT(refusal(url), StartsWith("bad_argument: expected an https address")) << url;
    EXPECT_EQ(refusal(url, PlainHttp::allowed), "") << url;
  }
}

TEST(WebAddress, OtherThingsAreRefused) {
  for (const char* text :
       {"", "base", "file:///etc/passwd", "ftp://example.com/a", "https://", "//example.com/a",
        "https://example.com/a#b", "https://example.com/a b", "https://example.com/\r\nX: 1",
        "data:text/plain,a", "https://exa\x7fmple.com/"}) {
    EXPECT_THAT(refusal(text, PlainHttp::allowed), StartsWith("bad_argument: expected an ad"))
        << text;
  }
  EXPECT_THAT(refusal("http://me:secret@example.com/a"), testing::Not(HasSubstr("secret")));
}

TEST(WebAddress, MirrorTakesThePlaceOfTheServer) {
  EXPECT_EQ(address_on_mirror("https://mirror.example", "/a/b.pt").url,
            "https://mirror.example/a/b.pt");
  EXPECT_EQ(address_on_mirror("https://mirror.example/copy//", "/a/b.pt").url,
            "https://mirror.example/copy/a/b.pt");
  EXPECT_EQ(address_on_mirror("http://mirror.example:81/", "/a/b.pt").url,
            "http://mirror.example:81/a/b.pt");
  EXPECT_THAT(error_of([] { address_on_mirror("https://mirror.example/?x=1", "/a"); }),
              HasSubstr("without '?'"));
  EXPECT_THAT(error_of([] { address_on_mirror("/srv/mirror", "/a"); }),
              StartsWith("bad_argument: "));
}

}  // namespace
}  // namespace tessera::whisper
