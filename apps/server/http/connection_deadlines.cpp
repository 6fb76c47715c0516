#include "apps/server/http/connection_deadlines.h"

#include <sys/socket.h>

#include <condition_variable>

namespace tessera::server {
namespace {

constexpr std::chrono::milliseconds kPeriod{100};

}  // namespace

using Clock = std::chrono::steady_clock;

ConnectionDeadlines::ConnectionDeadlines()
    : watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

ConnectionDeadlines::Connection* ConnectionDeadlines::begin(int socket,
                                                            std::chrono::milliseconds time) {
  const std::scoped_lock lock(mutex_);
  return &connections_.emplace_back(Connection{socket, Clock::now() + time});
}

void ConnectionDeadlines::set(Connection& connection, std::chrono::milliseconds time) {
  const std::scoped_lock lock(mutex_);
  connection.deadline = Clock::now() + time;
}

void ConnectionDeadlines::clear(Connection& connection) {
  const std::scoped_lock lock(mutex_);
  connection.deadline.reset();
}

void ConnectionDeadlines::end(Connection& connection) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(connections_, [&](const Connection& other) { return &other == &connection; });
}

// Whoever waits for the socket sees its end and closes it.
void ConnectionDeadlines::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::condition_variable_any never;
  while (!never.wait_for(lock, stop, kPeriod, [] { return false; }) && !stop.stop_requested()) {
    const Clock::time_point now = Clock::now();
    for (Connection& connection : connections_) {
      if (!connection.deadline || now < *connection.deadline) continue;
      ::shutdown(connection.socket, SHUT_RDWR);
      connection.deadline.reset();
    }
  }
}

}  // namespace tessera::server
