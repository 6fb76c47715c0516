#include "apps/server/http/listening_socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "tessera/error.h"

namespace tessera::server {
namespace {

constexpr int kBacklog = 128;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const std::string& host, int port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) {
    throw Error(ErrorCode::bad_argument, "host " + host + ": " + ::gai_strerror(failure));
  }
  return {found, ::freeaddrinfo};
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return address.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

int port_of(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

ListeningSocket open_listening_socket(const std::string& host, int port) {
  const Addresses addresses = resolve(host, port);
  const int socket = ::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  if (socket >= 0) ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (socket < 0 || ::bind(socket, addresses->ai_addr, addresses->ai_addrlen) != 0 ||
      ::listen(socket, kBacklog) != 0) {
    const int error = errno;
    if (socket >= 0) ::close(socket);
    throw Error(ErrorCode::bad_argument, "cannot listen at " + host + " port " +
                                             std::to_string(port) + ": " + std::strerror(error));
  }
  const int actual = port_of(socket);
  const bool v6 = host.find(':') != std::string::npos;
  return {socket, actual,
          "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(actual)};
}

bool is_loopback(const std::string& host) {
  const Addresses addresses = resolve(host, 0);
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    if (!is_loopback(*address->ai_addr)) return false;
  }
  return true;
}

}  // namespace tessera::server
