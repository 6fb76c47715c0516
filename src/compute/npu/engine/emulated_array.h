// The cores of a simulated run as emulated cores, whose kernels run on several threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "src/compute/npu/emulator/core_state.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {

/// Serves one run. A core's memory is laid out as the plan says, so that what is large lies in a
/// bank of its own. Kernels of different cores share nothing: their order changes no bit.
class EmulatedArray final : public CoreRunner {
 public:
  /// `threads` besides the one that simulates, which runs kernels while it waits for one. Throws
  /// Error{bad_argument} when a core's buffers do not fit its memory.
  EmulatedArray(const ArrayPlan& plan, int threads);
  ~EmulatedArray() override;
  EmulatedArray(const EmulatedArray&) = delete;
  EmulatedArray& operator=(const EmulatedArray&) = delete;

  std::byte* place(std::size_t core, const std::string& name, std::size_t bytes) override;
  void start(std::size_t core, const CoreKernel& kernel, std::span<std::byte* const> buffers,
             std::span<const std::int32_t> scalars) override;
  void finish(std::size_t core) override;

  /// What each kernel issued on all cores. No kernel is under way.
  std::vector<KernelCounts> counts() const;

 private:
  struct Place {
    std::string name;
    std::size_t bytes;
    std::byte* memory;
  };
  /// A core and the kernel that it runs.
  struct EmulatedCore {
    CoreState state;
    std::vector<Place> places;
    const CoreKernel* kernel = nullptr;
    std::vector<std::byte*> buffers;
    std::vector<std::int32_t> scalars;
    bool busy = false;
    std::exception_ptr failure;
  };

  void work();
  static void run(EmulatedCore& core);
  bool run_next(std::unique_lock<std::mutex>& lock);

  std::vector<std::unique_ptr<EmulatedCore>> cores_;
  std::mutex mutex_;
  std::condition_variable begun_, done_;
  std::deque<EmulatedCore*> waiting_;
  bool ends_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace tessera::compute::npu
