#include "plugins/npu_xrt/npu_context.h"

#include <xrt/experimental/xrt_system.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace tessera::npu_xrt {
namespace {

/// Arguments of the kernel that MLIR-AIE puts into every xclbin: what the firmware shall do, its
/// instructions and how many words they are, then the buffers in the order of the plan.
constexpr int kOpcodeArgument = 0;
constexpr int kInstructionsArgument = 1;
constexpr int kWordsArgument = 2;
constexpr int kFirstBufferArgument = 3;
constexpr std::uint32_t kRunInstructions = 3;  ///< the opcode

const char* state_name(ert_cmd_state state) {
  switch (state) {
    case ERT_CMD_STATE_NEW:
      return "new";
    case ERT_CMD_STATE_QUEUED:
      return "queued";
    case ERT_CMD_STATE_RUNNING:
      return "running";
    case ERT_CMD_STATE_COMPLETED:
      return "completed";
    case ERT_CMD_STATE_ERROR:
      return "error";
    case ERT_CMD_STATE_ABORT:
      return "aborted";
    case ERT_CMD_STATE_SUBMITTED:
      return "submitted";
    case ERT_CMD_STATE_TIMEOUT:
      return "timeout";
    case ERT_CMD_STATE_NORESPONSE:
      return "no response";
    default:
      return "unknown";
  }
}

std::string state_text(ert_cmd_state state) {
  return std::string(state_name(state)) + " (ERT state " + std::to_string(static_cast<int>(state)) +
         ")";
}

std::string launch_text(std::size_t index, std::size_t count) {
  return "launch " + std::to_string(index + 1) + " of " + std::to_string(count);
}

/// A kernel of MLIR-AIE must take that many buffers.
void check_arguments(const xrt::xclbin::kernel& kernel, const std::string& path,
                     std::size_t buffers) {
  const std::size_t wanted = kFirstBufferArgument + buffers, got = kernel.get_num_args();
  if (got >= wanted) return;
  throw Failure(TESSERA_NPU_BAD_FILE, path + ": expected a kernel of " + std::to_string(wanted) +
                                          " arguments, " + kernel.get_name() + " has " +
                                          std::to_string(got));
}

/// The one kernel of a design of MLIR-AIE.
std::string kernel_of(const xrt::xclbin& xclbin, const std::string& path, std::size_t buffers) {
  std::string others;
  for (const xrt::xclbin::kernel& kernel : xclbin.get_kernels()) {
    std::string name = kernel.get_name();
    if (name.starts_with("MLIR_AIE")) {
      check_arguments(kernel, path, buffers);
      return name;
    }
    others += others.empty() ? "" : ", ";
    others += name;
  }
  throw Failure(TESSERA_NPU_BAD_FILE, path + ": expected a kernel MLIR_AIE..., found " +
                                          (others.empty() ? "none" : others));
}

void check(const tessera_npu_design& design) {
  const auto complain = [](const std::string& message) {
    throw Failure(TESSERA_NPU_BAD_ARGUMENT, message);
  };
  if (design.instruction_words == 0 || design.instruction_words > UINT32_MAX / 4) {
    complain("expected instructions, got " + std::to_string(design.instruction_words) + " words");
  }
  if (design.buffers < 1 || design.buffers > TESSERA_NPU_MAX_BUFFERS) {
    complain("expected 1 to " + std::to_string(TESSERA_NPU_MAX_BUFFERS) + " buffers, got " +
             std::to_string(design.buffers));
  }
  for (std::size_t i = 0; i < design.buffers; ++i) {
    if (design.buffer_bytes[i] == 0) complain("buffer " + std::to_string(i) + " has no bytes");
  }
}

xrt::xclbin load_xclbin(const std::string& path) {
  try {
    return xrt::xclbin(path);
  } catch (const std::exception& error) {
    throw Failure(TESSERA_NPU_BAD_FILE, path + ": not an xclbin: " + error.what());
  }
}

}  // namespace

xrt::device open_first_device() {
  if (xrt::system::enumerate_devices() == 0) {
    throw Failure(TESSERA_NPU_NO_DEVICE, "XRT finds no device");
  }
  try {
    return xrt::device(0U);
  } catch (const std::exception& error) {
    throw Failure(TESSERA_NPU_NO_DEVICE,
                  std::string("XRT cannot open the device: ") + error.what());
  }
}

