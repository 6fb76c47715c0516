// A program that answers line for line.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace tessera::bench {

class ChildProcess {
 public:
  /// Starts command[0], looked up in PATH, with the rest as its arguments. Its standard input and
  /// output are ours, its standard error goes to `error_file`. Throws Error{unsupported} when it
  /// cannot be started.
  ChildProcess(const std::vector<std::string>& command, const std::string& error_file);
  /// Closes its input and gives it a moment to end by itself.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Throws Error{device_failed} when the program has ended.
  void write_line(const std::string& line);
  /// Throws Error{device_failed} when the program ends before the line does, or takes longer than
  /// `patience`. The message has what it last wrote to its standard error.
  std::string read_line(std::chrono::milliseconds patience);

 private:
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_ended();

  std::string name_;
  std::string error_file_;
  pid_t pid_ = -1;  // -1: it has ended
  int socket_ = -1;
  std::string unread_;
};

}  // namespace tessera::bench
