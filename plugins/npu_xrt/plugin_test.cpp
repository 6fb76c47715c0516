// The plugin's code, compiled against fake_xrt instead of XRT: what it asks XRT for, and what it
// makes of the answers. Whether XRT means the same by them, only a machine with the chip tells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "plugins/npu_xrt/fake_xrt/fake_xrt.h"
#include "src/compute/npu/runtime/npu_plugin.h"

extern "C" const tessera_npu_functions* tessera_npu_plugin();

namespace tessera::npu_xrt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Two buffers: 64 bytes, and 32 of which a launch is given 16.
class Plugin : public testing::Test {
 protected:
  void SetUp() override { xrt::machine = &machine_; }
  void TearDown() override {
    if (context_ != nullptr) functions_.close(context_);
    EXPECT_EQ(machine_.contexts, 0);
    xrt::machine = nullptr;
  }

  std::string text() const { return text_.data(); }

  tessera_npu_status open(const char* path = "some.xclbin") {
    const tessera_npu_design design = {path, instructions_.data(), instructions_.size(),
                                       bytes_.data(), bytes_.size()};
    return functions_.open(&design, &context_, text_.data(), text_.size());
  }

  void send(int value) {
    std::fill_n(static_cast<unsigned char*>(functions_.buffer(context_, 0)), 64, value);
    EXPECT_EQ(functions_.sync(context_, 0, TESSERA_NPU_TO_DEVICE, text_.data(), text_.size()),
              TESSERA_NPU_OK);
  }
  std::vector<int> fetch() {
    EXPECT_EQ(functions_.sync(context_, 0, TESSERA_NPU_FROM_DEVICE, text_.data(), text_.size()),
              TESSERA_NPU_OK);
    const auto* memory = static_cast<const unsigned char*>(functions_.buffer(context_, 0));
    return {memory[0], memory[63]};
  }

  tessera_npu_status run(std::size_t launches, bool as_list, std::uint32_t timeout_ms = 100) {
    static constexpr std::uint64_t kOffsets[][2] = {{0, 0}, {0, 16}};
    static constexpr std::uint64_t kBytes[] = {64, 16};
    std::vector<tessera_npu_launch> list;
    for (std::size_t i = 0; i < launches; ++i) list.push_back({kOffsets[i % 2], kBytes});
    machine_.log.clear();
    return functions_.run(context_, list.data(), list.size(), as_list ? 1 : 0, timeout_ms,
                          text_.data(), text_.size());
  }

  xrt::FakeMachine machine_;
  const tessera_npu_functions& functions_ = *tessera_npu_plugin();
  std::vector<std::uint32_t> instructions_ = {7, 8, 9};
  std::vector<std::uint64_t> bytes_ = {64, 32};
  tessera_npu_context* context_ = nullptr;
  std::array<char, 256> text_ = {};
};

TEST_F(Plugin, FindsTheDevice) {
  EXPECT_EQ(functions_.version, TESSERA_NPU_PLUGIN_VERSION);
  EXPECT_EQ(functions_.probe(text_.data(), text_.size()), TESSERA_NPU_OK);
  EXPECT_EQ(text(), "fake Phoenix, XRT 0.0");
  machine_.devices = 0;
  EXPECT_EQ(functions_.probe(text_.data(), text_.size()), TESSERA_NPU_NO_DEVICE);
  EXPECT_EQ(text(), "XRT finds no device");
  EXPECT_EQ(open(), TESSERA_NPU_NO_DEVICE);
  machine_.devices = 1;
  machine_.device_opens = false;
  EXPECT_EQ(open(), TESSERA_NPU_NO_DEVICE);
  EXPECT_EQ(text(), "XRT cannot open the device: open: Permission denied");
}

TEST_F(Plugin, AsksTheKernelForTheGroupOfEachBuffer) {
  ASSERT_EQ(open(), TESSERA_NPU_OK) << text();
  EXPECT_THAT(machine_.log, ElementsAre("context", "kernel MLIR_AIE_sequence", "cacheable 12",
                                        "host_only 64", "host_only 32"));
  const auto* memory = static_cast<const unsigned char*>(functions_.buffer(context_, 1));
  EXPECT_TRUE(std::all_of(memory, memory + 32, [](unsigned char byte) { return byte == 0; }));
  EXPECT_EQ(functions_.buffer(context_, 2), nullptr);
  // A launch whose buffers were of other groups would throw (fake_xrt).
  EXPECT_EQ(run(1, true), TESSERA_NPU_OK) << text();
}

TEST_F(Plugin, RunsLaunchesOneByOneAndAsAList) {
  ASSERT_EQ(open(), TESSERA_NPU_OK);
  send(5);
  const std::string launch = "launch opcode 3, 3 words from 7, 64, 16";
  ASSERT_EQ(run(2, false), TESSERA_NPU_OK) << text();
  EXPECT_THAT(machine_.log, ElementsAre(launch, "wait some", launch, "wait some"));
  EXPECT_THAT(fetch(), ElementsAre(7, 7));
  ASSERT_EQ(run(3, true), TESSERA_NPU_OK) << text();
  EXPECT_THAT(machine_.log, ElementsAre("list of 3", launch, launch, launch));
  EXPECT_THAT(fetch(), ElementsAre(10, 10));
  EXPECT_EQ(run(0, true), TESSERA_NPU_OK);
}

