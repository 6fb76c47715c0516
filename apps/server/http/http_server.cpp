#include "apps/server/http/http_server.h"

#include <microhttpd.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <string_view>

#include "apps/server/http/connection_deadlines.h"
#include "apps/server/http/request_id.h"
#include "tessera/error.h"

namespace tessera::server {
namespace {

using Clock = std::chrono::steady_clock;

/// A thread of a connection needs little; most of what is computed runs elsewhere.
constexpr std::size_t kThreadStackBytes = std::size_t{512} << 10;
constexpr std::size_t kStreamBlockBytes = std::size_t{16} << 10;
/// A client is let to send what will not be used, since many read no answer before they have sent
/// all; but no more than so many times what would be allowed.
constexpr std::uint64_t kMostDropped = 4;
/// What a form has besides its file: boundaries, headers of parts.
constexpr std::uint64_t kFormFrameBytes = std::uint64_t{64} << 10;

/// One request from its first line to its answer's last byte.
struct Exchange {
  RequestHead head;
  Clock::time_point begin = Clock::now();
  std::uint64_t received_bytes = 0;
  std::unique_ptr<FormReader> form;
  std::optional<HttpError> refusal;
  ConnectionDeadlines::Connection* connection = nullptr;
  int status = 0;
  bool answering = false;
};

MHD_Result add_header(void* headers, MHD_ValueKind /*kind*/, const char* name, const char* value) {
  try {
    std::string key = name;
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
    static_cast<std::map<std::string, std::string>*>(headers)->emplace(
        std::move(key), value == nullptr ? "" : value);
    return MHD_YES;
  } catch (...) {
    return MHD_NO;
  }
}

/// What a response's stream has given and the network has not taken yet.
struct StreamState {
  std::unique_ptr<BodyStream> stream;
  std::string piece = {};
  std::size_t sent = 0;
};

ssize_t read_stream(void* state_of_stream, std::uint64_t /*position*/, char* out,
                    std::size_t size) {
  auto& state = *static_cast<StreamState*>(state_of_stream);
  try {
    if (state.sent == state.piece.size()) {
      std::optional<std::string> piece = state.stream->next();
      if (!piece) return MHD_CONTENT_READER_END_OF_STREAM;
      state.piece = std::move(*piece);
      state.sent = 0;
    }
  } catch (...) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  const std::size_t count = std::min(size, state.piece.size() - state.sent);
  std::copy_n(state.piece.data() + state.sent, count, out);
  state.sent += count;
  return static_cast<ssize_t>(count);
}

void free_stream(void* state) { delete static_cast<StreamState*>(state); }

MHD_Response* make_response(Response& response) {
  if (response.stream) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlockBytes, read_stream,
                                             new StreamState{std::move(response.stream)},
                                             free_stream);
  }
  return MHD_create_response_from_buffer(response.body.size(), response.body.data(),
                                         MHD_RESPMEM_MUST_COPY);
}

int socket_of(MHD_Connection* connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

}  // namespace

