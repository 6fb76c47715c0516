// The plugin's one exported function: its table, which turns exceptions into statuses.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <string>

#include "plugins/npu_xrt/npu_context.h"

struct tessera_npu_context {
  tessera::npu_xrt::NpuContext context;
};

namespace tessera::npu_xrt {
namespace {

void write_text(const std::string& message, char* text, size_t text_bytes) {
  if (text == nullptr || text_bytes == 0) return;
  const size_t size = std::min(message.size(), text_bytes - 1);
  std::memcpy(text, message.data(), size);
  text[size] = '\0';
  std::replace(text, text + size, '\n', ' ');  // one line, whatever XRT says
}

template <class Work>
tessera_npu_status guarded(char* text, size_t text_bytes, const Work& work) {
  try {
    work();
    return TESSERA_NPU_OK;
  } catch (const Failure& failure) {
    write_text(failure.what(), text, text_bytes);
    return failure.status();
  } catch (const std::bad_alloc&) {
    write_text("out of memory", text, text_bytes);
  } catch (const std::exception& error) {
    write_text(error.what(), text, text_bytes);
  } catch (...) {
    write_text("an exception of unknown type", text, text_bytes);
  }
  return TESSERA_NPU_FAILED;
}

tessera_npu_status probe(char* text, size_t text_bytes) {
  std::string found;
  const tessera_npu_status status =
      guarded(text, text_bytes, [&] { found = describe(open_first_device()); });
  if (status == TESSERA_NPU_OK) write_text(found, text, text_bytes);
  return status;
}

tessera_npu_status open(const tessera_npu_design* design, tessera_npu_context** context, char* text,
                        size_t text_bytes) {
  return guarded(text, text_bytes,
                 [&] { *context = new tessera_npu_context{NpuContext(*design)}; });
}

void* buffer(tessera_npu_context* context, size_t index) { return context->context.memory(index); }

tessera_npu_status sync(tessera_npu_context* context, size_t index, tessera_npu_direction direction,
                        char* text, size_t text_bytes) {
  return guarded(text, text_bytes, [&] { context->context.sync(index, direction); });
}

tessera_npu_status run(tessera_npu_context* context, const tessera_npu_launch* launches,
                       size_t count, int as_list, uint32_t timeout_ms, char* text,
                       size_t text_bytes) {
  return guarded(text, text_bytes, [&] {
    context->context.run(std::span(launches, count), as_list != 0,
                         std::chrono::milliseconds(timeout_ms));
  });
}

void close(tessera_npu_context* context) { delete context; }

constexpr tessera_npu_functions kFunctions = {
    TESSERA_NPU_PLUGIN_VERSION, probe, open, buffer, sync, run, close};

}  // namespace
}  // namespace tessera::npu_xrt

extern "C" __attribute__((visibility("default"))) const tessera_npu_functions* tessera_npu_plugin();
const tessera_npu_functions* tessera_npu_plugin() { return &tessera::npu_xrt::kFunctions; }
