#include "apps/server/metrics.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tessera/info.h"

namespace tessera::server {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

/// A label's value: what would end it is escaped.
std::string label(const std::string& name, const std::string& value) {
  std::string text = name + "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + '"';
}

std::string head(const std::string& name, const char* type, const char* help) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

std::string line(const std::string& name, const std::string& labels, double value) {
  return name + (labels.empty() ? "" : "{" + labels + "}") + " " + number(value) + "\n";
}

std::string gauge(const std::string& name, const char* help, double value) {
  return head(name, "gauge", help) + line(name, "", value);
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void Histogram::add(double value) {
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    if (value <= bounds_[i]) ++counts_[i];
  }
  ++count_;
  sum_ += value;
}

std::string Histogram::text(const std::string& name) const {
  std::string text;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    text +=
        line(name + "_bucket", label("le", number(bounds_[i])), static_cast<double>(counts_[i]));
  }
  text += line(name + "_bucket", label("le", "+Inf"), static_cast<double>(count_));
  text += line(name + "_sum", "", sum_);
  return text + line(name + "_count", "", static_cast<double>(count_));
}

void Metrics::count_request(const std::string& endpoint, int status, double seconds) {
  const std::scoped_lock lock(mutex_);
  ++requests_[{endpoint, status}];
  duration_.add(seconds);
}

void Metrics::count_rejected(const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  ++rejected_[reason];
}

void Metrics::count_window(const WindowReport& window) {
  const std::scoped_lock lock(mutex_);
  ++windows_;
  if (window.silence) ++silent_windows_;
  for (std::size_t i = 1; i < window.attempts.size(); ++i) {
    ++fallbacks_[number(window.attempts[i].temperature)];
  }
}

void Metrics::count_transcript(const Result& result) {
  const StageSeconds& seconds = result.seconds;
  const std::scoped_lock lock(mutex_);
  audio_seconds_ += result.duration_s;
  processing_seconds_["read"] += seconds.read;
  processing_seconds_["mel"] += seconds.mel;
  processing_seconds_["encode"] += seconds.encode;
  processing_seconds_["decode"] += seconds.decode;
  if (result.duration_s > 0) {
    real_time_factor_.add((seconds.read + seconds.mel + seconds.encode + seconds.decode) /
                          result.duration_s);
  }
}

std::string Metrics::text(const Gauges& gauges) const {
  const std::scoped_lock lock(mutex_);
  std::string text = head("tessera_requests_total", "counter", "Requests by endpoint and status");
  for (const auto& [key, count] : requests_) {
    text += line("tessera_requests_total",
                 label("endpoint", key.first) + "," + label("status", std::to_string(key.second)),
                 static_cast<double>(count));
  }
  text += head("tessera_request_duration_seconds", "histogram",
               "Seconds from a request's headers to the end of its answer");
  text += duration_.text("tessera_request_duration_seconds");
  text += head("tessera_rejected_total", "counter", "Requests refused before any work, by reason");
  for (const auto& [reason, count] : rejected_) {
    text += line("tessera_rejected_total", label("reason", reason), static_cast<double>(count));
  }
  text += head("tessera_audio_seconds_total", "counter", "Seconds of sound transcribed");
  text += line("tessera_audio_seconds_total", "", audio_seconds_);
  text += head("tessera_processing_seconds_total", "counter",
               "Seconds of work by stage; of shared calls a request's share");
  for (const auto& [stage, seconds] : processing_seconds_) {
    text += line("tessera_processing_seconds_total", label("stage", stage), seconds);
  }
  text += head("tessera_real_time_factor", "histogram", "Seconds of work per second of sound");
  text += real_time_factor_.text("tessera_real_time_factor");
  text += head("tessera_windows_total", "counter", "Windows decoded, by whether they were silence");
  text += line("tessera_windows_total", label("silence", "false"),
               static_cast<double>(windows_ - silent_windows_));
  text +=
      line("tessera_windows_total", label("silence", "true"), static_cast<double>(silent_windows_));
  text += head("tessera_fallback_total", "counter", "Windows decoded again, by temperature");
  for (const auto& [temperature, count] : fallbacks_) {
    text += line("tessera_fallback_total", label("temperature", temperature),
                 static_cast<double>(count));
  }
  text += gauge("tessera_queue_depth", "Requests that wait", static_cast<double>(gauges.waiting));
  text += gauge("tessera_in_flight", "Requests that are being transcribed",
                static_cast<double>(gauges.running));
  text += gauge("tessera_ready", "1 when requests are taken", gauges.ready ? 1 : 0);
  text += head("tessera_model_info", "gauge", "The model and what computes it");
  text += line("tessera_model_info",
               label("name", gauges.model) + "," + label("device", gauges.device) + "," +
                   label("version", version()),
               1);
  return text + gauge("process_resident_memory_bytes", "Memory of the server", resident_bytes());
}

}  // namespace tessera::server
