#include "src/compute/npu/emulator/core_state.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr int kPaint = 0xa5;
constexpr std::size_t kMostBuffers = 255;  // owner_ has a byte for each

std::string hex(std::size_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%zx", number);
  return text;
}

// Cycles that the slots need for what was issued (AIE2Slots.td: lda and ldb, st, mv, vec, alu).
std::int64_t busiest_slot(const IssueCounts& c) {
  const std::int64_t both = (c.loads + c.accumulator_loads + 2 * c.gathers + 1) / 2;
  return std::max({both, c.accumulator_loads + c.gathers, c.stores, c.moves,
                   c.products + c.float_products, c.scalars + c.scalar_products});
}

}  // namespace

thread_local constinit CoreState* current_core = nullptr;

CoreState::CoreState() : memory_(base::allocate_aligned(kCoreMemoryBytes)) {
  std::memset(memory_.get(), kPaint, kCoreMemoryBytes);
  starts_ = {0};
  ends_ = {0};
}

bool CoreState::is_free(std::size_t offset, std::size_t bytes) const {
  const auto first = owner_.begin() + static_cast<std::ptrdiff_t>(offset / kVectorAlignment);
  const std::size_t count = (bytes + kVectorAlignment - 1) / kVectorAlignment;
  const bool is_stack = offset < stack_end_ && offset + bytes > stack_start_;
  return !is_stack && std::all_of(first, first + static_cast<std::ptrdiff_t>(count),
                                  [](std::uint8_t owner) { return owner == 0; });
}

void CoreState::own(std::string_view name, std::size_t offset, std::size_t bytes) {
  if (starts_.size() > kMostBuffers) {
    throw Error(ErrorCode::bad_argument, "npu core: more than 255 buffers");
  }
  buffers_.push_back({std::string(name), offset, offset + bytes});
  const auto owner = static_cast<std::uint8_t>(starts_.size());
  starts_.push_back(offset);
  ends_.push_back(offset + bytes);
  for (std::size_t at = offset; at < offset + bytes; at += kVectorAlignment) {
    owner_[at / kVectorAlignment] = owner;
  }
}

std::byte* CoreState::declare(std::string_view name, std::size_t offset, std::size_t bytes) {
  if (offset % kVectorAlignment != 0 || bytes == 0 || offset > kCoreMemoryBytes ||
      bytes > kCoreMemoryBytes - offset || !is_free(offset, bytes)) {
    throw Error(ErrorCode::bad_argument,
                "npu core: buffer '" + std::string(name) + "' wants " + std::to_string(bytes) +
                    " bytes at " + hex(offset) +
                    ": expected free bytes of the 65536, from a multiple of 32 on");
  }
  own(name, offset, bytes);
  std::memset(memory_.get() + offset, 0, bytes);
  return memory_.get() + offset;
}

std::byte* CoreState::place(std::string_view name, std::size_t bytes, std::size_t bank) {
  if (bank >= kBanks) {
    throw Error(ErrorCode::bad_argument, "npu core: buffer '" + std::string(name) +
                                             "': expected a bank from 0 to 3, got " +
                                             std::to_string(bank));
  }
  const std::size_t end = (bank + 1) * kBankBytes;
  const std::size_t at = find_room(bytes, bank * kBankBytes, end);
  if (at < end) return declare(name, at, bytes);
  throw Error(ErrorCode::bad_argument, "npu core: buffer '" + std::string(name) + "': bank " +
                                           std::to_string(bank) + " has no " +
                                           std::to_string(bytes) + " bytes left");
}

std::byte* CoreState::place(std::string_view name, std::size_t bytes) {
  const std::size_t at = find_room(bytes, 0, kCoreMemoryBytes);
  if (at < kCoreMemoryBytes) return declare(name, at, bytes);
  throw Error(ErrorCode::bad_argument, "npu core: buffer '" + std::string(name) +
                                           "': the memory has no " + std::to_string(bytes) +
                                           " bytes left");
}

bool CoreState::has_room(std::size_t bytes, std::size_t bank) const {
  return bank < kBanks &&
         find_room(bytes, bank * kBankBytes, (bank + 1) * kBankBytes) < (bank + 1) * kBankBytes;
}

std::size_t CoreState::find_room(std::size_t bytes, std::size_t first, std::size_t end) const {
  for (std::size_t at = first; at < end && bytes <= end - at; at += kVectorAlignment) {
    if (is_free(at, bytes)) return at;
  }
  return end;
}

void CoreState::reserve_stack(std::size_t offset, std::size_t bytes, StackOverflow overflow,
                              std::size_t first_frame) {
  stack_start_ = stack_end_ = 0;
  if (offset % kVectorAlignment != 0 || offset > kCoreMemoryBytes ||
      bytes > kCoreMemoryBytes - offset || first_frame > bytes || !is_free(offset, bytes)) {
    throw Error(ErrorCode::bad_argument, "npu core: a stack of " + std::to_string(bytes) +
                                             " bytes at " + hex(offset) +
                                             " does not fit beside the buffers");
  }
  own("stack", offset, bytes);
  stack_start_ = offset;
  stack_end_ = offset + bytes;
  stack_top_ = offset + first_frame;
  stack_used_ = first_frame;
  overflow_ = overflow;
  std::memset(memory_.get() + offset, kPaint, bytes);
}

