#include "apps/server/transcription_service.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <utility>

#include "apps/cli/channel_results.h"
#include "apps/server/field_value.h"
#include "apps/server/job_events.h"
#include "apps/server/transcript_formats.h"
#include "tessera/audio.h"

namespace tessera::server {
namespace {

using ServiceClock = std::chrono::steady_clock;

/// Proxies close connections that are silent for a minute.
constexpr std::chrono::seconds kHeartbeatTime{15};

/// What is said of a sound file instead of the name that a client gave it.
constexpr const char* kFileName = "file";

HttpError http_error(const Error& error) {
  const std::string message = error.what();
  switch (error.code()) {
    case ErrorCode::bad_argument:
      return {400, "invalid_value", message};
    case ErrorCode::bad_file:
      return {400, "invalid_audio", message, "file"};
    case ErrorCode::unsupported:
      return {400, "unsupported_audio", message, "file"};
    case ErrorCode::out_of_memory:
      return {503, "out_of_memory", message};
    case ErrorCode::cancelled:
      return {503, "given_up", "the server gave this request up: it is ending"};
    case ErrorCode::device_failed:
    case ErrorCode::internal:
      break;
  }
  return {500, "internal_error", message};
}

HttpError http_error(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return http_error(error);
  } catch (const std::exception&) {
    return {500, "internal_error", "the server made a mistake"};
  }
}

/// Of sound whose channels tell speakers apart. Throws HttpError when it has one.
std::size_t count_channels(const Upload& file) try {
  const int channels = channel_count(file.bytes(), kFileName);
  if (channels > 1) return static_cast<std::size_t>(channels);
  throw HttpError(400, "unsupported_value",
                  "response_format: diarized_json tells speakers apart by their channels, and the "
                  "sound has one",
                  "response_format");
} catch (const Error& error) {
  throw HttpError(http_error(error));
}

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f", 1000 * seconds);
  return text;
}

std::string server_timing(const StageSeconds& seconds) {
  return "read;dur=" + milliseconds(seconds.read) + ", mel;dur=" + milliseconds(seconds.mel) +
         ", encode;dur=" + milliseconds(seconds.encode) +
         ", decode;dur=" + milliseconds(seconds.decode);
}

/// Names as they may stand in a header; what is odd or long is left out.
std::string listed(const std::vector<std::string>& names) {
  std::string list;
  constexpr std::size_t kMostBytes = 500;
  for (const std::string& name : names) {
    const bool plain = name.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789_-[]") == std::string::npos;
    if (name.empty() || !plain || list.size() + name.size() > kMostBytes) continue;
    list += (list.empty() ? "" : ", ") + name;
  }
  return list;
}

}  // namespace

/// A request on its way through the service, held by both sides.
struct TranscriptionService::Job {
  TranscriptionRequest request;
  Endpoint endpoint;
  std::shared_ptr<Upload> file;
  std::string id;
  std::stop_source stop;
  JobEvents events;
  std::optional<ServiceClock::time_point> deadline;

  std::mutex mutex;
  std::vector<Result> channels = std::vector<Result>(1);  // or one of all mixed
  std::size_t ended = 0;
  std::exception_ptr failure;

  /// The last one ends the job; a failure ends the others.
  void end_channel(std::size_t channel, FileOutcome outcome) {
    const std::scoped_lock lock(mutex);
    if (outcome.error != nullptr && failure == nullptr) {
      failure = outcome.error;
      stop.request_stop();
    }
    channels[channel] = std::move(outcome.result);
    if (++ended < channels.size()) return;
    if (failure != nullptr) {
      events.put(FileOutcome{{}, failure});
    } else if (channels.size() == 1) {
      events.put(FileOutcome{std::move(channels.front()), nullptr});
    } else {
      events.put(FileOutcome{cli::join_channels(std::move(channels)), nullptr});
    }
  }

