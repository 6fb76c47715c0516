// A design in the device, through XRT's C++ API. Throws XRT's exceptions and `Failure`.
#pragma once

#include <xrt/experimental/xrt_kernel.h>
#include <xrt/experimental/xrt_xclbin.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_hw_context.h>
#include <xrt/xrt_kernel.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "src/compute/npu/runtime/npu_plugin.h"

namespace tessera::npu_xrt {

/// What went wrong, as the library is told.
class Failure : public std::runtime_error {
 public:
  Failure(tessera_npu_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}

  tessera_npu_status status() const { return status_; }

 private:
  tessera_npu_status status_;
};

/// The first device that XRT finds. Throws Failure{NO_DEVICE}.
xrt::device open_first_device();

/// "NPU Phoenix, XRT 2.25".
std::string describe(const xrt::device& device);

class NpuContext {
 public:
  explicit NpuContext(const tessera_npu_design& design);

  void* memory(std::size_t index);
  void sync(std::size_t index, tessera_npu_direction direction);

  /// Throws Failure{TIMEOUT or FAILED} that names the launch and its state, after the context was
  /// made anew; when that fails, too, the message says so, and the next run tries again.
  void run(std::span<const tessera_npu_launch> launches, bool as_list,
           std::chrono::milliseconds timeout);

 private:
  /// The runs of a list of launches. They are kept, for the next list is mostly the same.
  struct Prepared {
    std::vector<std::uint64_t> parts;  ///< offset and bytes of each buffer of each launch
    bool as_list = false;
    std::vector<xrt::run> runs;
    std::unique_ptr<xrt::runlist> list;
  };

  /// How a launch ended, and what there is to say if it did not end well.
  struct Outcome {
    tessera_npu_status status;
    std::string message;
  };

  void make_context();
  void make_buffers(const tessera_npu_design& design);
  void prepare(std::span<const tessera_npu_launch> launches, bool as_list);
  xrt::run make_run(const tessera_npu_launch& launch);
  Outcome execute_one(std::size_t index, std::chrono::milliseconds left,
                      std::chrono::milliseconds timeout);
  void execute(std::chrono::milliseconds timeout);
  void execute_list(std::chrono::milliseconds timeout);
  [[noreturn]] void recover(tessera_npu_status status, std::string message);

  xrt::device device_;
  xrt::xclbin xclbin_;
  std::string kernel_name_;
  xrt::uuid uuid_;
  xrt::hw_context context_;
  xrt::kernel kernel_;
  bool ready_ = false;  ///< whether context_ and kernel_ are fit for use
  xrt::bo instructions_;
  std::uint32_t instruction_words_ = 0;
  std::vector<xrt::bo> buffers_;
  Prepared prepared_;
};

}  // namespace tessera::npu_xrt
