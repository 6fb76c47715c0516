// Requests for transcripts: from a form to an answer, through the queue in front of the model.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "apps/server/access_log.h"
#include "apps/server/http/message.h"
#include "apps/server/metrics.h"
#include "apps/server/request_fields.h"
#include "apps/server/server_options.h"
#include "tessera/service.h"

namespace tessera::server {

/// The model that is served, once it is loaded.
class TranscriptionService {
 public:
  TranscriptionService(const ServerOptions& options, Metrics& metrics, AccessLog& log);

  /// Begins to take requests. Takes as long as loading the model. Throws tessera::Error.
  void load();
  /// Takes no more requests.
  void close() { closing_ = true; }
  /// Asks all that were taken to stop.
  void cancel_all();

  bool loaded() const { return loaded_; }
  /// Whether requests are taken: loaded, not closing, room in the queue.
  bool ready() const;
  bool closing() const { return closing_; }

  /// Throws HttpError when there is no use in sending a form.
  void admit() const;
  Response answer(Request& request, Endpoint endpoint);

  /// As clients call the model. Throws HttpError before it is loaded.
  const std::string& model_name() const;
  Gauges gauges() const;

 private:
  struct Job;
  class EventStream;

  void check_model(const std::string& name) const;
  std::shared_ptr<Job> submit(Request& request, Endpoint endpoint);
  ServiceJob service_job(const std::shared_ptr<Job>& job, std::size_t channel);
  Response whole(const std::shared_ptr<Job>& job, const Client& client);
  Response streamed(const std::shared_ptr<Job>& job, const Client& client);

  const ServerOptions& options_;
  Metrics& metrics_;
  AccessLog& log_;
  std::string model_name_;
  std::unique_ptr<Service> service_;
  std::atomic<bool> loaded_ = false;  // then the two above stay as they are
  std::atomic<bool> closing_ = false;
};

}  // namespace tessera::server
