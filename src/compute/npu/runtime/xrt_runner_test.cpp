// The runner against a plugin in this process that has two sides of every buffer, as the real one:
// what is not sent does not arrive.
#include "src/compute/npu/runtime/xrt_runner.h"

#include <gmock/gmock.h>

#include <cstring>

#include "src/compute/npu/engine/simulator_runner.h"
#include "src/compute/npu/mlir/emit_mlir.h"
#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "src/compute/npu/runtime/runtime_folder_test.h"

struct tessera_npu_context {
  std::vector<std::vector<std::byte>> host, device;
};

namespace tessera::compute::npu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What the plugin was asked for, and what it shall answer. Its functions have no other place.
struct Fake {
  std::vector<std::string> log;
  tessera_npu_status next_run = TESSERA_NPU_OK;
  tessera_npu_status open = TESSERA_NPU_OK;
  int contexts = 0;
};
Fake* fake = nullptr;

tessera_npu_status fake_open(const tessera_npu_design* design, tessera_npu_context** context,
                             char* text, size_t text_bytes) {
  fake->log.push_back("open " + std::string(design->xclbin) + " " +
                      std::to_string(design->instruction_words) + " words");
  if (fake->open != TESSERA_NPU_OK) {
    std::snprintf(text, text_bytes, "XRT finds no device");
    return fake->open;
  }
  *context = new tessera_npu_context;
  for (std::size_t i = 0; i < design->buffers; ++i) {
    (*context)->host.emplace_back(design->buffer_bytes[i]);
    (*context)->device.emplace_back(design->buffer_bytes[i], std::byte{0xEE});
  }
  ++fake->contexts;
  return TESSERA_NPU_OK;
}

void* fake_buffer(tessera_npu_context* context, size_t index) {
  return context->host[index].data();
}

tessera_npu_status fake_sync(tessera_npu_context* context, size_t index,
                             tessera_npu_direction direction, char*, size_t) {
  const bool sends = direction == TESSERA_NPU_TO_DEVICE;
  fake->log.push_back((sends ? "send " : "fetch ") + std::to_string(index));
  (sends ? context->device : context->host)[index] =
      (sends ? context->host : context->device)[index];
  return TESSERA_NPU_OK;
}

/// Each launch: its part of the second buffer is that of the first plus one.
tessera_npu_status fake_run(tessera_npu_context* context, const tessera_npu_launch* launches,
                            size_t count, int as_list, uint32_t timeout_ms, char* text,
                            size_t text_bytes) {
  fake->log.push_back("run " + std::to_string(count) + (as_list != 0 ? " listed " : " single ") +
                      std::to_string(timeout_ms) + " ms");
  if (fake->next_run != TESSERA_NPU_OK) {
    std::snprintf(text, text_bytes, "launch 2 of 3: state running (ERT state 3)");
    return std::exchange(fake->next_run, TESSERA_NPU_OK);
  }
  for (const tessera_npu_launch& launch : std::span(launches, count)) {
    for (std::size_t i = 0; i < launch.bytes[0]; ++i) {
      context->device[1][launch.offsets[1] + i] = static_cast<std::byte>(
          std::to_integer<int>(context->device[0][launch.offsets[0] + i]) + 1);
    }
  }
  return TESSERA_NPU_OK;
}

void fake_close(tessera_npu_context* context) {
  delete context;
  --fake->contexts;
}

constexpr tessera_npu_functions kFunctions = {
    TESSERA_NPU_PLUGIN_VERSION, nullptr, fake_open, fake_buffer, fake_sync, fake_run, fake_close};

void add_one_to_all(Places places, Numbers) {
  for (std::size_t i = 0; i < 64; ++i) {
    places[1][i] = static_cast<std::byte>(std::to_integer<int>(places[0][i]) + 1);
  }
}

/// Three launches, each of the next 64 bytes.
ArrayPlan three_launches() {
  ArrayPlan plan =
      tile_parallel_plan({stand_in("one", {64, 64}, 0, add_one_to_all), {}, 64, 64, 1}, 1);
  plan.launches = 3;
  for (HostBuffer& buffer : plan.host_buffers) buffer.launch_stride_bytes = 64;
  return plan;
}

class XrtRunnerTest : public testing::Test {
 protected:
  void SetUp() override { fake = &fake_; }
  void TearDown() override {
    fake = nullptr;
    EXPECT_EQ(fake_.contexts, 0);
  }

