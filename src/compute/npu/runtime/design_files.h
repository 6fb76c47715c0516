// What AMD's tools made of a plan: the file for the array and the instructions for its firmware.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tessera::compute::npu {

/// Names of the files in a folder that tools/npu_build makes.
inline constexpr const char* kXclbinFile = "design.xclbin";
inline constexpr const char* kInstructionsFile = "instructions.bin";
inline constexpr const char* kPlanFile = "plan.mlir";
inline constexpr const char* kManifestFile = "manifest.txt";

struct DesignFiles {
  std::filesystem::path xclbin;
  std::vector<std::uint32_t> instructions;
  /// The plan that both were built from, as emit_mlir() writes it, if that is known.
  std::optional<std::string> mlir;
};

/// A folder of tools/npu_build. The manifest's sizes must be those of the files, which are of one
/// build or of no use. Throws Error{bad_file} that names the file.
DesignFiles read_design(const std::filesystem::path& folder);

/// Two files by name, of whatever plan. Throws Error{bad_file} when one of them is missing or the
/// instructions are no whole words.
DesignFiles read_design(const std::filesystem::path& xclbin,
                        const std::filesystem::path& instructions);

}  // namespace tessera::compute::npu