bool Client::wait(int event, std::chrono::milliseconds timeout) const {
  pollfd watched[] = {{event, POLLIN, 0}, {socket_, POLLRDHUP, 0}};
  ::poll(watched, 2, static_cast<int>(timeout.count()));
  if ((watched[1].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) throw ClientGone();
  return (watched[0].revents & POLLIN) != 0;
}

struct HttpServer::Impl {
  Impl(int listening_socket, const HttpLimits& all_limits, Handler& answers);
  ~Impl();

  MHD_Result access(MHD_Connection* connection, const char* url, const char* method,
                    std::span<const char> upload, Exchange*& exchange);
  void begin(Exchange& exchange, MHD_Connection* connection);
  void check_length(const RequestHead& head) const;
  bool receive(Exchange& exchange, std::span<const char> upload) const;
  MHD_Result answer(Exchange& exchange, MHD_Connection* connection);
  Response response_for(Exchange& exchange, MHD_Connection* connection);
  MHD_Result queue(Exchange& exchange, MHD_Connection* connection, Response response) const;
  void end(Exchange* exchange);

  const HttpLimits limits;
  Handler& handler;
  ConnectionDeadlines deadlines;
  MHD_Daemon* daemon = nullptr;
  bool listening = true;

  std::mutex mutex;
  std::condition_variable changed;
  int answering = 0;
};

namespace {

MHD_Result on_access(void* impl, MHD_Connection* connection, const char* url, const char* method,
                     const char* /*version*/, const char* upload, std::size_t* upload_size,
                     void** exchange) {
  try {
    auto*& own = reinterpret_cast<Exchange*&>(*exchange);
    const std::span<const char> bytes(upload, *upload_size);
    *upload_size = 0;
    return static_cast<HttpServer::Impl*>(impl)->access(connection, url, method, bytes, own);
  } catch (...) {  // no memory even for an error
    return MHD_NO;
  }
}

void on_completed(void* impl, MHD_Connection* /*connection*/, void** exchange,
                  MHD_RequestTerminationCode /*how*/) {
  static_cast<HttpServer::Impl*>(impl)->end(
      static_cast<Exchange*>(std::exchange(*exchange, nullptr)));
}

void on_connection(void* impl_of_server, MHD_Connection* connection, void** record,
                   MHD_ConnectionNotificationCode what) {
  auto& impl = *static_cast<HttpServer::Impl*>(impl_of_server);
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    try {
      *record = impl.deadlines.begin(socket_of(connection), impl.limits.header_time);
    } catch (const std::exception&) {
      *record = nullptr;  // no memory: it has the timeout between two bytes alone
    }
  } else if (*record != nullptr) {
    impl.deadlines.end(*static_cast<ConnectionDeadlines::Connection*>(*record));
    *record = nullptr;
  }
}

void ignore_message(void* /*cls*/, const char* /*format*/, va_list /*arguments*/) {}

}  // namespace

HttpServer::Impl::Impl(int listening_socket, const HttpLimits& all_limits, Handler& answers)
    : limits(all_limits), handler(answers) {
  const unsigned per_address = limits.max_connections_per_address;
  daemon = MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC |
          MHD_USE_ERROR_LOG,
      0, nullptr, nullptr, on_access, this,                                              //
      MHD_OPTION_EXTERNAL_LOGGER, ignore_message, nullptr,                               //
      MHD_OPTION_LISTEN_SOCKET, listening_socket,                                        //
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, this,                                   //
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, this,                                 //
      MHD_OPTION_CONNECTION_LIMIT, limits.max_connections,                               //
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address,                                   //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.max_header_bytes,                       //
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(limits.idle_time.count()),    //
      MHD_OPTION_THREAD_STACK_SIZE, kThreadStackBytes, MHD_OPTION_STRICT_FOR_CLIENT, 1,  //
      MHD_OPTION_END);
  if (daemon == nullptr) {
    ::close(listening_socket);
    throw Error(ErrorCode::unsupported, "libmicrohttpd cannot start");
  }
}

HttpServer::Impl::~Impl() { MHD_stop_daemon(daemon); }

MHD_Result HttpServer::Impl::access(MHD_Connection* connection, const char* url, const char* method,
                                    std::span<const char> upload, Exchange*& exchange) {
  if (exchange == nullptr) {
    exchange = new Exchange;
    exchange->head.method = std::strcmp(method, "HEAD") == 0 ? "GET" : method;
    exchange->head.path = url;
    begin(*exchange, connection);
    // A client that asks whether it may send its body is told at once that it need not.
    const bool asks = !exchange->head.header("expect").empty();
    return exchange->refusal && asks ? answer(*exchange, connection) : MHD_YES;
  }
  if (!upload.empty()) return receive(*exchange, upload) ? MHD_YES : MHD_NO;
  return answer(*exchange, connection);
}

void HttpServer::Impl::begin(Exchange& exchange, MHD_Connection* connection) {
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, &exchange.head.headers);
  exchange.head.id = request_id(exchange.head.header("x-request-id"));
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  exchange.connection = static_cast<ConnectionDeadlines::Connection*>(info->socket_context);
  if (exchange.connection != nullptr) deadlines.set(*exchange.connection, limits.body_time);
  try {
    handler.admit(exchange.head);
    check_length(exchange.head);
    if (exchange.head.method == "POST") {
      exchange.form = std::make_unique<FormReader>(connection, exchange.head, limits.form);
    }
  } catch (const HttpError& error) {
    exchange.refusal = error;
  }
}

