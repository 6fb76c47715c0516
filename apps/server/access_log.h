// What the server says about itself: lines on standard error.
#pragma once

#include <mutex>
#include <string_view>

namespace tessera::server {

/// Lines that begin with the time; control characters are escaped, so that no client can forge one.
/// From any thread.
class AccessLog {
 public:
  explicit AccessLog(bool quiet) : quiet_(quiet) {}

  /// Nothing when quiet.
  void info(std::string_view line);
  void error(std::string_view line);

 private:
  void write(std::string_view line);

  const bool quiet_;
  std::mutex mutex_;
};

}  // namespace tessera::server
