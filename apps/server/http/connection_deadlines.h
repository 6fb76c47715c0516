// Ends connections whose request does not arrive in time, however they keep themselves alive.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace tessera::server {

/// A timeout between two bytes does not bound a client that sends a byte now and then; this bounds
/// the whole. From any thread.
class ConnectionDeadlines {
 public:
  struct Connection {
    int socket;
    std::optional<std::chrono::steady_clock::time_point> deadline;
  };

  ConnectionDeadlines();

  /// The record of a connection, which stays good until end().
  Connection* begin(int socket, std::chrono::milliseconds time);
  void set(Connection& connection, std::chrono::milliseconds time);
  /// The request is there; answering it may take any time.
  void clear(Connection& connection);
  /// The socket is about to be closed.
  void end(Connection& connection);

 private:
  void watch(const std::stop_token& stop);

  std::mutex mutex_;
  std::list<Connection> connections_;
  std::jthread watcher_;  // last: ends before what it uses
};

}  // namespace tessera::server
