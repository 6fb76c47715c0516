#include "src/compute/npu/runtime/xrt_runner.h"

#include <array>
#include <utility>
#include <vector>

#include "src/compute/npu/mlir/emit_mlir.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// What a plugin writes its line into.
struct PluginText {
  std::array<char, 1024> bytes = {};
};

class XrtPlan : public LoadedPlan {
 public:
  XrtPlan(NpuPlugin plugin, const ArrayPlan& plan, const DesignFiles& design,
          const XrtOptions& options)
      : plugin_(std::move(plugin)), options_(options) {
    for (const HostBuffer& buffer : plan.host_buffers) {
      bytes_.push_back(static_cast<std::uint64_t>(host_bytes(plan, buffer)));
    }
    const tessera_npu_design what = {design.xclbin.c_str(), design.instructions.data(),
                                     design.instructions.size(), bytes_.data(), bytes_.size()};
    PluginText text;
    require_ok(functions().open(&what, &context_, text.bytes.data(), text.bytes.size()),
               text.bytes.data());
    to_send_.assign(bytes_.size(), true);
    to_fetch_.assign(bytes_.size(), false);
    list_launches(plan);
  }

  ~XrtPlan() override { functions().close(context_); }
  XrtPlan(const XrtPlan&) = delete;
  XrtPlan& operator=(const XrtPlan&) = delete;

  std::span<std::byte> write(std::size_t index) override {
    fetch(index);
    to_send_.at(index) = true;
    return memory(index);
  }

  std::span<const std::byte> read(std::size_t index) override {
    fetch(index);
    return memory(index);
  }

  void run(const std::stop_token& stop) override {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "npu: stopped");
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (to_send_[i]) sync(i, TESSERA_NPU_TO_DEVICE);
      to_send_[i] = false;
      to_fetch_[i] = true;
    }
    PluginText text;
    const auto timeout = static_cast<std::uint32_t>(options_.timeout.count());
    const tessera_npu_status status =
        functions().run(context_, launches_.data(), launches_.size(), options_.as_list ? 1 : 0,
                        timeout, text.bytes.data(), text.bytes.size());
    if (status != TESSERA_NPU_OK) {
      // What a broken launch left is nobody's; weights are sent again for the new context.
      to_send_.assign(bytes_.size(), true);
      to_fetch_.assign(bytes_.size(), false);
    }
    require_ok(status, text.bytes.data());
  }

 private:
  const tessera_npu_functions& functions() const { return plugin_.functions(); }

  std::span<std::byte> memory(std::size_t index) {
    return {static_cast<std::byte*>(functions().buffer(context_, index)),
            static_cast<std::size_t>(bytes_.at(index))};
  }

  void fetch(std::size_t index) {
    if (to_fetch_.at(index)) sync(index, TESSERA_NPU_FROM_DEVICE);
    to_fetch_[index] = false;
  }

  void sync(std::size_t index, tessera_npu_direction direction) {
    PluginText text;
    require_ok(functions().sync(context_, index, direction, text.bytes.data(), text.bytes.size()),
               text.bytes.data());
  }

  /// The parts of the buffers that each launch is given.
  void list_launches(const ArrayPlan& plan) {
    const std::size_t buffers = plan.host_buffers.size();
    parts_.reserve(2 * buffers * static_cast<std::size_t>(plan.launches));  // pointers stay good
    for (std::int64_t launch = 0; launch < plan.launches; ++launch) {
      const std::size_t first = parts_.size();
      for (const HostBuffer& buffer : plan.host_buffers) {
        parts_.push_back(static_cast<std::uint64_t>(launch * buffer.launch_stride_bytes));
      }
      for (const HostBuffer& buffer : plan.host_buffers) {
        parts_.push_back(static_cast<std::uint64_t>(buffer.bytes));
      }
      launches_.push_back({parts_.data() + first, parts_.data() + first + buffers});
    }
  }

  NpuPlugin plugin_;
  XrtOptions options_;
  tessera_npu_context* context_ = nullptr;
  std::vector<std::uint64_t> bytes_;  ///< of each buffer
  std::vector<std::uint64_t> parts_;  ///< of each launch: offsets, then bytes
  std::vector<tessera_npu_launch> launches_;
  std::vector<bool> to_send_, to_fetch_;  ///< by buffer
};

}  // namespace

XrtRunner::XrtRunner(NpuPlugin plugin, std::string device, DesignFiles design, XrtOptions options)
    : plugin_(std::move(plugin)),
      device_(std::move(device)),
      design_(std::move(design)),
      options_(options) {}

std::string XrtRunner::describe() const { return device_; }

std::unique_ptr<LoadedPlan> XrtRunner::load(const ArrayPlan& plan) {
  require_valid(plan);
  if (design_.mlir && *design_.mlir != emit_mlir(plan)) {
    throw Error(ErrorCode::bad_file,
                "npu: " + design_.xclbin.string() +
                    " was built for another plan than this model and precision have (" + plan.name +
                    "): run tools/npu_build for it");
  }
  return std::make_unique<XrtPlan>(plugin_, plan, design_, options_);
}

}  // namespace tessera::compute::npu
