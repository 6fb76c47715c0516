#include "apps/cli/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <string_view>

namespace tessera::cli {
namespace {

/// For whoever waits at a terminal: the work ends with the step it is in, or not at all when it
/// waits for input.
void say_how_to_end_at_once() {
  constexpr std::string_view kHint = "\r\033[Ktessera: stopping; once more to end at once\n";
  if (::isatty(STDERR_FILENO) == 0) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kHint.data(), kHint.size());
}

}  // namespace

Interrupt::Interrupt() {
  sigemptyset(&watched_);
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&watched_, number);
    }
  }
  // Wakes the waiter at the end; its default is to be ignored, so nobody misses it.
  sigaddset(&watched_, SIGURG);
  ::pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  waiter_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  ending_ = true;
  ::pthread_kill(waiter_.native_handle(), SIGURG);
  waiter_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::wait() {
  int number = 0;
  while (!ending_) {
    if (::sigwait(&watched_, &number) != 0 || number == SIGURG) continue;
    signal_ = number;
    source_.request_stop();
    say_how_to_end_at_once();
    // From here on this thread takes the signals as every program does: they end it.
    sigset_t deadly = watched_;
    sigdelset(&deadly, SIGURG);
    ::pthread_sigmask(SIG_UNBLOCK, &deadly, nullptr);
    sigemptyset(&watched_);
    sigaddset(&watched_, SIGURG);
  }
}

}  // namespace tessera::cli