std::string describe(const xrt::device& device) {
  return device.get_info<xrt::info::device::name>() + ", XRT " TESSERA_XRT_VERSION;
}

NpuContext::NpuContext(const tessera_npu_design& design) {
  check(design);
  xclbin_ = load_xclbin(design.xclbin);  // before the device: what is wrong with it is wrong anyway
  kernel_name_ = kernel_of(xclbin_, design.xclbin, design.buffers);
  device_ = open_first_device();
  uuid_ = device_.register_xclbin(xclbin_);
  make_context();
  make_buffers(design);
}

void NpuContext::make_context() {
  ready_ = false;
  prepared_ = {};
  kernel_ = {};
  context_ = {};  // the old one goes first: a device holds six
  try {
    context_ = xrt::hw_context(device_, uuid_);
    kernel_ = xrt::kernel(context_, kernel_name_);
  } catch (const std::exception& error) {
    throw Failure(TESSERA_NPU_WRONG_FIRMWARE,
                  std::string("the driver gives no context for this design: ") + error.what());
  }
  ready_ = true;
}

/// A buffer in another group than the kernel's own would be copied on the way there, and never on
/// the way back: so the kernel is asked for each.
void NpuContext::make_buffers(const tessera_npu_design& design) {
  instruction_words_ = static_cast<std::uint32_t>(design.instruction_words);
  const std::size_t bytes = design.instruction_words * sizeof(std::uint32_t);
  const auto group = [&](int argument) {
    return static_cast<xrt::memory_group>(kernel_.group_id(argument));
  };
  instructions_ = xrt::bo(device_, bytes, xrt::bo::flags::cacheable, group(kInstructionsArgument));
  std::memcpy(instructions_.map<void*>(), design.instructions, bytes);
  instructions_.sync(XCL_BO_SYNC_BO_TO_DEVICE);
  for (std::size_t i = 0; i < design.buffers; ++i) {
    buffers_.emplace_back(device_, design.buffer_bytes[i], xrt::bo::flags::host_only,
                          group(kFirstBufferArgument + static_cast<int>(i)));
    std::memset(buffers_.back().map<void*>(), 0, design.buffer_bytes[i]);
  }
}

void* NpuContext::memory(std::size_t index) {
  return index < buffers_.size() ? buffers_[index].map<void*>() : nullptr;
}

void NpuContext::sync(std::size_t index, tessera_npu_direction direction) {
  if (index >= buffers_.size()) {
    throw Failure(TESSERA_NPU_BAD_ARGUMENT, "there is no buffer " + std::to_string(index));
  }
  buffers_[index].sync(direction == TESSERA_NPU_TO_DEVICE ? XCL_BO_SYNC_BO_TO_DEVICE
                                                          : XCL_BO_SYNC_BO_FROM_DEVICE);
}

xrt::run NpuContext::make_run(const tessera_npu_launch& launch) {
  xrt::run run(kernel_);
  run.set_arg(kOpcodeArgument, kRunInstructions);
  run.set_arg(kInstructionsArgument, instructions_);
  run.set_arg(kWordsArgument, instruction_words_);
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const int argument = kFirstBufferArgument + static_cast<int>(i);
    const std::uint64_t offset = launch.offsets[i], bytes = launch.bytes[i];
    const std::size_t size = buffers_[i].size();
    if (bytes == 0 || offset > size || bytes > size - offset) {
      throw Failure(TESSERA_NPU_BAD_ARGUMENT, "a launch wants bytes " + std::to_string(offset) +
                                                  " to " + std::to_string(offset + bytes) +
                                                  " of buffer " + std::to_string(i) +
                                                  ", which has " + std::to_string(size));
    }
    if (offset == 0 && bytes == size) {
      run.set_arg(argument, buffers_[i]);
    } else {
      run.set_arg(argument, xrt::bo(buffers_[i], bytes, offset));
    }
  }
  return run;
}

