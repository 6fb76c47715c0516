// Ctrl-C: the first asks the work to stop, the second ends the program.
#pragma once

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace tessera::cli {

/// While it lives, SIGINT and SIGTERM ask `token()` to stop instead of ending the program; a second
/// one ends it at once. Make it before any other thread, since they inherit the blocked signals.
/// Signals that were ignored when the program began stay ignored.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  /// The signal that came, or 0.
  int signal() const { return signal_; }

 private:
  void wait();

  sigset_t watched_ = {};
  sigset_t before_ = {};
  std::stop_source source_;
  std::atomic<int> signal_ = 0;
  std::atomic<bool> ending_ = false;
  std::thread waiter_;
};

}  // namespace tessera::cli
