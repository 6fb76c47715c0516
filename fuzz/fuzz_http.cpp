// libFuzzer: what a client sends, over a socket to the server's readers of requests, forms and
// fields. The first byte is 0: the rest is a request; else the rest is the body of a form with the
// boundary "b", sent in pieces of so many bytes. What is answered must be whole.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apps/server/http/http_server.h"
#include "apps/server/request_fields.h"
#include "apps/server/transcript_formats.h"

using namespace tessera::server;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

constexpr const char* kFieldsPath = "/v1/audio/transcriptions";

/// So small that they are met, and so large that the server reads any input to its end.
HttpLimits small_limits() {
  HttpLimits limits;
  limits.form.max_file_bytes = 16384;
  limits.form.max_text_bytes = 4096;
  limits.form.max_fields = 16;
  limits.form.max_memory_bytes = 512;
  return limits;
}

/// Reads forms as the server does, and transcribes nothing.
class FormHandler : public Handler {
 public:
  void admit(const RequestHead& head) override {
    expect(!head.id.empty() && head.id.size() <= 128 && is_plain(head.id));
    if (head.path == "/nothing") throw HttpError(404, "not_found", "there is nothing");
  }

  Response answer(Request& request) override {
    const FormLimits limits = small_limits().form;
    std::size_t text_bytes = 0;
    for (const FormField& field : request.form.fields) text_bytes += field.text.size();
    expect(text_bytes <= limits.max_text_bytes);
    expect(request.form.fields.size() <= limits.max_fields);
    if (request.form.file) {
      expect(request.form.file->bytes().size() == request.form.file->size());
      expect(request.form.file->size() <= limits.max_file_bytes);
    }
    if (request.head.method == "POST") {
      read_fields(Endpoint::transcriptions, request.form.fields, {}, 8);
    }
    return {.content_type = "application/json", .body = "{}"};
  }

  Response answer_error(const HttpError& error) override {
    expect(error.status >= 400 && error.status < 600 && is_plain(error.what()));
    return {.status = error.status, .content_type = "application/json", .body = error_json(error)};
  }

  void complete(const RequestHead& head, Response& response) override {
    response.headers.emplace_back("X-Request-Id", head.id);
  }

  void over(const RequestHead& /*head*/, const Exchanged& /*exchanged*/) override {}
};

/// A server at a socket of this machine's that has no port.
class LocalServer {
 public:
  LocalServer() : server_(listen(), small_limits(), handler_) {}

  int connect() const {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect(::connect(socket, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)) == 0);
    return socket;
  }

 private:
  int listen() {
    address_.sun_family = AF_UNIX;
    const std::string name = "tessera-fuzz-" + std::to_string(::getpid());
    std::ranges::copy(name, address_.sun_path + 1);  // after a zero: in no file system
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect(::bind(socket, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)) == 0);
    expect(::listen(socket, 16) == 0);
    return socket;
  }

  sockaddr_un address_ = {};
  FormHandler handler_;
  HttpServer server_;
};

/// Calls again what libFuzzer's clock has interrupted.
template <class Call>
ssize_t uninterrupted(Call call) {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// A server that has heard enough closes, and takes no more.
void send(int socket, std::string_view bytes, std::size_t piece) {
  while (!bytes.empty()) {
    const ssize_t sent = uninterrupted(
        [&] { return ::send(socket, bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL); });
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string receive_all(int socket) {
  std::string all;
  char piece[4096];
  for (;;) {
    const ssize_t count = uninterrupted([&] { return ::recv(socket, piece, sizeof(piece), 0); });
    if (count <= 0) return all;
    all.append(piece, static_cast<std::size_t>(count));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const LocalServer server;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] == 0 ? bytes.size() : data[0];
  const int socket = server.connect();
  if (data[0] != 0) {
    const std::string head =
        std::string("POST ") + kFieldsPath +
        " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; "
        "boundary=b\r\nContent-Length: " +
        std::to_string(bytes.size()) + "\r\n\r\n";
    send(socket, head, head.size());
  }
  send(socket, bytes, piece);
  if (data[0] == 0) ::shutdown(socket, SHUT_WR);  // who closes wants no answer
  const std::string answer = receive_all(socket);
  ::close(socket);
  // A form that was sent whole is answered, once.
  if (data[0] != 0) expect(answer.starts_with("HTTP/1.1 ") && answer.ends_with("}"));
  return 0;
}