void NpuContext::prepare(std::span<const tessera_npu_launch> launches, bool as_list) {
  std::vector<std::uint64_t> parts;
  for (const tessera_npu_launch& launch : launches) {
    parts.insert(parts.end(), launch.offsets, launch.offsets + buffers_.size());
    parts.insert(parts.end(), launch.bytes, launch.bytes + buffers_.size());
  }
  if (ready_ && parts == prepared_.parts && as_list == prepared_.as_list) return;
  if (!ready_) make_context();
  prepared_ = {};
  for (const tessera_npu_launch& launch : launches) prepared_.runs.push_back(make_run(launch));
  if (as_list) {
    prepared_.list = std::make_unique<xrt::runlist>(context_);
    for (const xrt::run& run : prepared_.runs) prepared_.list->add(run);
  }
  prepared_.parts = std::move(parts);
  prepared_.as_list = as_list;
}

void NpuContext::run(std::span<const tessera_npu_launch> launches, bool as_list,
                     std::chrono::milliseconds timeout) {
  if (launches.empty()) return;
  if (timeout.count() <= 0) {  // which XRT would take for "as long as it takes"
    throw Failure(TESSERA_NPU_BAD_ARGUMENT,
                  "expected a timeout of at least 1 ms, got " + std::to_string(timeout.count()));
  }
  prepare(launches, as_list && launches.size() > 1);
  if (prepared_.list) {
    execute_list(timeout);
  } else {
    execute(timeout);
  }
}

NpuContext::Outcome NpuContext::execute_one(std::size_t index, std::chrono::milliseconds left,
                                            std::chrono::milliseconds timeout) {
  const std::string launch = launch_text(index, prepared_.runs.size());
  xrt::run& run = prepared_.runs[index];
  try {
    run.start();
    const ert_cmd_state state = run.wait(std::max(left, std::chrono::milliseconds(1)));
    if (state == ERT_CMD_STATE_COMPLETED) return {TESSERA_NPU_OK, ""};
    if (state != ERT_CMD_STATE_TIMEOUT) {
      return {TESSERA_NPU_FAILED, launch + " ended in state " + state_text(state)};
    }
    // wait() says so both when its own time is over and when the firmware's is: the run knows.
    return {TESSERA_NPU_TIMEOUT, launch + " has not ended within " +
                                     std::to_string(timeout.count()) + " ms: state " +
                                     state_text(run.state())};
  } catch (const std::exception& error) {
    return {TESSERA_NPU_FAILED, launch + ": " + error.what()};
  }
}

void NpuContext::execute(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (std::size_t i = 0; i < prepared_.runs.size(); ++i) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    Outcome outcome = execute_one(i, left, timeout);
    if (outcome.status != TESSERA_NPU_OK) recover(outcome.status, std::move(outcome.message));
  }
}

void NpuContext::execute_list(std::chrono::milliseconds timeout) {
  std::cv_status status = std::cv_status::no_timeout;
  std::string trouble;
  try {
    prepared_.list->execute();
    status = prepared_.list->wait(timeout);
  } catch (const xrt::runlist::command_error& error) {
    const std::vector<xrt::run>& runs = prepared_.runs;
    const xrt::run failed = error.get_run();
    // Two handles of one run are neither less than the other.
    const auto at = std::find_if(runs.begin(), runs.end(), [&](const xrt::run& run) {
      return !(run < failed) && !(failed < run);
    });
    trouble = launch_text(static_cast<std::size_t>(at - runs.begin()), runs.size()) +
              " ended in state " + state_text(error.get_command_state()) + ": " + error.what();
  } catch (const std::exception& error) {
    trouble = std::string("a list of launches: ") + error.what();
  }
  if (!trouble.empty()) recover(TESSERA_NPU_FAILED, trouble);
  if (status == std::cv_status::timeout) {
    recover(TESSERA_NPU_TIMEOUT, std::to_string(prepared_.runs.size()) +
                                     " launches have not ended within " +
                                     std::to_string(timeout.count()) + " ms: state " +
                                     state_text(prepared_.list->state()));
  }
}

void NpuContext::recover(tessera_npu_status status, std::string message) {
  try {
    make_context();
    message += "; the context was made anew";
  } catch (const std::exception& error) {
    message += std::string("; and no new context: ") + error.what();
  }
  throw Failure(status, message);
}

}  // namespace tessera::npu_xrt
