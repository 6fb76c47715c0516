// HTTP/1.1 by libmicrohttpd, a thread for each connection, and the limits that keep it in hand.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "apps/server/http/form_reader.h"
#include "apps/server/http/message.h"

namespace tessera::server {

struct HttpLimits {
  FormLimits form;
  unsigned max_connections = 256;
  unsigned max_connections_per_address = 0;  ///< 0: as many as connections
  std::size_t max_header_bytes = std::size_t{32} << 10;
  std::chrono::seconds header_time{15};  ///< from the connection's beginning to the last header
  std::chrono::seconds body_time{300};   ///< from there to the body's end
  std::chrono::seconds idle_time{60};    ///< between two bytes, and between two requests
};

/// Answers requests until it is stopped.
class HttpServer {
 public:
  struct Impl;

  /// Takes the socket, and begins. Throws Error{unsupported} when it cannot.
  HttpServer(int listening_socket, const HttpLimits& limits, Handler& handler);
  /// Ends all connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Takes no more connections; those that are there stay.
  void stop_listening();
  /// Waits until all requests that have come in whole are answered, or `time` has passed; returns
  /// whether they are.
  bool wait_until_answered(std::chrono::milliseconds time);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::server
