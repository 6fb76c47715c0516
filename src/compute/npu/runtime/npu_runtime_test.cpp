#include "src/compute/npu/runtime/npu_runtime.h"

#include <gmock/gmock.h>

#include "src/compute/npu/runtime/runtime_folder_test.h"

namespace tessera::compute::npu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::filesystem::path kFakes = TESSERA_FAKE_PLUGINS;  ///< a folder of libraries

std::string complaint(const PluginPlaces& places) {
  return complaint_of([&] { NpuPlugin::load(places); });
}

TEST(NpuPlugin, WithoutOneSaysWhatToInstall) {
  EXPECT_THAT(complaint({{}, {"/nowhere"}}),
              AllOf(StartsWith("unsupported: npu: the plugin libtessera-npu-xrt.so was not found"),
                    HasSubstr("install XRT 2.19"), HasSubstr("libxrt-npu2"),
                    HasSubstr("$TESSERA_NPU_PLUGIN")));
  EXPECT_THAT(complaint({"/nowhere/plugin.so", {}}),
              HasSubstr("$TESSERA_NPU_PLUGIN names /nowhere/plugin.so, which is not there"));
}

TEST(NpuPlugin, WhatDoesNotLoadIsNotPassedOver) {
  const RuntimeFolder folder;
  folder.write(kPluginFile, "no library");
  EXPECT_THAT(complaint({{}, {folder.path(), kFakes / "good"}}),
              AllOf(StartsWith("unsupported: npu: the plugin does not load: " +
                               (folder.path() / kPluginFile).string()),
                    HasSubstr("install XRT")));
}

TEST(NpuPlugin, RefusesOtherVersionsAndOtherLibraries) {
  EXPECT_THAT(complaint({kFakes / "later" / kPluginFile, {}}),
              HasSubstr("expected a plugin of version 1, got 99: install the plugin and the "
                        "library of one build"));
  EXPECT_THAT(complaint({kFakes / "none" / kPluginFile, {}}), HasSubstr("is no plugin of ours: "));
}

TEST(NpuPlugin, IsFoundInTheFirstFolderThatHasOne) {
  const NpuPlugin plugin = NpuPlugin::load({{}, {"/nowhere", kFakes / "good", kFakes / "later"}});
  EXPECT_EQ(plugin.path(), (kFakes / "good" / kPluginFile).string());
  EXPECT_EQ(probe_npu(plugin, {HostNpu::State::ready, "1.5.5.391", ""}),
            "a fake NPU, firmware 1.5.5.391");
  EXPECT_EQ(probe_npu(plugin, {HostNpu::State::ready, "", ""}), "a fake NPU");
  // What the kernel says comes first.
  const std::string message = complaint_of([&] {
    probe_npu(plugin, {HostNpu::State::absent, "", "there is none"});
  });
  EXPECT_EQ(message, "unsupported: npu: there is none");
}

TEST(NpuPlugin, IsLookedForBesideTheLibraryAndInLib) {
  const PluginPlaces places = plugin_places();
  ASSERT_EQ(places.folders.size(), 2U);
  EXPECT_TRUE(std::filesystem::exists(places.folders[0]));
  EXPECT_EQ(places.folders[1], places.folders[0].parent_path() / "lib");
}

TEST(NpuPlugin, SaysBothThatItIsMissingAndThatTheDeviceIs) {
  const std::string message = complaint_of([] {
    load_npu_plugin({{}, {}}, {HostNpu::State::absent, "", "there is no NPU"});
  });
  EXPECT_THAT(message, AllOf(HasSubstr("was not found"), HasSubstr("; besides, there is no NPU")));
}

TEST(NpuPlugin, StatusesAreErrors) {
  const auto error = [](tessera_npu_status status) {
    return complaint_of([&] { require_ok(status, "text"); });
  };
  EXPECT_EQ(error(TESSERA_NPU_OK), "");
  EXPECT_THAT(error(TESSERA_NPU_NO_DEVICE), StartsWith("unsupported: npu: no device: text"));
  EXPECT_THAT(error(TESSERA_NPU_WRONG_FIRMWARE),
              StartsWith("unsupported: npu: wrong firmware or driver: text"));
  EXPECT_EQ(error(TESSERA_NPU_BAD_FILE), "bad_file: npu: text");
  EXPECT_EQ(error(TESSERA_NPU_BAD_ARGUMENT), "bad_argument: npu: text");
  EXPECT_EQ(error(TESSERA_NPU_TIMEOUT), "device_failed: npu: text");
  EXPECT_EQ(error(TESSERA_NPU_FAILED), "device_failed: npu: text");
  EXPECT_EQ(error(static_cast<tessera_npu_status>(7)), "device_failed: npu: text");
}

}  // namespace
}  // namespace tessera::compute::npu
