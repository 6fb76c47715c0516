// A decoder for tests that answers from a script, with streams that can be forked.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "src/compute/device.h"
#include "tessera/error.h"

namespace tessera::whisper {

/// What the decoder says after the tokens that a stream has been fed, its prompt left out.
using Script = std::function<std::vector<float>(const std::vector<int>& tokens)>;

class ScriptedSession : public compute::DecoderSession {
 public:
  ScriptedSession(Script script, int n_vocab, int prompt_tokens)
      : script_(std::move(script)), n_vocab_(n_vocab), prompt_tokens_(prompt_tokens) {
    first_ = script_({});
  }

  int open_stream(std::shared_ptr<const compute::EncodedWindow> /*window*/) override {
    return add({});
  }
  int fork_stream(int stream) override { return add(streams_.at(stream)); }
  void close_stream(int stream) override {
    if (streams_.erase(stream) == 0) throw Error(ErrorCode::internal, "closed twice");
  }
  int length(int stream) const override {
    return prompt_tokens_ + static_cast<int>(streams_.at(stream).size());
  }
  compute::TensorView step(std::span<const compute::StreamInput> inputs,
                           const std::stop_token& stop) override {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    logits_ = compute::Tensor(compute::DType::f32, static_cast<int>(inputs.size()), n_vocab_);
    int row = 0;
    for (const compute::StreamInput& input : inputs) {
      std::vector<int>& tokens = streams_.at(input.stream);
      tokens.insert(tokens.end(), input.tokens.begin(), input.tokens.end());
      longest_ = std::max(longest_, length(input.stream));
      std::ranges::copy(script_(tokens), logits_.row<float>(row++).begin());
    }
    return logits_.view();
  }
  compute::TensorView attention(std::size_t /*index*/) const override { return {}; }

  /// What it says after the prompt.
  std::span<const float> first() const { return first_; }
  std::size_t open_streams() const { return streams_.size(); }
  /// Most tokens that any stream has been fed, the prompt included.
  int longest() const { return longest_; }

 private:
  int add(std::vector<int> tokens) {
    streams_.emplace(next_, std::move(tokens));
    return next_++;
  }

  Script script_;
  int n_vocab_;
  int prompt_tokens_;
  std::vector<float> first_;
  std::map<int, std::vector<int>> streams_;
  int next_ = 0;
  int longest_ = 0;
  compute::Tensor logits_;
};

}  // namespace tessera::whisper