TEST_F(Plugin, AfterATimeoutNamesTheStateAndHasANewContext) {
  ASSERT_EQ(open(), TESSERA_NPU_OK);
  send(1);
  machine_.outcomes = {ERT_CMD_STATE_COMPLETED, ERT_CMD_STATE_RUNNING};
  EXPECT_EQ(run(2, false, 1500), TESSERA_NPU_TIMEOUT);
  EXPECT_EQ(text(),
            "launch 2 of 2 has not ended within 1500 ms: state running (ERT state 3); the context "
            "was made anew");
  EXPECT_EQ(machine_.most_contexts, 1) << "the old one must go before the new one comes";
  ASSERT_EQ(run(2, false), TESSERA_NPU_OK) << text();
  machine_.outcomes = {ERT_CMD_STATE_RUNNING};
  EXPECT_EQ(run(2, true, 50), TESSERA_NPU_TIMEOUT);
  EXPECT_THAT(text(), StartsWith("2 launches have not ended within 50 ms: state submitted"));
  ASSERT_EQ(run(2, true), TESSERA_NPU_OK) << text();
  EXPECT_EQ(machine_.most_contexts, 1);
}

TEST_F(Plugin, ALaunchThatEndsBadlyIsNamed) {
  ASSERT_EQ(open(), TESSERA_NPU_OK);
  for (const bool as_list : {false, true}) {
    machine_.outcomes = {ERT_CMD_STATE_COMPLETED, ERT_CMD_STATE_ABORT};
    EXPECT_EQ(run(3, as_list), TESSERA_NPU_FAILED);
    EXPECT_THAT(text(), StartsWith("launch 2 of 3 ended in state aborted (ERT state 6)"));
    EXPECT_THAT(text(), HasSubstr("; the context was made anew"));
  }
  // The firmware's own timeout, which is not ours.
  machine_.outcomes = {ERT_CMD_STATE_TIMEOUT};
  EXPECT_EQ(run(1, false), TESSERA_NPU_TIMEOUT);
  EXPECT_THAT(text(), HasSubstr("state timeout (ERT state 8)"));
}

TEST_F(Plugin, WithoutANewContextTheNextRunTriesAgain) {
  ASSERT_EQ(open(), TESSERA_NPU_OK);
  machine_.outcomes = {ERT_CMD_STATE_ERROR};
  machine_.gives_contexts = false;
  EXPECT_EQ(run(1, false), TESSERA_NPU_FAILED);
  EXPECT_THAT(text(), HasSubstr("launch 1 of 1 ended in state error (ERT state 5); and no new "
                                "context: the driver gives no context"));
  EXPECT_EQ(run(1, false), TESSERA_NPU_WRONG_FIRMWARE);
  machine_.gives_contexts = true;
  EXPECT_EQ(run(1, false), TESSERA_NPU_OK) << text();
}

TEST_F(Plugin, RefusesDesignsThatDoNotFit) {
  EXPECT_EQ(open("bad.xclbin"), TESSERA_NPU_BAD_FILE);
  EXPECT_EQ(text(), "bad.xclbin: not an xclbin: no such axlf");
  machine_.kernel_name = "vadd";
  EXPECT_EQ(open(), TESSERA_NPU_BAD_FILE);
  EXPECT_EQ(text(), "some.xclbin: expected a kernel MLIR_AIE..., found vadd");
  machine_.kernel_name = "";
  EXPECT_EQ(open(), TESSERA_NPU_BAD_FILE);
  EXPECT_THAT(text(), HasSubstr("found none"));
  machine_.kernel_name = "MLIR_AIE";
  machine_.kernel_arguments = 4;
  EXPECT_EQ(open(), TESSERA_NPU_BAD_FILE);
  EXPECT_EQ(text(), "some.xclbin: expected a kernel of 5 arguments, MLIR_AIE has 4");
  machine_.kernel_arguments = 8;
  machine_.gives_contexts = false;
  EXPECT_EQ(open(), TESSERA_NPU_WRONG_FIRMWARE);
  EXPECT_THAT(text(), HasSubstr("CREATE_HWCTX failed (err=-22)"));
}

TEST_F(Plugin, RefusesArgumentsThatMakeNoSense) {
  bytes_ = {1, 1, 1, 1, 1, 1};
  EXPECT_EQ(open(), TESSERA_NPU_BAD_ARGUMENT);
  EXPECT_EQ(text(), "expected 1 to 5 buffers, got 6");
  bytes_ = {64, 0};
  EXPECT_EQ(open(), TESSERA_NPU_BAD_ARGUMENT);
  bytes_ = {64, 32};
  instructions_.clear();
  EXPECT_EQ(open(), TESSERA_NPU_BAD_ARGUMENT);
  instructions_ = {1};
  ASSERT_EQ(open(), TESSERA_NPU_OK);
  EXPECT_EQ(run(1, false, 0), TESSERA_NPU_BAD_ARGUMENT);
  EXPECT_EQ(functions_.sync(context_, 2, TESSERA_NPU_TO_DEVICE, text_.data(), text_.size()),
            TESSERA_NPU_BAD_ARGUMENT);
  constexpr std::uint64_t kFar[] = {64, 0}, kBytes[] = {1, 32};
  const tessera_npu_launch launch = {kFar, kBytes};
  EXPECT_EQ(functions_.run(context_, &launch, 1, 0, 10, text_.data(), text_.size()),
            TESSERA_NPU_BAD_ARGUMENT);
  EXPECT_EQ(text(), "a launch wants bytes 64 to 65 of buffer 0, which has 64");
  // A text that does not fit is cut and still ends.
  std::array<char, 8> little = {};
  EXPECT_EQ(functions_.run(context_, &launch, 1, 0, 10, little.data(), little.size()),
            TESSERA_NPU_BAD_ARGUMENT);
  EXPECT_EQ(std::string(little.data()), "a launc");
}

}  // namespace
}  // namespace tessera::npu_xrt
