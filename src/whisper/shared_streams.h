// The streams of one window in a decoding session that several windows share.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "src/compute/device.h"

namespace tessera::whisper {

/// Streams with numbers of their own, and how they lie in the shared session. A device is for one
/// thread at a time, so opening, forking and closing are only written down here; apply() does them
/// before the next step. Not for use from several threads at the same time.
class SharedStreams {
 public:
  explicit SharedStreams(const compute::ModelDims& dims) : dims_(dims) {}

  int open(std::shared_ptr<const compute::EncodedWindow> window);
  int fork(int stream);
  void close(int stream);
  int length(int stream) const { return at(stream).length; }

  /// Throws the error that a step with these inputs would give, so that it meets this window alone
  /// and not the others of the step.
  void check(std::span<const compute::StreamInput> inputs) const;

  /// Does in the session what has been written down.
  void apply(compute::DecoderSession& session);
  /// Appends the inputs, with the numbers of the session, to those of its step.
  void append(std::span<const compute::StreamInput> inputs,
              std::vector<compute::StreamInput>& step) const;
  /// The step has been computed.
  void advance(std::span<const compute::StreamInput> inputs);

  /// The numbers of those that are open in the session.
  std::vector<int> opened() const;
  /// The session is gone, and the streams with it.
  void forget_opened() noexcept;

 private:
  static constexpr int kNotOpened = -1;

  struct Stream {
    int length = 0;
    int opened = kNotOpened;  // number in the session
  };
  struct Wish {
    enum class Kind { open, fork, close } kind;
    int stream;                                              // open, fork: the new one
    int from = 0;                                            // fork
    std::shared_ptr<const compute::EncodedWindow> window{};  // open
  };

  const Stream& at(int stream) const;
  Stream& at(int stream);

  compute::ModelDims dims_;
  std::map<int, Stream> streams_;
  std::vector<Wish> wishes_;
  int next_ = 0;
};

}  // namespace tessera::whisper
