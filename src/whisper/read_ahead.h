// The next recording, read while the one before it is transcribed.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "src/whisper/recording.h"

namespace tessera::whisper {

/// Reads one recording ahead, in a thread of its own.
///
/// Nothing of a recording can be encoded before all of it has been read, because its loudest frame
/// is the measure of all others; and its log-mel takes a fraction of the time that reading does. So
/// what can be overlapped is one recording's read and mel with another's encode and decode.
class ReadAhead {
 public:
  explicit ReadAhead(int n_mels);
  /// Ends the reading.
  ~ReadAhead();

  /// Names the file to be read at the next begin(), in place of any named before. Only regular
  /// files are read ahead: others may keep a reader waiting for ever.
  void request(const std::string& path, const ReadPlan& plan);

  /// Begins to read the requested file, if there is one; what was read of another is dropped.
  void begin();

  /// Whether this file was begun. If not, it is about to be read otherwise, and no request for it
  /// stands any more.
  bool has(const std::string& path, const ReadPlan& plan);

  /// The file that has() told of, once it is read. Throws what was wrong with it, and
  /// Error{cancelled} when `stop` asks for it.
  ReadRecording take(const std::stop_token& stop);

 private:
  struct Request {
    std::string path;
    ReadPlan plan;
    bool operator==(const Request&) const = default;
  };
  struct Task;

  int n_mels_;
  std::optional<Request> request_;
  std::unique_ptr<Task> task_;
};

}  // namespace tessera::whisper
