#include "src/whisper/read_ahead.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "src/base/stopwatch.h"

namespace tessera::whisper {

struct ReadAhead::Task {
  Task(Request from, int n_mels)
      : request(std::move(from)), thread([this, n_mels](const std::stop_token& stop) {
          try {
            const Recording recording = open_recording(request.path, request.plan.channel);
            read.set_value(read_recording(recording, request.plan, n_mels, stop));
          } catch (...) {
            read.set_exception(std::current_exception());
          }
        }) {}

  const Request request;
  std::promise<ReadRecording> read;
  std::jthread thread;  // last: begins when the others are there, and ends before they go
};

ReadAhead::ReadAhead(int n_mels) : n_mels_(n_mels) {}
ReadAhead::~ReadAhead() = default;

void ReadAhead::request(const std::string& path, const ReadPlan& plan) {
  std::error_code ignored;
  request_.reset();
  if (std::filesystem::is_regular_file(path, ignored)) request_ = Request{path, plan};
}

void ReadAhead::begin() {
  if (!request_) return;
  task_.reset();  // one at a time
  task_ = std::make_unique<Task>(*std::exchange(request_, std::nullopt), n_mels_);
}

bool ReadAhead::has(const std::string& path, const ReadPlan& plan) {
  const Request wanted{path, plan};
  if (request_ == wanted) request_.reset();
  return task_ && task_->request == wanted;
}

ReadRecording ReadAhead::take(const std::stop_token& stop) {
  const std::unique_ptr<Task> task = std::move(task_);
  const std::stop_callback pass_on(stop, [&] { task->thread.request_stop(); });
  double waited = 0;
  std::future<ReadRecording> read = task->read.get_future();
  ReadRecording recording = base::Stopwatch::timed(waited, [&] { return read.get(); });
  recording.seconds.ahead = std::max(0.0, recording.seconds.read + recording.seconds.mel - waited);
  return recording;
}

}  // namespace tessera::whisper
