// One AIE2 core as its kernels know it: 64 KB of memory, the modes of its vector unit, its stack,
// and a count of what it issued. aie_api is ambient by nature - its calls name no core - so the
// core that a thread works on is a thread's variable, set by a CoreScope and by nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/npu/cost/issue_counts.h"
#include "src/compute/npu/emulator/bfloat16.h"
#include "src/compute/npu/emulator/shift_round.h"

namespace tessera::compute::npu {

inline constexpr std::size_t kCoreMemoryBytes = std::size_t{64} << 10;
/// A logical bank: two physical ones of 8 KB that take turns every 16 bytes (AM020).
inline constexpr std::size_t kBankBytes = std::size_t{16} << 10;
inline constexpr std::size_t kBanks = kCoreMemoryBytes / kBankBytes;
/// Of vectors of 256 bits and more, and so of buffers.
inline constexpr std::size_t kVectorAlignment = 32;
/// What mlir-aie reserves unless a design says otherwise.
inline constexpr std::size_t kDefaultStackBytes = 1024;

/// Where a kernel calls: the default argument of what it calls. std::source_location is not in
/// every pair of compiler and library that we support.
struct SourcePlace {
  const char* file;
  int line;
  static constexpr SourcePlace current(const char* file = __builtin_FILE(),
                                       int line = __builtin_LINE()) {
    return {file, line};
  }
};

/// What a stack that is too small does.
enum class StackOverflow : std::uint8_t {
  error,       ///< Error{internal}
  overwrites,  ///< as on the chip: locals lie on whatever comes after the stack
};

/// Memory, modes and counts of one core. Not to be used by two threads at once.
class CoreState {
 public:
  CoreState();

  /// Declares `bytes` bytes from `offset` on as a buffer that kernels may use, zeroed. Throws
  /// Error{bad_argument} when they are not in the memory, not at a multiple of 32, or taken.
  std::byte* declare(std::string_view name, std::size_t offset, std::size_t bytes);
  /// The same at the first free place of a bank, or of the whole memory.
  std::byte* place(std::string_view name, std::size_t bytes, std::size_t bank);
  std::byte* place(std::string_view name, std::size_t bytes);

  /// Whether `place` would find a place in that bank.
  bool has_room(std::size_t bytes, std::size_t bank) const;

  /// Reserves the stack, which grows upward as on the chip, and paints it. The first frame begins
  /// `first_frame` bytes into it, behind what a compiler keeps there.
  void reserve_stack(std::size_t offset, std::size_t bytes,
                     StackOverflow overflow = StackOverflow::error, std::size_t first_frame = 0);
  /// The most that frames took of the stack so far.
  std::size_t stack_used() const { return stack_used_; }

  /// Place of an address in the memory. Throws Error{bad_argument} for others.
  std::size_t offset_of(const void* address) const;
  std::byte* memory() { return memory_.get(); }

  /// What the kernels that ran on this core issued, in the order of their first calls.
  const std::vector<KernelCounts>& counts() const { return counts_; }
  void clear_counts();

  // What the emulated instructions use.

  /// Checks an access of `bytes` at `address`; returns its place. Errors name the kernel and
  /// `where`.
  std::size_t require(const void* address, std::size_t bytes, std::size_t alignment,
                      const SourcePlace& where) const {
    const std::size_t offset = reinterpret_cast<std::uintptr_t>(address) -
                               reinterpret_cast<std::uintptr_t>(memory_.get());  // huge below it
    if (offset >= kCoreMemoryBytes || offset % alignment != 0 ||
        offset + bytes > ends_[owner_[offset / kVectorAlignment]] ||
        offset < starts_[owner_[offset / kVectorAlignment]]) {
      refuse_access(address, bytes, alignment, where);
    }
    return offset;
  }
  /// The same, and counts it for its bank.
  void touch(const void* address, std::size_t bytes, std::size_t alignment,
             const SourcePlace& where) {
    const std::size_t offset = require(address, bytes, alignment, where);
    bank_accesses[offset / kBankBytes] +=
        static_cast<std::int64_t>((bytes + kVectorAlignment - 1) / kVectorAlignment);
  }
  void* push_frame(std::size_t bytes, const SourcePlace& where);
  void pop_frame(std::size_t bytes);
  /// The loop of that name of the kernel that runs.
  LoopCounts& loop(const char* name, Recurrence recurrence);
  [[noreturn]] void fail(const SourcePlace& where, const std::string& what) const;

