// Which instruction sets this build has kernels for: the one place that asks the compiler which
// processor family it compiles for. The kernel list leaves out the rows of the others.
#pragma once

#if defined(__x86_64__)
#define TESSERA_COMPILED_avx2 1
#define TESSERA_COMPILED_avx_vnni 1
#define TESSERA_COMPILED_avx512 1
#define TESSERA_COMPILED_avx512_vnni 1
#define TESSERA_COMPILED_avx512_bf16 1
#define TESSERA_COMPILED_amx 1
#define TESSERA_COMPILED_neon 0
#define TESSERA_COMPILED_neon_dotprod 0
#define TESSERA_IF_avx2(...) __VA_ARGS__
#define TESSERA_IF_avx_vnni(...) __VA_ARGS__
#define TESSERA_IF_avx512(...) __VA_ARGS__
#define TESSERA_IF_avx512_vnni(...) __VA_ARGS__
#define TESSERA_IF_avx512_bf16(...) __VA_ARGS__
#define TESSERA_IF_amx(...) __VA_ARGS__
#define TESSERA_IF_neon(...)
#define TESSERA_IF_neon_dotprod(...)
#elif defined(__aarch64__)
#define TESSERA_COMPILED_avx2 0
#define TESSERA_COMPILED_avx_vnni 0
#define TESSERA_COMPILED_avx512 0
#define TESSERA_COMPILED_avx512_vnni 0
#define TESSERA_COMPILED_avx512_bf16 0
#define TESSERA_COMPILED_amx 0
#define TESSERA_COMPILED_neon 1
#define TESSERA_COMPILED_neon_dotprod 1
#define TESSERA_IF_avx2(...)
#define TESSERA_IF_avx_vnni(...)
#define TESSERA_IF_avx512(...)
#define TESSERA_IF_avx512_vnni(...)
#define TESSERA_IF_avx512_bf16(...)
#define TESSERA_IF_amx(...)
#define TESSERA_IF_neon(...) __VA_ARGS__
#define TESSERA_IF_neon_dotprod(...) __VA_ARGS__
#else
#error "Tessera has kernels for x86-64 and Armv8 (aarch64)"
#endif
#define TESSERA_IF_portable(...) __VA_ARGS__
#define TESSERA_COMPILED_aie2 1
#define TESSERA_IF_aie2(...) __VA_ARGS__
