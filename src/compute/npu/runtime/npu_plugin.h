/* What a plugin gives the library so that array plans run on an NPU. Plain C, and nothing of the
 * chip's own software: so the library is built, shipped and started on machines without it.
 *
 * A plugin is a shared library that exports `tessera_npu_plugin`. Each function that can fail gives
 * a status, and writes one line for people into `text` (of `text_bytes`, ends with a zero) when it
 * is not TESSERA_NPU_OK. A context is for one thread at a time. */
#ifndef TESSERA_NPU_PLUGIN_H
#define TESSERA_NPU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header. A plugin with another number is not used. */
#define TESSERA_NPU_PLUGIN_VERSION 1u
/* Buffers that a design can be given: bo0 to bo4 of an xclbin's metadata. */
#define TESSERA_NPU_MAX_BUFFERS 5u

typedef enum tessera_npu_status {
  TESSERA_NPU_OK = 0,
  TESSERA_NPU_NO_DEVICE = 1,      /* none there, or no way to it */
  TESSERA_NPU_WRONG_FIRMWARE = 2, /* the device or its driver cannot do what is asked */
  TESSERA_NPU_BAD_FILE = 3,       /* the xclbin is missing, damaged or for something else */
  TESSERA_NPU_BAD_ARGUMENT = 4,
  TESSERA_NPU_TIMEOUT = 5, /* a launch did not end in time */
  TESSERA_NPU_FAILED = 6   /* a launch ended badly, or the driver refused something */
} tessera_npu_status;

/* What is loaded into the array. All of it is copied or read while `open` runs. */
typedef struct tessera_npu_design {
  const char* xclbin; /* path */
  const uint32_t* instructions;
  size_t instruction_words;
  const uint64_t* buffer_bytes; /* of each buffer */
  size_t buffers;
} tessera_npu_design;

/* One launch: for each buffer the part that it is given, in bytes. */
typedef struct tessera_npu_launch {
  const uint64_t* offsets;
  const uint64_t* bytes;
} tessera_npu_launch;

typedef enum tessera_npu_direction {
  TESSERA_NPU_TO_DEVICE = 0,
  TESSERA_NPU_FROM_DEVICE = 1
} tessera_npu_direction;

typedef struct tessera_npu_context tessera_npu_context;

typedef struct tessera_npu_functions {
  uint32_t version; /* TESSERA_NPU_PLUGIN_VERSION */

  /* Whether there is a device: writes what it is, or why there is none, into `text`. */
  tessera_npu_status (*probe)(char* text, size_t text_bytes);

  /* Opens the device with a design in it. */
  tessera_npu_status (*open)(const tessera_npu_design* design, tessera_npu_context** context,
                             char* text, size_t text_bytes);

  /* The memory of a buffer, for the context's life. */
  void* (*buffer)(tessera_npu_context* context, size_t index);

  /* Makes what one side wrote visible to the other. */
  tessera_npu_status (*sync)(tessera_npu_context* context, size_t index,
                             tessera_npu_direction direction, char* text, size_t text_bytes);

  /* Runs launches one after the other: as one list, or each by itself. `timeout_ms` is for all of
   * them. After a status other than OK the device was given the design afresh, or will be by the
   * next run; the text names the state that the launch was in. */
  tessera_npu_status (*run)(tessera_npu_context* context, const tessera_npu_launch* launches,
                            size_t count, int as_list, uint32_t timeout_ms, char* text,
                            size_t text_bytes);

  void (*close)(tessera_npu_context* context);
} tessera_npu_functions;

/* The one symbol that a plugin exports. */
#define TESSERA_NPU_PLUGIN_SYMBOL "tessera_npu_plugin"
typedef const tessera_npu_functions* (*tessera_npu_plugin_function)(void);

#ifdef __cplusplus
}
#endif

#endif
