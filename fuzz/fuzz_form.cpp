// libFuzzer: any bytes as the body of a form, read by the server's reader through libmicrohttpd.
// The first byte says in pieces of which size they come, which must not matter.
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/server/http/form_reader.h"

using namespace tessera::server;

namespace {

constexpr FormLimits kLimits{
    .max_file_bytes = 4096, .max_text_bytes = 1024, .max_fields = 16, .max_memory_bytes = 512};

/// What became of a body: the parts, or the error's code.
struct Outcome {
  std::string text;
  bool complete = false;
};

struct State {
  std::unique_ptr<FormReader> reader;
  RequestHead head;
};

Outcome* outcome = nullptr;

std::string describe(const Form& form) {
  std::string text;
  for (const FormField& field : form.fields) {
    // An empty part may come twice, see FormReader.
    if (!field.text.empty()) text += field.name + "=" + field.text + ";";
  }
  if (!form.file) return text;
  if (form.file->size() > kLimits.max_file_bytes) std::abort();
  const auto bytes = form.file->bytes();
  return text + "file=" + std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

MHD_Result take(void*, MHD_Connection* connection, const char*, const char*, const char*,
                const char* upload, std::size_t* size, void** state_pointer) {
  auto*& state = reinterpret_cast<State*&>(*state_pointer);
  if (state == nullptr) {
    state = new State;
    state->head.headers["content-type"] = "multipart/form-data; boundary=b";
    state->reader = std::make_unique<FormReader>(connection, state->head, kLimits);
    return MHD_YES;
  }
  if (*size > 0) {
    state->reader->add({upload, *size});
    *size = 0;
    return MHD_YES;
  }
  try {
    outcome->text = describe(state->reader->finish());
  } catch (const HttpError& error) {
    outcome->text = "error " + error.code;
  }
  outcome->complete = true;
  return MHD_NO;  // closes the connection
}

void forget(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  delete static_cast<State*>(std::exchange(*state, nullptr));
}

Outcome read_in_pieces(MHD_Daemon* daemon, std::string_view body, std::size_t piece) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) std::abort();
  sockaddr address = {};
  Outcome result;
  outcome = &result;
  MHD_add_connection(daemon, ends[0], &address, sizeof(address));
  const std::string head =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  if (::write(ends[1], head.data(), head.size()) < 0) std::abort();
  MHD_run(daemon);
  while (!body.empty() && !result.complete) {
    const std::size_t count = std::min(piece, body.size());
    if (::write(ends[1], body.data(), count) == static_cast<ssize_t>(count)) {
      body.remove_prefix(count);
    }
    MHD_run(daemon);
  }
  for (int i = 0; i < 10 && !result.complete; ++i) MHD_run(daemon);
  ::close(ends[1]);
  for (int i = 0; i < 3; ++i) MHD_run(daemon);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8192) return 0;
  static MHD_Daemon* const daemon =
      MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL, 0, nullptr, nullptr, take, nullptr,
                       MHD_OPTION_NOTIFY_COMPLETED, forget, nullptr, MHD_OPTION_END);
  if (daemon == nullptr) std::abort();
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read_in_pieces(daemon, body, body.size());
  const Outcome pieces = read_in_pieces(daemon, body, 1 + data[0] % 64);
  if (!whole.complete || !pieces.complete || whole.text != pieces.text) std::abort();
  return 0;
}
