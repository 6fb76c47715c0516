// What is timed against what: Tessera itself, or another program that speaks tools/peer_workers'
// protocol. All of them get the same job.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/compute/tensor.h"

namespace tessera::bench {

/// The same work for all: log-mels in memory to tokens, greedily.
struct Job {
  int bands = 0, frames = 0;          ///< of one window's log-mel
  std::vector<compute::Tensor> mels;  ///< windows of (bands, frames) f32
  std::vector<int> prompt;            ///< what the decoder is shown first
  int end = 0;                        ///< the token that ends a text; never chosen
  int tokens = 0;                     ///< to choose in each window
  int threads = 0;
};

/// What can be asked of a contender.
namespace task {
inline constexpr const char* kEncode = "encode";             ///< the encoder alone, one window
inline constexpr const char* kEncodeCross = "encode_cross";  ///< with the decoder's cross-attention
                                                             ///< keys and values
inline constexpr const char* kWindow = "window";    ///< one window and its tokens, one stream
inline constexpr const char* kWindows = "windows";  ///< all windows and their tokens
}  // namespace task

struct Introduction {
  std::string version;
  std::string settings;
  std::map<std::string, std::string> tasks;  ///< those it can do, and what their time includes
  std::string decode;                        ///< what the decoder's part of a time includes
  std::vector<std::string> answers;          ///< of "states" and "logits"
};

struct Timing {
  double ms = 0;
  double decode_ms = 0;  ///< the part of the decoder's steps; 0: not told
};

class Contender {
 public:
  virtual ~Contender() = default;
  virtual const Introduction& introduction() const = 0;
  /// Does one of the tasks once. Throws Error when it fails.
  virtual Timing run(const std::string& task) = 0;
  /// "states": the encoder's output for the first window; "logits": those of its first token.
  virtual std::vector<float> answer(const std::string& name) = 0;
};

}  // namespace tessera::bench
