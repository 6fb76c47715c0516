// As much of XRT's C++ API as the plugin uses, for its tests: a machine whose device, contexts and
// launches do what a test wants, and write down what they were asked. Buffers have two sides, as on
// a machine where nobody forgets to synchronise them.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

enum ert_cmd_state {
  ERT_CMD_STATE_NEW = 1,
  ERT_CMD_STATE_QUEUED = 2,
  ERT_CMD_STATE_RUNNING = 3,
  ERT_CMD_STATE_COMPLETED = 4,
  ERT_CMD_STATE_ERROR = 5,
  ERT_CMD_STATE_ABORT = 6,
  ERT_CMD_STATE_SUBMITTED = 7,
  ERT_CMD_STATE_TIMEOUT = 8,
  ERT_CMD_STATE_NORESPONSE = 9
};

enum xclBOSyncDirection { XCL_BO_SYNC_BO_TO_DEVICE = 0, XCL_BO_SYNC_BO_FROM_DEVICE = 1 };

namespace xrt {

/// The machine. A test sets it up and reads it; one at a time.
struct FakeMachine {
  unsigned devices = 1;
  std::string kernel_name = "MLIR_AIE_sequence";
  std::size_t kernel_arguments = 8;
  bool device_opens = true;
  bool gives_contexts = true;
  /// What the launches end as, in order; then all complete.
  std::vector<ert_cmd_state> outcomes;
  std::vector<std::string> log;
  int contexts = 0;  ///< alive
  int most_contexts = 0;

  ert_cmd_state next_outcome() {
    if (outcomes.empty()) return ERT_CMD_STATE_COMPLETED;
    const ert_cmd_state outcome = outcomes.front();
    outcomes.erase(outcomes.begin());
    return outcome;
  }
};
inline FakeMachine* machine = nullptr;

using memory_group = std::uint32_t;
/// Of an argument of the kernel: anything but what somebody would guess.
constexpr int group_of(int argument) { return 40 + argument * argument; }

class uuid {};

namespace info {
enum class device { name };
}

class xclbin {
 public:
  class kernel {
   public:
    std::string get_name() const { return machine->kernel_name; }
    std::size_t get_num_args() const { return machine->kernel_arguments; }
  };

  xclbin() = default;
  explicit xclbin(const std::string& path) {
    if (path.find("bad") != std::string::npos) throw std::runtime_error("no such axlf");
  }
  std::vector<kernel> get_kernels() const {
    return std::vector<kernel>(machine->kernel_name.empty() ? 0 : 1);
  }
};

class device {
 public:
  device() = default;
  explicit device(unsigned /*index*/) {
    if (!machine->device_opens) throw std::runtime_error("open: Permission denied");
  }
  uuid register_xclbin(const xclbin& /*design*/) const { return {}; }
  template <info::device>
  std::string get_info() const {
    return "fake Phoenix";
  }
};

class hw_context {
 public:
  hw_context() = default;
  hw_context(const device& /*device*/, const uuid& /*id*/) {
    if (!machine->gives_contexts) throw std::runtime_error("CREATE_HWCTX failed (err=-22)");
    alive_ = std::shared_ptr<int>(new int(0), [](const int* one) {
      --machine->contexts;
      delete one;
    });
    machine->most_contexts = std::max(machine->most_contexts, ++machine->contexts);
    machine->log.emplace_back("context");
  }

 private:
  std::shared_ptr<int> alive_;
};

class kernel {
 public:
  kernel() = default;
  kernel(hw_context context, const std::string& name) : context_(std::move(context)) {
    machine->log.push_back("kernel " + name);
  }
  int group_id(int argument) const { return group_of(argument); }

 private:
  hw_context context_;
};

class bo {
 public:
  enum class flags { cacheable, host_only };

  bo() = default;
  bo(const device& /*device*/, std::size_t bytes, flags kind, memory_group group)
      : sides_(std::make_shared<Sides>()), bytes_(bytes) {
    sides_->host.resize(bytes);
    sides_->device.resize(bytes, std::byte{0xEE});
    sides_->group = group;
    machine->log.push_back(std::string(kind == flags::cacheable ? "cacheable " : "host_only ") +
                           std::to_string(bytes));
  }
  bo(const bo& parent, std::size_t bytes, std::size_t offset)
      : sides_(parent.sides_), bytes_(bytes), offset_(offset) {}

