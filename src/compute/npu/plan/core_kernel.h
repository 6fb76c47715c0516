// A kernel as an array plan sees it: a function of buffers in a core's memory and of numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tessera::compute::npu {

/// One kernel that a core can be given. Buffers lie in the core's 64 KB of memory.
struct CoreKernel {
  std::string name;                       ///< the symbol that the core's program is linked with
  std::string object;                     ///< the object file that holds it, "matmul_i8_aie2.o"
  std::vector<std::size_t> buffer_bytes;  ///< what each buffer must hold at least
  std::size_t scalars = 0;                ///< how many numbers it takes after them
  std::size_t stack_bytes = 1024;
  std::size_t program_bytes = 0;  ///< its part of the 16 KB
  void (*run)(std::span<std::byte* const> buffers, std::span<const std::int32_t> scalars) = nullptr;
};

}  // namespace tessera::compute::npu
