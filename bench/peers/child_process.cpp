#include "bench/peers/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "tessera/error.h"

extern char** environ;

namespace tessera::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string last_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(" \t\r") != line.npos) last = line;
  }
  return last;
}

}  // namespace

// A socket and not two pipes: writing to a program that has ended is then an error, not a signal.
ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& error_file)
    : name_(command.at(0)), error_file_(error_file) {
  std::array<int, 2> ends = {};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw Error(ErrorCode::internal, std::string("socketpair: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_file.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // posix_spawnp only reads it
  }
  arguments.push_back(nullptr);
  const int status =
      posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  socket_ = ends[0];
  if (status == 0) return;
  close(socket_);
  throw Error(ErrorCode::unsupported, name_ + ": cannot be started: " + std::strerror(status));
}

ChildProcess::~ChildProcess() {
  close(socket_);
  if (pid_ < 0) return;
  const auto end = Clock::now() + std::chrono::seconds(2);
  while (Clock::now() < end) {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ChildProcess::fail_ended() {
  const auto end = Clock::now() + std::chrono::seconds(2);  // its output closes before it is gone
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > end) fail("the program has closed its output");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) {
    fail("the program was ended by signal " + std::to_string(WTERMSIG(status)) + ", " +
         strsignal(WTERMSIG(status)));
  }
  fail("the program has ended with status " + std::to_string(WEXITSTATUS(status)));
}

void ChildProcess::fail(const std::string& what) const {
  const std::string last = last_line_of(error_file_);
  throw Error(ErrorCode::device_failed, what + (last.empty() ? "" : "; it last said: " + last));
}

void ChildProcess::write_line(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail_ended();
    sent += static_cast<std::size_t>(n);
  }
}

std::string ChildProcess::read_line(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const std::size_t end = unread_.find('\n');
    if (end != unread_.npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waited = {.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&waited, 1, static_cast<int>(left.count())) == 0) {
      fail("no answer within " + std::to_string(patience.count() / 1000) + " s");
    }
    std::array<char, 4096> buffer;
    const ssize_t n = recv(socket_, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail_ended();
    unread_.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace tessera::bench
