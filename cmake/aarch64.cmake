# Toolchain file: Debian's cross compiler for 64-bit Arm. What it builds runs under qemu-user, whose
# processor `max` has every extension that we have kernels for.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(sysroot /usr/aarch64-linux-gnu)  # libraries of the package libc6-arm64-cross
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu max -L ${sysroot})
# Nothing of this machine's own libraries may be found.
set(CMAKE_FIND_ROOT_PATH ${sysroot})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