  /// The next event, in `time` or less. Stops the job when nobody waits for it any more.
  std::optional<JobEvent> next(const Client& client, std::chrono::milliseconds time) try {
    if (deadline) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - ServiceClock::now());
      if (left.count() <= 0) {
        stop.request_stop();
        throw HttpError(504, "timeout", "the request took longer than the server allows");
      }
      time = std::min(time, left + std::chrono::milliseconds(1));
    }
    return events.next(client, time);
  } catch (const ClientGone&) {
    stop.request_stop();
    throw;
  }
};

/// Events of a job as they come, for a client that listens.
class TranscriptionService::EventStream : public BodyStream {
 public:
  EventStream(std::shared_ptr<Job> job, const Client& client, std::optional<JobEvent> first)
      : job_(std::move(job)), client_(client), first_(std::move(first)) {}
  ~EventStream() override { job_->stop.request_stop(); }

  std::optional<std::string> next() override try {
    if (ended_) return std::nullopt;
    for (;;) {
      const std::optional<JobEvent> event =
          first_ ? std::exchange(first_, std::nullopt) : job_->next(client_, kHeartbeatTime);
      if (!event) return std::string(kHeartbeat);
      std::string text = std::visit([this](const auto& what) { return tell(what); }, *event);
      if (!text.empty()) return text;
    }
  } catch (const HttpError& error) {
    ended_ = true;
    return error_event(error);
  }

 private:
  std::string tell(const JobBegun& /*begun*/) const { return {}; }

  std::string tell(const Segment& segment) const {
    if (segment.text.empty()) return {};
    const bool verbose = job_->request.format == ResponseFormat::verbose_json;
    return delta_event(segment.text) + (verbose ? segment_event(segment) : "");
  }

  std::string tell(const FileOutcome& outcome) {
    ended_ = true;
    if (outcome.error != nullptr) return error_event(http_error(outcome.error));
    return done_event(outcome.result);
  }

  std::shared_ptr<Job> job_;
  Client client_;
  std::optional<JobEvent> first_;
  bool ended_ = false;
};

TranscriptionService::TranscriptionService(const ServerOptions& options, Metrics& metrics,
                                           AccessLog& log)
    : options_(options), metrics_(metrics), log_(log) {}

void TranscriptionService::load() {
  const cli::TranscribeOptions& wanted = options_.transcription;
  const Model model = Model::load(wanted.model, wanted.model_dir);
  service_ = std::make_unique<Service>(model, ServiceOptions{.device = wanted.device,
                                                             .windows = options_.windows,
                                                             .max_waiting = options_.max_queue,
                                                             .max_audio_s = options_.max_audio_s});
  // Where a model lies is nothing to tell strangers.
  model_name_ = options_.model_name;
  if (model_name_.empty()) model_name_ = std::filesystem::path(model.name()).filename().string();
  if (model_name_.empty()) model_name_ = "whisper-1";
  loaded_ = true;
}

void TranscriptionService::cancel_all() {
  if (loaded_) service_->cancel_all();
}

bool TranscriptionService::ready() const { return loaded_ && !closing_ && service_->has_room(); }

void TranscriptionService::admit() const {
  if (closing_) throw HttpError(503, "ending", "the server is ending");
  if (!loaded_) throw HttpError(503, "loading", "the model is being loaded");
}

const std::string& TranscriptionService::model_name() const {
  if (!loaded_) throw HttpError(503, "loading", "the model is being loaded");
  return model_name_;
}

Gauges TranscriptionService::gauges() const {
  if (!loaded_) return {};
  return {service_->waiting(), service_->running(), ready(), model_name_, service_->describe()};
}

void TranscriptionService::check_model(const std::string& name) const {
  if (name.empty() || name == "whisper-1" || name == model_name_) return;
  throw HttpError(404, "model_not_found",
                  "model: there is no " + in_quotes(name) + " here, but '" + model_name_ + "'",
                  "model");
}

Response TranscriptionService::answer(Request& request, Endpoint endpoint) {
  admit();
  const std::shared_ptr<Job> job = submit(request, endpoint);
  Response response =
      job->request.stream ? streamed(job, request.client) : whole(job, request.client);
  const std::string ignored = listed(job->request.ignored);
  if (!ignored.empty()) response.headers.emplace_back("X-Ignored-Fields", ignored);
  return response;
}