  Rounding rounding = Rounding::floor;  // the power-up defaults
  Saturation saturation = Saturation::none;
  FloatFloor float_floor = FloatFloor::toward_zero;
  IssueCounts* issued = nullptr;  ///< of the innermost loop, or of what stands outside
  std::array<std::int64_t, kBanks> bank_accesses = {};

 private:
  friend class CoreScope;
  struct Buffer {
    std::string name;
    std::size_t start, end;
  };

  void begin(std::string_view kernel);
  void end();
  bool is_free(std::size_t offset, std::size_t bytes) const;
  /// The first free place between `first` and `end`, or `end`.
  std::size_t find_room(std::size_t bytes, std::size_t first, std::size_t end) const;
  void own(std::string_view name, std::size_t offset, std::size_t bytes);
  [[noreturn]] void refuse_access(const void* address, std::size_t bytes, std::size_t alignment,
                                  const SourcePlace& where) const;

  base::AlignedBytes memory_;
  std::vector<Buffer> buffers_;
  std::array<std::uint8_t, kCoreMemoryBytes / kVectorAlignment> owner_ = {};  // index into starts_
  std::vector<std::size_t> starts_, ends_;  // of buffers; the first is nobody's, and empty
  std::size_t stack_start_ = 0, stack_end_ = 0, stack_top_ = 0, stack_used_ = 0;
  StackOverflow overflow_ = StackOverflow::error;
  std::vector<KernelCounts> counts_;
  KernelCounts* kernel_ = nullptr;
  std::string kernel_name_;
};

/// The core of this thread; null outside of a CoreScope.
extern thread_local constinit CoreState* current_core
    __attribute__((tls_model("initial-exec")));  // read without a call, for every instruction

/// Runs a kernel on a core: as long as it lives, aie_api calls of this thread are that core's.
class CoreScope {
 public:
  CoreScope(CoreState& core, std::string_view kernel);
  ~CoreScope();
  CoreScope(const CoreScope&) = delete;
  CoreScope& operator=(const CoreScope&) = delete;

 private:
  CoreState* previous_;
};

/// The core of this thread. Throws Error{bad_argument} outside of a CoreScope.
[[noreturn]] void refuse_without_core();
inline CoreState& core() {
  if (current_core == nullptr) refuse_without_core();
  return *current_core;
}

/// A loop of a kernel, for a range-for over its index: counts its trips and what they issue.
class CountedLoop {
 public:
  CountedLoop(const char* name, int trips, Recurrence recurrence);
  ~CountedLoop();
  CountedLoop(const CountedLoop&) = delete;
  CountedLoop& operator=(const CountedLoop&) = delete;

  class Index {
   public:
    Index(CountedLoop* loop, int at) : loop_(loop), at_(at) {}
    int operator*() const { return at_; }
    Index& operator++() {
      loop_->end_trip();
      ++at_;
      return *this;
    }
    bool operator!=(const Index& other) const { return at_ != other.at_; }

   private:
    CountedLoop* loop_;
    int at_;
  };
  Index begin() { return {this, 0}; }
  Index end() { return {this, trips_}; }

 private:
  void end_trip();

  CoreState& core_;
  LoopCounts& counts_;
  int trips_;
  std::int64_t busiest_bank_ = 0;
  IssueCounts issued_;  // of this entry
  IssueCounts* outer_;
};

/// Local variables of a kernel, on the modelled stack.
template <class T>
class Local {
 public:
  explicit Local(const SourcePlace& where = SourcePlace::current())
      : core_(core()), value_(static_cast<T*>(core_.push_frame(kBytes, where))) {}
  ~Local() { core_.pop_frame(kBytes); }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;

  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }

 private:
  static constexpr std::size_t kBytes =
      (sizeof(T) + kVectorAlignment - 1) / kVectorAlignment * kVectorAlignment;
  CoreState& core_;
  T* value_;
};

}  // namespace tessera::compute::npu
