// Says what stands between this machine and its NPU, or runs one launch of a design. For those who
// set a machine up, and for tools/xrt_chroot.
//
//   tessera-npu-try                                      the plugin and the device
//   tessera-npu-try XCLBIN INSTRUCTIONS BYTES...         one launch with buffers of these sizes
//   options: --sys DIR, --dev DIR   instead of /sys and /dev
//            --timeout MS           of the launch, default 10000
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "src/compute/npu/runtime/design_files.h"
#include "src/compute/npu/runtime/npu_host.h"
#include "src/compute/npu/runtime/npu_runtime.h"

namespace tessera::compute::npu {
namespace {

constexpr int kPattern = 0x5A;  ///< what all buffers hold before the launch

struct Arguments {
  HostPlaces places;
  std::uint32_t timeout_ms = 10'000;
  std::vector<std::string> words;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      arguments.words.push_back(word);
      continue;
    }
    if (i + 1 == argc) throw Error(ErrorCode::bad_argument, word + ": expected a value");
    const std::string value = argv[++i];
    if (word == "--sys") {
      arguments.places.sys = value;
    } else if (word == "--dev") {
      arguments.places.dev = value;
    } else if (word == "--timeout") {
      arguments.timeout_ms = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    } else {
      throw Error(ErrorCode::bad_argument, "unknown option " + word);
    }
  }
  return arguments;
}

class Trial {
 public:
  Trial(const NpuPlugin& plugin, const Arguments& arguments)
      : functions_(plugin.functions()),
        design_(read_design(arguments.words[0], arguments.words[1])) {
    for (std::size_t i = 2; i < arguments.words.size(); ++i) {
      bytes_.push_back(std::strtoull(arguments.words[i].c_str(), nullptr, 0));
    }
    offsets_.assign(bytes_.size(), 0);
    const tessera_npu_design what = {design_.xclbin.c_str(), design_.instructions.data(),
                                     design_.instructions.size(), bytes_.data(), bytes_.size()};
    require(functions_.open(&what, &context_, text_.data(), text_.size()));
  }
  ~Trial() { functions_.close(context_); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void launch(std::uint32_t timeout_ms) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      std::memset(functions_.buffer(context_, i), kPattern, bytes_[i]);
      require(functions_.sync(context_, i, TESSERA_NPU_TO_DEVICE, text_.data(), text_.size()));
    }
    const tessera_npu_launch one = {offsets_.data(), bytes_.data()};
    const auto begin = std::chrono::steady_clock::now();
    require(functions_.run(context_, &one, 1, 0, timeout_ms, text_.data(), text_.size()));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    std::printf("one launch: completed in %.3f ms\n", took.count());
    for (std::size_t i = 0; i < bytes_.size(); ++i) report_changes(i);
  }

 private:
  void require(tessera_npu_status status) const { require_ok(status, text_.data()); }

  void report_changes(std::size_t index) {
    require(functions_.sync(context_, index, TESSERA_NPU_FROM_DEVICE, text_.data(), text_.size()));
    const auto* memory = static_cast<const unsigned char*>(functions_.buffer(context_, index));
    std::uint64_t changed = 0;
    for (std::uint64_t i = 0; i < bytes_[index]; ++i) changed += memory[i] != kPattern ? 1 : 0;
    std::printf("buffer %zu: %llu of %llu bytes changed\n", index,
                static_cast<unsigned long long>(changed),
                static_cast<unsigned long long>(bytes_[index]));
  }

  const tessera_npu_functions& functions_;
  DesignFiles design_;
  std::vector<std::uint64_t> bytes_, offsets_;
  tessera_npu_context* context_ = nullptr;
  std::array<char, 1024> text_ = {};
};

void run(const Arguments& arguments) {
  if (arguments.words.size() == 1 || arguments.words.size() == 2) {
    throw Error(ErrorCode::bad_argument, "expected XCLBIN INSTRUCTIONS BYTES..., or nothing");
  }
  const HostNpu host = find_host_npu(arguments.places);
  std::printf("machine: %s\n",
              host.problem.empty() ? "an NPU with a driver" : host.problem.c_str());
  const NpuPlugin plugin = load_npu_plugin(plugin_places(), host);
  std::printf("plugin: %s\n", plugin.path().c_str());
  // A design is looked at before the device, so that what is wrong with it shows anywhere.
  if (arguments.words.empty()) {
    std::printf("device: %s\n", probe_npu(plugin, host).c_str());
    return;
  }
  Trial(plugin, arguments).launch(arguments.timeout_ms);
}

}  // namespace
}  // namespace tessera::compute::npu

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // so that lines and errors come in their order
  try {
    tessera::compute::npu::run(tessera::compute::npu::parse(argc, argv));
    return 0;
  } catch (const tessera::Error& error) {
    std::fprintf(stderr, "error: %s: %s\n", tessera::error_code_name(error.code()), error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
  }
  return 1;
}
