#include "src/whisper/download/sigpipe_guard.h"

#include <signal.h>
#include <time.h>

namespace tessera::whisper {
namespace {

sigset_t only_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool is_pending() {
  sigset_t pending;
  sigemptyset(&pending);
  return ::sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

}  // namespace

SigpipeGuard::SigpipeGuard() : was_pending_(is_pending()) {
  const sigset_t set = only_sigpipe();
  sigset_t before;
  sigemptyset(&before);
  ::pthread_sigmask(SIG_BLOCK, &set, &before);
  was_blocked_ = sigismember(&before, SIGPIPE) == 1;
}

SigpipeGuard::~SigpipeGuard() {
  const sigset_t set = only_sigpipe();
  const timespec at_once = {};
  // One that came in the meantime was ours; it must not be delivered late.
  if (!was_pending_ && is_pending()) ::sigtimedwait(&set, nullptr, &at_once);
  if (!was_blocked_) ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace tessera::whisper