void HttpServer::Impl::check_length(const RequestHead& head) const {
  const std::string text = head.header("content-length");
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  const std::uint64_t most =
      limits.form.max_file_bytes + limits.form.max_text_bytes + kFormFrameBytes;
  if (length > most) {
    throw HttpError(413, "file_too_large",
                    "file: expected at most " + std::to_string(limits.form.max_file_bytes) +
                        " bytes, and the request has " + std::to_string(length),
                    "file");
  }
}

/// Whether the connection is worth going on with.
bool HttpServer::Impl::receive(Exchange& exchange, std::span<const char> upload) const {
  exchange.received_bytes += upload.size();
  if (exchange.form && !exchange.refusal) exchange.form->add(upload);
  return exchange.received_bytes <=
         kMostDropped * (limits.form.max_file_bytes + limits.form.max_text_bytes);
}

MHD_Result HttpServer::Impl::answer(Exchange& exchange, MHD_Connection* connection) {
  {
    const std::scoped_lock lock(mutex);
    ++answering;
    exchange.answering = true;
  }
  if (exchange.connection != nullptr) deadlines.clear(*exchange.connection);
  // While it is being answered a connection is idle, and may be; set anew, its time begins anew.
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
  MHD_Result result = MHD_NO;
  try {
    result = queue(exchange, connection, response_for(exchange, connection));
  } catch (const ClientGone&) {
    exchange.status = 499;  // nginx's number for it, which only the log sees
  }
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
                            static_cast<unsigned>(limits.idle_time.count()));
  return result;
}

Response HttpServer::Impl::response_for(Exchange& exchange, MHD_Connection* connection) {
  try {
    if (exchange.refusal) throw HttpError(*exchange.refusal);
    Request request{exchange.head, {}, Client(socket_of(connection))};
    if (exchange.form) request.form = exchange.form->finish();
    exchange.form.reset();
    return handler.answer(request);
  } catch (const HttpError& error) {
    return handler.answer_error(error);
  } catch (const ClientGone&) {
    throw;
  } catch (const std::bad_alloc&) {
    return handler.answer_error({503, "out_of_memory", "not enough memory for this request"});
  } catch (const std::exception&) {
    // What a bug has to say is not for strangers.
    return handler.answer_error({500, "internal_error", "the server made a mistake"});
  }
}

MHD_Result HttpServer::Impl::queue(Exchange& exchange, MHD_Connection* connection,
                                   Response response) const {
  handler.complete(exchange.head, response);
  MHD_Response* made = make_response(response);
  if (made == nullptr) return MHD_NO;
  if (!response.content_type.empty()) {
    MHD_add_response_header(made, "Content-Type", response.content_type.c_str());
  }
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(made, name.c_str(), value.c_str());
  }
  const MHD_Result result =
      MHD_queue_response(connection, static_cast<unsigned>(response.status), made);
  MHD_destroy_response(made);
  if (result == MHD_YES) exchange.status = response.status;
  return result;
}

void HttpServer::Impl::end(Exchange* exchange) {
  if (exchange == nullptr) return;
  const std::unique_ptr<Exchange> owned(exchange);
  if (owned->connection != nullptr) {
    deadlines.set(*owned->connection, limits.idle_time + limits.header_time);
  }
  const std::chrono::duration<double> seconds = Clock::now() - owned->begin;
  try {
    handler.over(owned->head, {owned->status, seconds.count(), owned->received_bytes});
  } catch (const std::exception&) {
    // No memory for a line in the log; the request is over all the same.
  }
  const std::scoped_lock lock(mutex);
  if (owned->answering) --answering;
  changed.notify_all();
}

HttpServer::HttpServer(int listening_socket, const HttpLimits& limits, Handler& handler)
    : impl_(std::make_unique<Impl>(listening_socket, limits, handler)) {}

HttpServer::~HttpServer() { stop_listening(); }

void HttpServer::stop_listening() {
  if (!std::exchange(impl_->listening, false)) return;
  const int socket = MHD_quiesce_daemon(impl_->daemon);
  if (socket >= 0) ::close(socket);
}

bool HttpServer::wait_until_answered(std::chrono::milliseconds time) {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, time, [this] { return impl_->answering == 0; });
}

}  // namespace tessera::server
