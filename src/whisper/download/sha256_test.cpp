#include "src/whisper/download/sha256.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string sha256_of(std::string_view text) {
  Sha256 sha;
  sha.update(std::as_bytes(std::span(text)));
  return sha.finish();
}

// The examples of NIST (FIPS 180-2, appendix B, and the CAVP's short messages).
TEST(Sha256, AnswersAsNistDoes) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesMakeTheWhole) {
  const std::string text(1500, 'x');
  for (const std::size_t piece : {1U, 63U, 64U, 65U, 1500U}) {
    Sha256 sha;
    for (std::size_t i = 0; i < text.size(); i += piece) {
      sha.update(std::as_bytes(std::span(text).subspan(i, std::min(piece, text.size() - i))));
    }
    EXPECT_EQ(sha.finish(), sha256_of(text)) << piece;
  }
}

TEST(Sha256, OfFiles) {
  const TestFolder folder;
  EXPECT_EQ(sha256_of_file(folder.write("empty", "")), sha256_of(""));
  const std::string longer_than_a_block((std::size_t{1} << 20) + 1, 'y');
  EXPECT_EQ(sha256_of_file(folder.write("long", longer_than_a_block)),
            sha256_of(longer_than_a_block));
  EXPECT_THAT(error_of([&] { sha256_of_file(folder.path() / "none"); }),
              HasSubstr("none: cannot read: No such file"));
  EXPECT_THAT(error_of([&] { sha256_of_file(folder.path()); }), StartsWith("bad_file: "));
}

TEST(Sha256, OfFilesCanBeStopped) {
  const TestFolder folder;
  std::stop_source source;
  source.request_stop();
  EXPECT_THAT(error_of([&] { sha256_of_file(folder.write("file", "x"), source.get_token()); }),
              StartsWith("cancelled: "));
}

TEST(Sha256, IsReadInCapitalsToo) {
  const std::string digits = sha256_of("abc");
  std::string capitals = digits;
  for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(parse_sha256(capitals), digits);
  for (const std::string& wrong : {std::string(), digits.substr(1), digits + "0",
                                   "g" + digits.substr(1), " " + digits.substr(1)}) {
    EXPECT_THAT(error_of([&] { parse_sha256(wrong); }),
                StartsWith("bad_argument: sha256: expected 64 hexadecimal digits"));
  }
}

}  // namespace
}  // namespace tessera::whisper
