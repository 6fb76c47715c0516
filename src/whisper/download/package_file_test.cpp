#include "src/whisper/download/package_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "src/whisper/download/sha256.h"
#include "src/whisper/test_archive.h"
#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;

std::string sum_of(const std::string& bytes) {
  Sha256 sum;
  sum.update(as_bytes(bytes));
  return sum.finish();
}

/// A package whose archive is in the folder already, so that no network is asked.
class PackageFileTest : public testing::Test {
 protected:
  std::string download() {
    const PackageFile package = {.name = "example",
                                 .publisher = "https://tessera.invalid",
                                 .path = "/packages/example.whl",
                                 .archive_sha256 = archive_sum_.c_str(),
                                 .member = "example/data/weights",
                                 .sha256 = sum_.c_str(),
                                 .bytes = file_.size(),
                                 .file = "weights.bin"};
    return download_package_file(package, folder_.path(), "", {}, {});
  }
  bool is_there(const char* name) const { return std::filesystem::exists(folder_.path() / name); }

  TestFolder folder_;
  std::string file_ = "the weights, the weights, the weights";
  std::string archive_ =
      zip_bytes({{"readme", "hello"}, deflated_entry("example/data/weights", file_)});
  std::string sum_ = sum_of(file_);
  std::string archive_sum_ = sum_of(archive_);
};

TEST_F(PackageFileTest, TakesTheFileOutAndRemovesTheArchive) {
  folder_.write("example.whl", archive_);
  const std::string path = download();
  EXPECT_EQ(path, (folder_.path() / "weights.bin").string());
  std::ifstream in(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), file_);
  EXPECT_FALSE(is_there("example.whl"));
  EXPECT_EQ(download(), path) << "it is there, so nothing is fetched";
}

TEST_F(PackageFileTest, AnotherFileInTheArchiveIsRefused) {
  folder_.write("example.whl", archive_);
  const std::string wanted = sum_ = sum_of("other weights");
  EXPECT_THAT(error_of([&] { download(); }),
              HasSubstr("example.whl: example/data/weights: expected SHA-256 " + wanted + ", got " +
                        sum_of(file_)));
  EXPECT_FALSE(is_there("weights.bin"));
}

TEST_F(PackageFileTest, AnArchiveWithoutTheFileIsRefused) {
  archive_ = zip_bytes({{"readme", "hello"}});
  archive_sum_ = sum_of(archive_);
  folder_.write("example.whl", archive_);
  EXPECT_THAT(error_of([&] { download(); }),
              HasSubstr("example.whl: expected example/data/weights in it, found none"));
}

TEST(PackageFile, TheAddressIsThePublicOne) {
  EXPECT_STREQ(kSileroVad.publisher, "https://files.pythonhosted.org");
  EXPECT_TRUE(std::string(kSileroVad.path).ends_with("/silero_vad-6.2.3-py3-none-any.whl"));
  EXPECT_EQ(parse_sha256(kSileroVad.archive_sha256), kSileroVad.archive_sha256);
  EXPECT_EQ(parse_sha256(kSileroVad.sha256), kSileroVad.sha256);
}

}  // namespace
}  // namespace tessera::whisper