void* CoreState::push_frame(std::size_t bytes, const SourcePlace& where) {
  const std::size_t frame = stack_top_;
  if (frame + bytes > stack_end_ && overflow_ == StackOverflow::error) {
    fail(where, "stack overflow: " + std::to_string(frame + bytes - stack_start_) +
                    " bytes are used of " + std::to_string(stack_end_ - stack_start_) +
                    " reserved at " + hex(stack_start_));
  }
  if (frame + bytes > kCoreMemoryBytes) fail(where, "the stack leaves the core's memory");
  stack_top_ += bytes;
  stack_used_ = std::max(stack_used_, stack_top_ - stack_start_);
  return memory_.get() + frame;
}

void CoreState::pop_frame(std::size_t bytes) { stack_top_ -= bytes; }

std::size_t CoreState::offset_of(const void* address) const {
  const auto* const byte = static_cast<const std::byte*>(address);
  if (byte < memory_.get() || byte >= memory_.get() + kCoreMemoryBytes) {
    throw Error(ErrorCode::bad_argument, "npu core: an address that is not in its memory");
  }
  return static_cast<std::size_t>(byte - memory_.get());
}

void CoreState::clear_counts() {
  if (kernel_ != nullptr) {
    throw Error(ErrorCode::bad_argument, "npu core: counts cleared while a kernel runs");
  }
  counts_.clear();
}

void CoreState::begin(std::string_view kernel) {
  if (kernel_ != nullptr) {
    throw Error(ErrorCode::bad_argument, "npu core: kernel '" + std::string(kernel) +
                                             "' begins while '" + kernel_name_ + "' runs");
  }
  const auto found = std::find_if(counts_.begin(), counts_.end(),
                                  [&](const KernelCounts& one) { return one.kernel == kernel; });
  if (found == counts_.end()) {
    counts_.emplace_back().kernel = kernel;
    kernel_ = &counts_.back();
  } else {
    kernel_ = &*found;
  }
  kernel_name_ = kernel;
  ++kernel_->calls;
  issued = &kernel_->outside;
}

void CoreState::end() {
  kernel_ = nullptr;
  issued = nullptr;
}

LoopCounts& CoreState::loop(const char* name, Recurrence recurrence) {
  // A kernel has a few loops; references into a vector would not live as long as they have to.
  for (LoopCounts& loop : kernel_->loops) {
    if (loop.name == name) return loop;
  }
  constexpr std::size_t kMostLoops = 64;
  kernel_->loops.reserve(kMostLoops);
  if (kernel_->loops.size() == kMostLoops) {
    throw Error(ErrorCode::internal, "npu kernel " + kernel_name_ + ": more than 64 loops");
  }
  LoopCounts& loop = kernel_->loops.emplace_back();
  loop.name = name;
  loop.recurrence = recurrence;
  return loop;
}

void CoreState::fail(const SourcePlace& where, const std::string& what) const {
  std::string_view file = where.file;
  file.remove_prefix(std::min(file.rfind('/') + 1, file.size()));
  throw Error(ErrorCode::internal, "npu kernel " + kernel_name_ + ", " + std::string(file) + ":" +
                                       std::to_string(where.line) + ": " + what);
}

void CoreState::refuse_access(const void* address, std::size_t bytes, std::size_t alignment,
                              const SourcePlace& where) const {
  const auto* const byte = static_cast<const std::byte*>(address);
  if (byte < memory_.get() || byte >= memory_.get() + kCoreMemoryBytes) {
    fail(where, "an access of " + std::to_string(bytes) + " bytes outside the core's memory");
  }
  const std::size_t offset = static_cast<std::size_t>(byte - memory_.get());
  const std::string access = "an access of " + std::to_string(bytes) + " bytes at " + hex(offset);
  if (offset % alignment != 0) {
    fail(where, access + ": expected a multiple of " + std::to_string(alignment));
  }
  for (const Buffer& buffer : buffers_) {
    if (offset >= buffer.start && offset < buffer.end) {
      fail(where,
           access + " runs past buffer '" + buffer.name + "', which ends at " + hex(buffer.end));
    }
  }
  fail(where, access + " is in no declared buffer");
}

void refuse_without_core() {
  throw Error(ErrorCode::bad_argument, "npu emulator: no core is current; make a CoreScope first");
}

CoreScope::CoreScope(CoreState& core, std::string_view kernel) : previous_(current_core) {
  core.begin(kernel);
  current_core = &core;
}

CoreScope::~CoreScope() {
  current_core->end();
  current_core = previous_;
}

CountedLoop::CountedLoop(const char* name, int trips, Recurrence recurrence)
    : core_(core()), counts_(core_.loop(name, recurrence)), trips_(trips), outer_(core_.issued) {
  if (trips < 0) {
    throw Error(ErrorCode::internal, std::string("npu kernel: loop '") + name + "' of " +
                                         std::to_string(trips) + " trips");
  }
  core_.issued = &issued_;
  core_.bank_accesses = {};
}

CountedLoop::~CountedLoop() {
  core_.issued = outer_;
  counts_.issued += issued_;
  ++counts_.entries;
  counts_.trips += trips_;
  // What a bank cannot serve within the bundles that the slots need anyway.
  counts_.bank_conflicts += std::max<std::int64_t>(0, busiest_bank_ - busiest_slot(issued_));
}

void CountedLoop::end_trip() {
  busiest_bank_ += *std::max_element(core_.bank_accesses.begin(), core_.bank_accesses.end());
  core_.bank_accesses = {};
}

}  // namespace tessera::compute::npu
