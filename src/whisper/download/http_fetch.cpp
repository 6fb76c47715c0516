#include "src/whisper/download/http_fetch.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>

#include "src/whisper/download/sigpipe_guard.h"
#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr long kMostRedirects = 5;
constexpr std::size_t kMostHeaderBytes = std::size_t{256} << 10;

constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kRangeNotSatisfiable = 416;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Sets an option; libcurl as Debian builds it knows each of them.
template <typename Value>
void set(CURL* curl, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(curl, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw Error(ErrorCode::out_of_memory, "libcurl: no memory");
  if (code != CURLE_OK) {
    throw Error(ErrorCode::internal, std::string("libcurl: ") + curl_easy_strerror(code));
  }
}

/// One transfer, and what its callbacks share.
class Transfer {
 public:
  Transfer(const HttpRequest& request, HttpReceiver& receiver)
      : request_(request),
        receiver_(receiver),
        curl_(curl_easy_init(), &curl_easy_cleanup),
        headers_(nullptr, &curl_slist_free_all) {
    if (!curl_) throw Error(ErrorCode::out_of_memory, "libcurl: no memory");
    set_address();
    set_limits();
    set_certificates();
    set_range();
    set_callbacks();
  }

  HttpResult run() {
    const CURLcode code = perform();
    if (problem_) std::rethrow_exception(problem_);
    if (request_.stop.stop_requested()) {
      throw Error(ErrorCode::cancelled, request_.address.shown + ": the download was cancelled");
    }
    const long status = response_status();
    if (code == CURLE_OK) {
      if (!begun_) begin();  // an empty body
      return {};
    }
    if (code == CURLE_HTTP_RETURNED_ERROR) return judge_status(status);
    return judge_failure(code);
  }

 private:
  CURLcode perform() {
    const SigpipeGuard guard;
    return curl_easy_perform(curl_.get());
  }

  void set_address() {
    const char* schemes = request_.address.encrypted ? "https" : "http,https";
    set(curl_.get(), CURLOPT_URL, request_.address.url.c_str());
    set(curl_.get(), CURLOPT_PROTOCOLS_STR, schemes);
    set(curl_.get(), CURLOPT_REDIR_PROTOCOLS_STR, schemes);
    set(curl_.get(), CURLOPT_FOLLOWLOCATION, 1L);
    set(curl_.get(), CURLOPT_MAXREDIRS, kMostRedirects);
    set(curl_.get(), CURLOPT_USERAGENT, "tessera/" TESSERA_VERSION);
    set(curl_.get(), CURLOPT_FAILONERROR, 1L);
  }

  void set_limits() {
    set(curl_.get(), CURLOPT_NOSIGNAL, 1L);
    set(curl_.get(), CURLOPT_CONNECTTIMEOUT, static_cast<long>(request_.timeout_s));
    set(curl_.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes per second
    set(curl_.get(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.timeout_s));
  }

  /// The variables of the program `curl`, which libcurl leaves to its users.
  void set_certificates() {
    const auto use = [&](const char* variable, CURLoption option) {
      const char* path = std::getenv(variable);
      if (path == nullptr || *path == '\0') return false;
      set(curl_.get(), option, path);
      return true;
    };
    if (use("CURL_CA_BUNDLE", CURLOPT_CAINFO)) return;
    use("SSL_CERT_DIR", CURLOPT_CAPATH);
    use("SSL_CERT_FILE", CURLOPT_CAINFO);
  }

  void set_range() {
    if (request_.first_byte == 0) return;
    set(curl_.get(), CURLOPT_RANGE, (std::to_string(request_.first_byte) + "-").c_str());
    if (request_.etag.empty()) return;
    headers_.reset(curl_slist_append(nullptr, ("If-Range: " + request_.etag).c_str()));
    if (!headers_) throw Error(ErrorCode::out_of_memory, "libcurl: no memory");
    set(curl_.get(), CURLOPT_HTTPHEADER, headers_.get());
  }

  void set_callbacks() {
    set(curl_.get(), CURLOPT_ERRORBUFFER, error_text_.data());
    set(curl_.get(), CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(curl_.get(), CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(curl_.get(), CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(curl_.get(), CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(curl_.get(), CURLOPT_XFERINFODATA, static_cast<void*>(this));
    set(curl_.get(), CURLOPT_XFERINFOFUNCTION, &Transfer::on_time);
    set(curl_.get(), CURLOPT_NOPROGRESS, 0L);
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->receive(data, size * count);
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->read_header_line({data, size * count});
  }

  /// libcurl keeps the headers, but forgets those of a redirect that it refuses.
  std::size_t read_header_line(std::string_view line) noexcept {
    constexpr std::string_view kLocation = "location:";
    const std::size_t bytes = line.size();
    header_bytes_ += bytes;
    if (header_bytes_ > kMostHeaderBytes) return 0;
    try {
      if (line.starts_with("HTTP/")) location_.clear();
      if (bytes > kLocation.size() &&
          ::strncasecmp(line.data(), kLocation.data(), kLocation.size()) == 0) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t", kLocation.size()), bytes));
        location_ = line.substr(0, line.find_first_of("\r\n"));
      }
      return bytes;
    } catch (...) {
      problem_ = std::current_exception();
      return 0;
    }
  }

  /// Called at least once per second. Anything but 0 ends the transfer.
  static int on_time(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->request_.stop.stop_requested() ? 1 : 0;
  }

  /// No exception may pass through libcurl, so it waits here until the transfer has ended.
  std::size_t receive(const char* data, std::size_t bytes) noexcept {
    try {
      if (!begun_) begin();
      receiver_.receive(std::as_bytes(std::span(data, bytes)));
      return bytes;
    } catch (...) {
      problem_ = std::current_exception();
      return bytes + 1;  // another number than it was given: an error
    }
  }

  void begin() {
    begun_ = true;
    HttpAnswer answer;
    const long status = response_status();
    if (status == kPartialContent && request_.first_byte > 0) {
      const std::optional<HttpAnswer> range = parse_content_range(header("Content-Range"));
      if (!range || range->first_byte != request_.first_byte) {
        fail("expected the bytes from " + std::to_string(request_.first_byte) +
             " on, got Content-Range '" + printable(header("Content-Range")) + "'");
      }
      answer = *range;
    } else if (status == kOk) {
      curl_off_t length = -1;
      curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
      if (length >= 0) answer.size_bytes = static_cast<std::uint64_t>(length);
    } else {
      fail("the server answered " + std::to_string(status) + ", not 200");
    }
    answer.etag = header("ETag");
    if (!answer.etag.starts_with('"')) answer.etag.clear();  // W/"..." is a weak one
    receiver_.begin(answer);
  }

  HttpResult judge_status(long status) const {
    constexpr long kNotFound = 404;
    constexpr long kRequestTimeout = 408;
    constexpr long kTooManyRequests = 429;
    constexpr long kServerErrors = 500;
    if (status == kRangeNotSatisfiable && request_.first_byte > 0) return {HttpEnd::bad_range, {}};
    const std::string problem = "the server answered " + std::to_string(status);
    if (status >= kServerErrors || status == kRequestTimeout || status == kTooManyRequests) {
      return {HttpEnd::cut, problem};
    }
    fail(status == kNotFound ? problem + " (not found)" : problem);
  }

  HttpResult judge_failure(CURLcode code) const {
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        return {HttpEnd::cut, "nothing came for " + std::to_string(request_.timeout_s) + " s"};
      case CURLE_PARTIAL_FILE:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_GOT_NOTHING:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM:
        return {HttpEnd::cut, "the connection was cut"};
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_URL_MALFORMAT:
        if (location_.empty()) fail(reason(code));
        fail("refused a redirect to '" + printable(location_) + "', which is not https");
      case CURLE_TOO_MANY_REDIRECTS:
        fail("more than " + std::to_string(kMostRedirects) + " redirects");
      case CURLE_COULDNT_RESOLVE_HOST:
        fail("there is no network, or no host " + printable(request_.address.host));
      case CURLE_PEER_FAILED_VERIFICATION:
        fail("the server's certificate is not to be trusted: " + reason(code));
      case CURLE_WRITE_ERROR:
        if (header_bytes_ > kMostHeaderBytes) fail("the server's answer has too long a header");
        [[fallthrough]];
      default:
        fail(reason(code));
    }
  }

  std::string reason(CURLcode code) const {
    const std::string text = error_text_.data();
    return printable(text.empty() ? curl_easy_strerror(code) : text);
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::bad_file, request_.address.shown + ": " + problem);
  }

  long response_status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  /// The header's value in the last answer; "" when it has none.
  std::string header(const char* name) const {
    curl_header* found = nullptr;
    constexpr int kLastAnswer = -1;
    const CURLHcode code =
        curl_easy_header(curl_.get(), name, 0, CURLH_HEADER, kLastAnswer, &found);
    return code == CURLHE_OK ? found->value : "";
  }

  const HttpRequest& request_;
  HttpReceiver& receiver_;
  Handle curl_;
  HeaderList headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_ = {};
  std::size_t header_bytes_ = 0;
  std::string location_;  // where the last answer redirects to
  bool begun_ = false;
  std::exception_ptr problem_;
};

void initialize_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    throw Error(ErrorCode::internal, std::string("libcurl: ") + curl_easy_strerror(code));
  }
}

}  // namespace

HttpResult http_get(const HttpRequest& request, HttpReceiver& receiver) {
  initialize_once();
  return Transfer(request, receiver).run();
}

}  // namespace tessera::whisper
