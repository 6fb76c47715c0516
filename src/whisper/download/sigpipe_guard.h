// Keeps a connection that breaks while we write to it from ending the program.
#pragma once

namespace tessera::whisper {

/// While it lives, this thread gets no SIGPIPE: OpenSSL writes to sockets in the way that raises
/// it, and libcurl leaves it to its user when signals are turned off, as they must be in a library.
class SigpipeGuard {
 public:
  SigpipeGuard();
  ~SigpipeGuard();
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  bool was_blocked_ = false;
  bool was_pending_ = false;
};

}  // namespace tessera::whisper