  template <class T>
  T map() {
    return reinterpret_cast<T>(sides_->host.data() + offset_);
  }
  void sync(xclBOSyncDirection direction) {
    if (direction == XCL_BO_SYNC_BO_TO_DEVICE) sides_->device = sides_->host;
    if (direction == XCL_BO_SYNC_BO_FROM_DEVICE) sides_->host = sides_->device;
  }
  std::size_t size() const { return bytes_; }

  std::byte* on_device() const { return sides_->device.data() + offset_; }
  memory_group group() const { return sides_->group; }

 private:
  struct Sides {
    std::vector<std::byte> host, device;
    memory_group group = 0;
  };
  std::shared_ptr<Sides> sides_;
  std::size_t bytes_ = 0, offset_ = 0;
};

/// A launch adds one to all of its first buffer's part, if it completes, and writes down its
/// instructions.
class run {
 public:
  explicit run(kernel of) : state_(std::make_shared<State>()) { state_->of = std::move(of); }

  void set_arg(int index, std::uint32_t value) { state_->numbers[index] = value; }
  void set_arg(int index, const bo& buffer) {
    if (buffer.group() != static_cast<memory_group>(group_of(index))) {
      throw std::runtime_error("a buffer of another group");
    }
    state_->buffers[index] = buffer;
  }

  void start() { execute(); }
  ert_cmd_state wait(const std::chrono::milliseconds& timeout) const {
    machine->log.push_back("wait " + std::string(timeout.count() > 0 ? "some" : "for ever"));
    // XRT tells of a time that is over like this; the launch itself is where it was.
    return state_->now == ERT_CMD_STATE_RUNNING ? ERT_CMD_STATE_TIMEOUT : state_->now;
  }
  ert_cmd_state state() const { return state_->now; }
  bool operator<(const run& other) const { return state_ < other.state_; }

  void execute() {
    state_->now = machine->next_outcome();
    const bo& words = state_->buffers.at(1);
    std::string text = "launch opcode " + std::to_string(state_->numbers.at(0)) + ", " +
                       std::to_string(state_->numbers.at(2)) + " words from " +
                       std::to_string(std::to_integer<int>(words.on_device()[0]));
    for (const auto& [index, buffer] : state_->buffers) {
      if (index > 1) text += ", " + std::to_string(buffer.size());
    }
    machine->log.push_back(text);
    if (state_->now != ERT_CMD_STATE_COMPLETED) return;
    const bo& first = state_->buffers.at(3);
    for (std::size_t i = 0; i < first.size(); ++i) {
      first.on_device()[i] = static_cast<std::byte>(std::to_integer<int>(first.on_device()[i]) + 1);
    }
  }

 private:
  struct State {
    kernel of;
    std::map<int, std::uint32_t> numbers;
    std::map<int, bo> buffers;
    ert_cmd_state now = ERT_CMD_STATE_NEW;
  };
  std::shared_ptr<State> state_;
};

class runlist {
 public:
  class command_error : public std::exception {
   public:
    command_error(run failed, ert_cmd_state state) : run_(std::move(failed)), state_(state) {}
    run get_run() const { return run_; }
    ert_cmd_state get_command_state() const { return state_; }
    const char* what() const noexcept override { return "failed execution"; }

   private:
    run run_;
    ert_cmd_state state_;
  };

  explicit runlist(hw_context context) : context_(std::move(context)) {}
  void add(const run& one) { runs_.push_back(one); }
  void execute() {
    machine->log.push_back("list of " + std::to_string(runs_.size()));
    for (run& one : runs_) {
      one.execute();
      if (one.state() != ERT_CMD_STATE_COMPLETED) return;
    }
  }
  std::cv_status wait(const std::chrono::milliseconds& /*timeout*/) const {
    for (const run& one : runs_) {
      if (one.state() == ERT_CMD_STATE_RUNNING) return std::cv_status::timeout;
      if (one.state() != ERT_CMD_STATE_COMPLETED) throw command_error(one, one.state());
    }
    return std::cv_status::no_timeout;
  }
  ert_cmd_state state() const { return ERT_CMD_STATE_SUBMITTED; }

 private:
  hw_context context_;
  std::vector<run> runs_;
};

namespace system {
inline unsigned enumerate_devices() { return machine->devices; }
}  // namespace system

}  // namespace xrt
