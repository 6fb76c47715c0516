#include "apps/server/server_app.h"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "apps/server/api_keys.h"
#include "apps/server/field_value.h"
#include "apps/server/openapi.h"
#include "apps/server/page.h"
#include "apps/server/transcript_formats.h"
#include "tessera/info.h"

namespace tessera::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kJson = "application/json";
constexpr std::string_view kModelPrefix = "/v1/models/";
constexpr int kRetryAfterS = 2;

Response json_response(const Json& json, int status = 200) {
  return {.status = status, .content_type = kJson, .body = json.dump()};
}

}  // namespace

struct ServerApp::Route {
  std::string_view path;
  std::string_view method;
  bool open;  ///< also to those without a key
  Response (*answer)(ServerApp& app, Request& request);
};

const ServerApp::Route* ServerApp::find_route(std::string_view path) {
  using App = ServerApp;
  static constexpr auto kHealth = [](App& app, Request& r) { return app.health(r); };
  static constexpr auto kModels = [](App& app, Request& r) { return app.models(r); };
  static constexpr auto kPage = [](App&, Request& r) { return page_response(r.head.path); };
  static constexpr Route kRoutes[] = {
      {"/v1/audio/transcriptions", "POST", false,
       [](App& app, Request& r) { return app.service_.answer(r, Endpoint::transcriptions); }},
      {"/v1/audio/translations", "POST", false,
       [](App& app, Request& r) { return app.service_.answer(r, Endpoint::translations); }},
      {"/inference", "POST", false,
       [](App& app, Request& r) { return app.service_.answer(r, Endpoint::inference); }},
      {"/v1/models", "GET", false, kModels},
      {kModelPrefix, "GET", false, kModels},
      {"/openapi.json", "GET", false,
       [](App&, Request&) { return Response{.content_type = kJson, .body = openapi_document()}; }},
      {"/metrics", "GET", false,
       [](App& app, Request&) {
         return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = app.metrics_.text(app.service_.gauges())};
       }},
      {"/version", "GET", false,
       [](App&, Request&) {
         return json_response({{"version", version()}});
       }},
      {"/health", "GET", true, kHealth},
      {"/healthz", "GET", true, kHealth},
      {"/v1/health", "GET", true, kHealth},
      {"/live", "GET", true,
       [](App&, Request&) {
         return json_response({{"status", "ok"}});
       }},
      {"/ready", "GET", true,
       [](App& app, Request&) {
         const bool ready = app.service_.ready();
         return json_response({{"ready", ready}}, ready ? 200 : 503);
       }},
      {"/", "GET", true, kPage},
      {"/page.css", "GET", true, kPage},
      {"/page.js", "GET", true, kPage},
      {"/subtitles.js", "GET", true, kPage},
  };
  if (path.starts_with(kModelPrefix)) path = kModelPrefix;
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

void ServerApp::admit(const RequestHead& head) {
  const Route* route = find_route(head.path);
  if (route == nullptr || !route->open) {
    check_origin(head);
    if (head.method == "OPTIONS" && !options_.cors_origin.empty()) return;
    check_key(head);
  }
  if (route == nullptr) {
    throw HttpError(404, "not_found", "there is nothing at " + in_quotes(head.path));
  }
  if (head.method != route->method) {
    throw HttpError(405, "method_not_allowed",
                    "expected " + std::string(route->method) + " for this path");
  }
  if (route->method == "POST") service_.admit();
}

void ServerApp::check_key(const RequestHead& head) const {
  if (options_.api_keys.empty()) return;
  if (is_authorized(head.header("authorization"), options_.api_keys)) return;
  metrics_.count_rejected("key");
  throw HttpError(401, "invalid_api_key",
                  "expected a header 'Authorization: Bearer KEY' with a key of this server");
}

