/* A plugin for tests: it finds a device, and nothing works. Built again as one of another version,
 * and as a library that is no plugin. */
#include <stdio.h>

#include "src/compute/npu/runtime/npu_plugin.h"

#ifndef FAKE_VERSION
#define FAKE_VERSION TESSERA_NPU_PLUGIN_VERSION
#endif

#if FAKE_VERSION != 0
static tessera_npu_status probe(char* text, size_t text_bytes) {
  snprintf(text, text_bytes, "a fake NPU");
  return TESSERA_NPU_OK;
}

static tessera_npu_status open_design(const tessera_npu_design* design,
                                      tessera_npu_context** context, char* text,
                                      size_t text_bytes) {
  (void)context;
  snprintf(text, text_bytes, "%s: a fake NPU runs nothing", design->xclbin);
  return TESSERA_NPU_FAILED;
}

static const tessera_npu_functions kFunctions = {FAKE_VERSION, probe, open_design, 0, 0, 0, 0};

__attribute__((visibility("default"))) const tessera_npu_functions* tessera_npu_plugin(void);
const tessera_npu_functions* tessera_npu_plugin(void) { return &kFunctions; }
#else
__attribute__((visibility("default"))) int tessera_no_plugin;
int tessera_no_plugin;
#endif
