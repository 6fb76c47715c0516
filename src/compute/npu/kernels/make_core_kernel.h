// A kernel for plans of a function of pointers and numbers.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/compute/npu/plan/core_kernel.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

// Calls a kernel of pointers and then numbers with a plan's buffers and scalars.
template <auto kKernel>
struct Call;
template <class... Parameters, void (*kKernel)(Parameters...)>
struct Call<kKernel> {
  static constexpr std::size_t kBuffers = (std::size_t{std::is_pointer_v<Parameters>} + ...);
  static constexpr std::size_t kScalars = sizeof...(Parameters) - kBuffers;

  static void run(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars) {
    if (buffers.size() != kBuffers || scalars.size() != kScalars) {
      throw Error(ErrorCode::bad_argument, "npu kernel: expected " + std::to_string(kBuffers) +
                                               " buffers and " + std::to_string(kScalars) +
                                               " numbers, got " + std::to_string(buffers.size()) +
                                               " and " + std::to_string(scalars.size()));
    }
    call(buffers, scalars, std::index_sequence_for<Parameters...>());
  }

 private:
  template <class T>
  static T argument(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars,
                    std::size_t index) {
    if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(buffers[index]);
    if constexpr (!std::is_pointer_v<T>) return scalars[index - kBuffers];
  }
  template <std::size_t... kIndex>
  static void call(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars,
                   std::index_sequence<kIndex...>) {
    kKernel(argument<Parameters>(buffers, scalars, kIndex)...);
  }
};

template <auto kKernel>
CoreKernel make_core_kernel(const char* name, const char* object, std::vector<std::size_t> bytes,
                            std::size_t stack_bytes, std::size_t program_bytes) {
  return {name,        object,        std::move(bytes),  Call<kKernel>::kScalars,
          stack_bytes, program_bytes, Call<kKernel>::run};
}

}  // namespace tessera::compute::npu