std::shared_ptr<TranscriptionService::Job> TranscriptionService::submit(Request& request,
                                                                        Endpoint endpoint) {
  auto job = std::make_shared<Job>();
  job->request = read_fields(endpoint, request.form.fields, options_.transcription.transcription,
                             options_.windows);
  job->endpoint = endpoint;
  job->id = request.head.id;
  check_model(job->request.model);
  job->file = request.form.file;
  if (!job->file) throw HttpError(400, "missing_field", "file: expected a sound file", "file");
  if (job->file->size() == 0) throw HttpError(400, "invalid_audio", "file: is empty", "file");
  if (options_.request_time_s > 0) {
    job->deadline =
        ServiceClock::now() + std::chrono::duration_cast<ServiceClock::duration>(
                                  std::chrono::duration<double>(options_.request_time_s));
  }
  if (job->request.format == ResponseFormat::diarized_json) {
    job->channels.resize(count_channels(*job->file));
  }
  // The last to be submitted may end, and take the results away, before the loop looks again.
  const std::size_t channels = job->channels.size();
  for (std::size_t channel = 0; channel < channels; ++channel) {
    if (service_->submit(service_job(job, channel))) continue;
    job->stop.request_stop();
    admit();  // when it is not for want of room
    metrics_.count_rejected("queue_full");
    throw HttpError(429, "queue_full", "too many requests wait already; try again");
  }
  return job;
}

ServiceJob TranscriptionService::service_job(const std::shared_ptr<Job>& job, std::size_t channel) {
  ServiceJob submitted;
  submitted.file = job->file->bytes();
  submitted.name = kFileName;
  submitted.options = job->request.options;
  if (job->channels.size() > 1) submitted.options.channel = static_cast<int>(channel);
  submitted.callbacks.stop = job->stop.get_token();
  submitted.callbacks.on_window = [this](const WindowReport& window) {
    metrics_.count_window(window);
  };
  if (job->request.stream) {
    submitted.callbacks.on_language = [job](const std::string&, double) {
      job->events.put(JobBegun{});
    };
    submitted.callbacks.on_segment = [job](const Segment& segment) { job->events.put(segment); };
  }
  submitted.on_done = [this, job, channel](FileOutcome outcome) {
    if (outcome.error == nullptr) {
      metrics_.count_transcript(outcome.result);
      if (options_.log_text) log_.info("id=" + job->id + " text:" + outcome.result.text);
    }
    job->end_channel(channel, std::move(outcome));
  };
  return submitted;
}

Response TranscriptionService::whole(const std::shared_ptr<Job>& job, const Client& client) {
  for (;;) {
    std::optional<JobEvent> event = job->next(client, kHeartbeatTime);
    auto* outcome = event ? std::get_if<FileOutcome>(&*event) : nullptr;
    if (outcome == nullptr) continue;
    if (outcome->error != nullptr) throw HttpError(http_error(outcome->error));
    const std::string timing = server_timing(outcome->result.seconds);
    Response response = format_transcript(std::move(outcome->result), job->request, job->endpoint);
    response.headers.emplace_back("Server-Timing", timing);
    return response;
  }
}

// The status line comes with the first event that shows whether there is anything to transcribe.
Response TranscriptionService::streamed(const std::shared_ptr<Job>& job, const Client& client) {
  std::optional<JobEvent> first;
  while (!first) first = job->next(client, kHeartbeatTime);
  if (const auto* outcome = std::get_if<FileOutcome>(&*first)) {
    if (outcome->error != nullptr) throw HttpError(http_error(outcome->error));
  }
  Response response{.content_type = "text/event-stream"};
  response.headers.emplace_back("X-Accel-Buffering", "no");  // nginx passes each event on at once
  response.stream = std::make_unique<EventStream>(job, client, std::move(first));
  return response;
}

}  // namespace tessera::server
