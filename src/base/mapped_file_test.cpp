#include "src/base/mapped_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tessera/error.h"

namespace tessera::base {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "mapped_file_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(MappedFileTest, ShowsTheBytes) {
  std::ofstream(folder_ / "a", std::ios::binary) << std::string("x\0y", 3);
  const MappedFile file(folder_ / "a");
  ASSERT_EQ(file.bytes().size(), 3u);
  EXPECT_EQ(file.bytes()[2], std::byte{'y'});
}

TEST_F(MappedFileTest, AnEmptyFileIsAnEmptySpan) {
  std::ofstream(folder_ / "a");
  EXPECT_TRUE(MappedFile(folder_ / "a").bytes().empty());
}

TEST_F(MappedFileTest, MovesAndKeepsTheBytes) {
  std::ofstream(folder_ / "a") << "1";
  std::ofstream(folder_ / "b") << "22";
  MappedFile a(folder_ / "a");
  a = MappedFile(folder_ / "b");
  const MappedFile moved(std::move(a));
  EXPECT_EQ(moved.bytes().size(), 2u);
}

TEST_F(MappedFileTest, SaysWhatIsWrongAndWhere) {
  for (const auto& [path, reason] : {std::pair(folder_ / "none", "No such file"),
                                     std::pair(folder_, "expected a regular file")}) {
    try {
      const MappedFile file(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_file);
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace tessera::base
