// The commands of the program. Each takes the arguments after its name and returns the exit status.
#pragma once

#include <string>
#include <vector>

namespace tessera::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSignal = 128;  ///< plus the signal's number

/// Turns files into transcripts. Throws UsageError, OutputFailed, or tessera::Error when no work
/// could begin; a file that fails is reported and the next one is done.
int transcribe_command(const std::vector<std::string>& arguments);

/// Turns sound that goes on into text. Throws UsageError, OutputFailed or tessera::Error.
int stream_command(const std::vector<std::string>& arguments);

/// Writes a model in the Hugging Face layout. Throws UsageError or tessera::Error.
int convert_command(const std::vector<std::string>& arguments);

/// Prints what this build and this machine can do.
int info_command(const std::vector<std::string>& arguments);

/// Fetches a model from the network. Throws UsageError, OutputFailed or tessera::Error.
int download_command(const std::vector<std::string>& arguments);

/// Prints the models that are on this machine.
int models_command(const std::vector<std::string>& arguments);

/// Stores a model's packed weights beside it. Throws UsageError, OutputFailed or tessera::Error.
int pack_command(const std::vector<std::string>& arguments);

/// Finds out which parts of a model stay in bf16. Throws UsageError, OutputFailed or
/// tessera::Error.
int calibrate_command(const std::vector<std::string>& arguments);

/// Says what a model would take on an NPU. Throws UsageError, OutputFailed or tessera::Error.
int npu_command(const std::vector<std::string>& arguments);

/// Counts the errors of transcripts. Throws UsageError, OutputFailed or tessera::Error; a sound
/// file that fails is reported and left out.
int wer_command(const std::vector<std::string>& arguments);

}  // namespace tessera::cli
