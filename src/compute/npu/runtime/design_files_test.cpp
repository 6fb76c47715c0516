#include "src/compute/npu/runtime/design_files.h"

#include <gmock/gmock.h>

#include "src/compute/npu/runtime/runtime_folder_test.h"

namespace tessera::compute::npu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kWords("\1\0\0\0\2\1\0\0", 8);

void write_design(const RuntimeFolder& folder) {
  folder.write(kXclbinFile, "xclbin2 and more");
  folder.write(kInstructionsFile, kWords);
  folder.write(kPlanFile, "module {}");
  folder.write(kManifestFile,
               "format 1\nplan one\nxclbin_bytes 16\ninstructions_bytes 8\nplan_bytes 9\n");
}

TEST(DesignFiles, AreReadFromAFolder) {
  const RuntimeFolder folder;
  write_design(folder);
  const DesignFiles files = read_design(folder.path());
  EXPECT_EQ(files.xclbin, folder.path() / kXclbinFile);
  EXPECT_THAT(files.instructions, ElementsAre(1, 258));
  EXPECT_EQ(files.mlir, "module {}");
  EXPECT_EQ(read_design(files.xclbin, folder.path() / kInstructionsFile).mlir, std::nullopt);
}

TEST(DesignFiles, EachMissingOneIsNamed) {
  for (const char* name : {kXclbinFile, kInstructionsFile, kPlanFile, kManifestFile}) {
    const RuntimeFolder folder;
    write_design(folder);
    std::filesystem::remove(folder.path() / name);
    const std::string message = complaint_of([&] { read_design(folder.path()); });
    EXPECT_THAT(message, HasSubstr("bad_file: npu: missing "));
    EXPECT_THAT(message, HasSubstr((folder.path() / name).string()));
  }
  EXPECT_THAT(complaint_of([] { read_design("/no.xclbin", "/no.bin"); }),
              HasSubstr("missing xclbin: there is no file /no.xclbin"));
}

TEST(DesignFiles, OfTwoBuildsAreRefused) {
  const RuntimeFolder folder;
  write_design(folder);
  folder.write(kXclbinFile, "xclbin2 of another build");
  EXPECT_THAT(complaint_of([&] { read_design(folder.path()); }),
              HasSubstr("has 24 bytes and was built with 16"));
  write_design(folder);
  folder.write(kManifestFile, "format 2\n");
  EXPECT_THAT(complaint_of([&] { read_design(folder.path()); }),
              HasSubstr("expected format 1, got '2'"));
  folder.write(kManifestFile, std::string("\xff\0no manifest", 13));
  EXPECT_THAT(complaint_of([&] { read_design(folder.path()); }), HasSubstr("got ''"));
}

TEST(DesignFiles, InstructionsAreWholeWords) {
  const RuntimeFolder folder;
  write_design(folder);
  for (const std::string& bytes : {std::string(), std::string("12345")}) {
    const auto file = folder.write("some.bin", bytes);
    EXPECT_THAT(complaint_of([&] { read_design(folder.path() / kXclbinFile, file); }),
                HasSubstr("words of 4 bytes, got " + std::to_string(bytes.size())));
  }
}

}  // namespace
}  // namespace tessera::compute::npu
