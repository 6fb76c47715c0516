#include "apps/cli/interrupt.h"

#include <pthread.h>

namespace tessera::cli {

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
    // From here on this thread takes the signals as every program does: they end it.
    sigset_t deadly = watched_;
    sigdelset(&deadly, SIGURG);
    ::pthread_sigmask(SIG_UNBLOCK, &deadly, nullptr);
    sigemptyset(&watched_);
    sigaddset(&watched_, SIGURG);
  }
}

}  // namespace tessera::cli