// A page from elsewhere can send a form to a server on its reader's machine without asking.
void ServerApp::check_origin(const RequestHead& head) const {
  const std::string origin = head.header("origin");
  if (origin.empty() || is_cors_allowed(origin)) return;
  const std::string host = head.header("host");
  if (origin == "http://" + host || origin == "https://" + host) return;
  metrics_.count_rejected("origin");
  throw HttpError(403, "origin_not_allowed",
                  "pages of this origin may not use the server; see --cors-origin");
}

bool ServerApp::is_cors_allowed(const std::string& origin) const {
  return options_.cors_origin == "*" ||
         (!options_.cors_origin.empty() && origin == options_.cors_origin);
}

Response ServerApp::answer(Request& request) {
  if (request.head.method == "OPTIONS") return preflight(request.head);
  return find_route(request.head.path)->answer(*this, request);
}

Response ServerApp::preflight(const RequestHead& /*head*/) const {
  Response response{.status = 204};
  response.headers = {{"Access-Control-Allow-Methods", "GET, POST"},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id"},
                      {"Access-Control-Max-Age", "600"}};
  return response;
}

Response ServerApp::answer_error(const HttpError& error) {
  Response response{.status = error.status, .content_type = kJson, .body = error_json(error)};
  if (error.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (error.status == 429 || error.status == 503) {
    response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterS));
  }
  return response;
}

void ServerApp::complete(const RequestHead& head, Response& response) {
  const auto add = [&](const char* name, std::string value) {
    response.headers.emplace_back(name, std::move(value));
  };
  add("X-Request-Id", head.id);
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("Cache-Control", "no-store");
  add("Content-Security-Policy", kContentSecurityPolicy);
  if (service_.closing()) add("Connection", "close");
  const std::string origin = head.header("origin");
  if (!origin.empty() && is_cors_allowed(origin)) {
    add("Access-Control-Allow-Origin", options_.cors_origin);
    add("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
    add("Vary", "Origin");
  }
}

void ServerApp::over(const RequestHead& head, const Exchanged& exchanged) {
  const Route* route = find_route(head.path);
  const std::string endpoint = route == nullptr ? "other" : std::string(route->path);
  metrics_.count_request(endpoint, exchanged.status, exchanged.seconds);
  if (route != nullptr && route->open) return;  // probes come all the time
  char numbers[96];
  std::snprintf(numbers, sizeof(numbers), " %d %.3f s %llu bytes id=", exchanged.status,
                exchanged.seconds, static_cast<unsigned long long>(exchanged.received_bytes));
  const bool known = route != nullptr && head.method == route->method;
  log_.info((known ? head.method : "(method)") + " " + endpoint + numbers + head.id);
}

Response ServerApp::health(const Request& /*request*/) const {
  if (!service_.loaded()) return json_response({{"status", "loading model"}}, 503);
  const Gauges gauges = service_.gauges();
  return json_response({{"status", service_.closing() ? "ending" : "ok"},
                        {"model", gauges.model},
                        {"device", gauges.device},
                        {"waiting", gauges.waiting},
                        {"running", gauges.running}},
                       service_.closing() ? 503 : 200);
}

Response ServerApp::models(const Request& request) const {
  static const std::time_t created = std::time(nullptr);
  const auto model = [](const std::string& id) {
    return Json{{"id", id}, {"object", "model"}, {"created", created}, {"owned_by", "tessera"}};
  };
  const std::string& name = service_.model_name();
  const std::string& path = request.head.path;
  if (path.starts_with(kModelPrefix)) {
    const std::string wanted = path.substr(kModelPrefix.size());
    if (wanted == name || wanted == "whisper-1") return json_response(model(wanted));
    throw HttpError(404, "model_not_found", "there is no model " + in_quotes(wanted) + " here");
  }
  Json data = Json::array({model(name)});
  if (name != "whisper-1") data.push_back(model("whisper-1"));
  return json_response({{"object", "list"}, {"data", data}});
}

}  // namespace tessera::server