  static XrtRunner runner(XrtOptions options = {}, std::optional<std::string> mlir = {}) {
    return {NpuPlugin(kFunctions, "here"), "a fake NPU",
            DesignFiles{"some.xclbin", {1, 2, 3}, std::move(mlir)}, options};
  }

  Fake fake_;
};

void fill_buffer(std::span<std::byte> bytes, int first) {
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(first++);
}

/// What both runners must do: 192 bytes plus one each.
void expect_results(LoadedPlan& loaded, int first) {
  const std::span<const std::byte> out = loaded.read(1);
  ASSERT_EQ(out.size(), 192U);
  for (std::size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(out[i], static_cast<std::byte>(first + static_cast<int>(i) + 1)) << i;
  }
}

TEST_F(XrtRunnerTest, GivesEachLaunchItsPartOfTheBuffers) {
  XrtRunner xrt = runner({std::chrono::milliseconds(1500), true}, emit_mlir(three_launches()));
  const auto loaded = xrt.load(three_launches());
  fill_buffer(loaded->write(0), 5);
  loaded->run({});
  expect_results(*loaded, 5);
  EXPECT_THAT(fake_.log, ElementsAre("open some.xclbin 3 words", "send 0", "send 1",
                                     "run 3 listed 1500 ms", "fetch 1"));
}

TEST_F(XrtRunnerTest, TheSimulatorDoesTheSame) {
  SimulatorRunner simulator(2);
  const auto loaded = simulator.load(three_launches());
  for (const int first : {5, 90}) {
    fill_buffer(loaded->write(0), first);
    loaded->run({});
    expect_results(*loaded, first);
  }
}

TEST_F(XrtRunnerTest, SendsAndFetchesOnlyWhatChanged) {
  XrtRunner xrt = runner({.as_list = false});
  const auto loaded = xrt.load(three_launches());
  fill_buffer(loaded->write(0), 1);
  loaded->run({});
  fake_.log.clear();
  loaded->run({});
  EXPECT_THAT(fake_.log, ElementsAre("run 3 single 10000 ms"));
  fill_buffer(loaded->write(0), 77);
  loaded->run({});
  expect_results(*loaded, 77);
  expect_results(*loaded, 77);
  EXPECT_THAT(fake_.log, ElementsAre("run 3 single 10000 ms", "fetch 0", "send 0",
                                     "run 3 single 10000 ms", "fetch 1"));
}

TEST_F(XrtRunnerTest, ALaunchThatFailsSaysItsStateAndTheNextRunIsWhole) {
  XrtRunner xrt = runner();
  const auto loaded = xrt.load(three_launches());
  fill_buffer(loaded->write(0), 9);
  fake_.next_run = TESSERA_NPU_TIMEOUT;
  EXPECT_EQ(complaint_of([&] { loaded->run({}); }),
            "device_failed: npu: launch 2 of 3: state running (ERT state 3)");
  fake_.log.clear();
  loaded->run({});
  EXPECT_THAT(fake_.log, ElementsAre("send 0", "send 1", "run 3 listed 10000 ms"));
  expect_results(*loaded, 9);
}

TEST_F(XrtRunnerTest, StopsBeforeItBegins) {
  XrtRunner xrt = runner();
  const auto loaded = xrt.load(three_launches());
  fake_.log.clear();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(complaint_of([&] { loaded->run(stop.get_token()); }), "cancelled: npu: stopped");
  EXPECT_TRUE(fake_.log.empty());
}

TEST_F(XrtRunnerTest, RefusesADesignOfAnotherPlan) {
  ArrayPlan other = three_launches();
  other.sequence[0].access.offset_bytes += 64;
  other.host_buffers[0].bytes += 64;
  XrtRunner xrt = runner({}, emit_mlir(other));
  EXPECT_THAT(complaint_of([&] { xrt.load(three_launches()); }),
              HasSubstr("bad_file: npu: some.xclbin was built for another plan"));
  EXPECT_TRUE(fake_.log.empty());
}

TEST_F(XrtRunnerTest, WhatThePluginMeetsIsAnError) {
  fake_.open = TESSERA_NPU_NO_DEVICE;
  XrtRunner xrt = runner();
  EXPECT_THAT(complaint_of([&] { xrt.load(three_launches()); }),
              HasSubstr("unsupported: npu: no device: XRT finds no device"));
  ArrayPlan invalid = three_launches();
  invalid.launches = 0;
  EXPECT_THAT(complaint_of([&] { xrt.load(invalid); }), HasSubstr("bad_argument"));
}

}  // namespace
}  // namespace tessera::compute::npu
