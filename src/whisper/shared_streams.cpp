#include "src/whisper/shared_streams.h"

#include <set>
#include <string>
#include <utility>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

[[noreturn]] void refuse(const std::string& expected, std::int64_t got) {
  throw Error(ErrorCode::bad_argument,
              "decoder: expected " + expected + ", got " + std::to_string(got));
}

}  // namespace

const SharedStreams::Stream& SharedStreams::at(int stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    throw Error(ErrorCode::internal, "decoder: no stream " + std::to_string(stream));
  }
  return found->second;
}

SharedStreams::Stream& SharedStreams::at(int stream) {
  return const_cast<Stream&>(std::as_const(*this).at(stream));
}

int SharedStreams::open(std::shared_ptr<const compute::EncodedWindow> window) {
  wishes_.push_back({Wish::Kind::open, next_, 0, std::move(window)});
  streams_.emplace(next_, Stream{});
  return next_++;
}

int SharedStreams::fork(int stream) {
  const int length = at(stream).length;
  wishes_.push_back({Wish::Kind::fork, next_, stream});
  streams_.emplace(next_, Stream{length});
  return next_++;
}

void SharedStreams::close(int stream) {
  at(stream);
  wishes_.push_back({Wish::Kind::close, stream});
}

void SharedStreams::check(std::span<const compute::StreamInput> inputs) const {
  if (inputs.empty()) {
    throw Error(ErrorCode::bad_argument, "decoder: a step without streams");
  }
  std::set<int> streams;
  for (const compute::StreamInput& input : inputs) {
    if (!streams.insert(input.stream).second) {
      throw Error(ErrorCode::bad_argument, "decoder: a stream twice in one step");
    }
    const int room = dims_.n_text_ctx - at(input.stream).length;
    const auto count = static_cast<std::int64_t>(input.tokens.size());
    if (count < 1 || count > room) refuse("1 to " + std::to_string(room) + " more tokens", count);
    for (const int token : input.tokens) {
      if (token < 0 || token >= dims_.n_vocab) {
        refuse("tokens below " + std::to_string(dims_.n_vocab), token);
      }
    }
    for (const compute::CrossHead& head : input.attention_heads) {
      if (head.layer < 0 || head.layer >= dims_.n_text_layers) {
        refuse("layers below " + std::to_string(dims_.n_text_layers), head.layer);
      }
      if (head.head < 0 || head.head >= dims_.n_text_heads) {
        refuse("heads below " + std::to_string(dims_.n_text_heads), head.head);
      }
    }
  }
}

void SharedStreams::apply(compute::DecoderSession& session) {
  for (Wish& wish : std::exchange(wishes_, {})) {
    Stream& stream = at(wish.stream);
    switch (wish.kind) {
      case Wish::Kind::open:
        stream.opened = session.open_stream(std::move(wish.window));
        break;
      case Wish::Kind::fork:
        stream.opened = session.fork_stream(at(wish.from).opened);
        break;
      case Wish::Kind::close:
        if (stream.opened != kNotOpened) session.close_stream(stream.opened);
        streams_.erase(wish.stream);
        break;
    }
  }
}

void SharedStreams::append(std::span<const compute::StreamInput> inputs,
                           std::vector<compute::StreamInput>& step) const {
  for (compute::StreamInput input : inputs) {
    input.stream = at(input.stream).opened;
    if (input.stream == kNotOpened) {
      throw Error(ErrorCode::internal, "decoder: a step after one that failed");
    }
    step.push_back(input);
  }
}

void SharedStreams::advance(std::span<const compute::StreamInput> inputs) {
  for (const compute::StreamInput& input : inputs) {
    at(input.stream).length += static_cast<int>(input.tokens.size());
  }
}

std::vector<int> SharedStreams::opened() const {
  std::vector<int> numbers;
  for (const auto& [number, stream] : streams_) {
    if (stream.opened != kNotOpened) numbers.push_back(stream.opened);
  }
  return numbers;
}

void SharedStreams::forget_opened() noexcept {
  for (auto& [number, stream] : streams_) stream.opened = kNotOpened;
}

}  // namespace tessera::whisper
