// What a client asks and what it is answered, without a word of HTTP's grammar.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/server/http/upload.h"

namespace tessera::server {

/// A request that is answered with an error instead of what was asked for.
struct HttpError : std::runtime_error {
  HttpError(int status_code, std::string code_name, const std::string& message,
            std::string parameter = {})
      : std::runtime_error(message),
        status(status_code),
        code(std::move(code_name)),
        param(std::move(parameter)) {}

  int status;
  std::string code;   ///< for programs: "model_not_found"
  std::string param;  ///< the field at fault, if it is one
};

/// The client has closed its connection; nobody waits for an answer.
struct ClientGone : std::runtime_error {
  ClientGone() : std::runtime_error("client gone") {}
};

/// What a request begins with.
struct RequestHead {
  std::string method;  ///< "GET" also for HEAD
  std::string path;    ///< percent-decoded, without the query
  std::string id;      ///< the client's, if it is fit to be repeated, or one of ours
  std::map<std::string, std::string> headers;  ///< by their names in lower case

  /// Empty when there is no such header.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// A text field of a form.
struct FormField {
  std::string name;
  std::string text;
};

/// A form as it was sent, in the order of its parts.
struct Form {
  std::vector<FormField> fields;
  std::shared_ptr<Upload> file;  ///< the part named "file"; null when there is none
};

/// The other end of a connection.
class Client {
 public:
  explicit Client(int socket) : socket_(socket) {}
  /// Waits until `event` can be read, and returns whether it can. Throws ClientGone.
  bool wait(int event, std::chrono::milliseconds timeout) const;

 private:
  int socket_;
};

struct Request {
  const RequestHead& head;
  Form form;
  Client client;
};

/// A body that comes in pieces.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Waits for the next piece, which is not empty; nothing at the end. Throws ClientGone.
  virtual std::optional<std::string> next() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = {};
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::unique_ptr<BodyStream> stream = {};  ///< in place of `body`
};

/// A request that is over.
struct Exchanged {
  int status = 0;  ///< 0: the connection ended without an answer
  double seconds = 0;
  std::uint64_t received_bytes = 0;  ///< of the body
};

/// Answers requests, from any thread.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Asked before the body is read. Throws HttpError when there is no need to.
  virtual void admit(const RequestHead& head) = 0;
  /// Throws HttpError or ClientGone.
  virtual Response answer(Request& request) = 0;
  virtual Response answer_error(const HttpError& error) = 0;
  /// Headers that every answer has.
  virtual void complete(const RequestHead& head, Response& response) = 0;
  virtual void over(const RequestHead& head, const Exchanged& exchanged) = 0;
};

}  // namespace tessera::server
