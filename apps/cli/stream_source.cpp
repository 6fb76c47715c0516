#include "apps/cli/stream_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "apps/cli/microphone.h"
#include "tessera/audio.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

constexpr std::size_t kSamplesPerSecond = 16000;
constexpr std::size_t kMostWaiting = 60 * kSamplesPerSecond;
/// Sound comes in pieces of 20 ms from files that are played.
constexpr std::size_t kPiece = kSamplesPerSecond / 50;

/// What standard input has; nothing at its end. Looks now and then whether it is to stop.
std::size_t read_standard_input(std::span<std::byte> out, const std::stop_token& stop) {
  constexpr int kPatience_ms = 100;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!stop.stop_requested()) {
    const int ready = ::poll(&input, 1, kPatience_ms);
    if (ready < 0 && errno != EINTR) break;
    if (ready <= 0) continue;
    const ssize_t count = ::read(STDIN_FILENO, out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) break;
  }
  if (stop.stop_requested()) return 0;
  throw Error(ErrorCode::bad_file,
              "standard input: cannot be read: " + std::system_category().message(errno));
}

void read_pcm(PcmConverter& converter, SampleQueue& queue, const std::stop_token& stop) {
  std::array<std::byte, 8192> bytes;
  bool any = false;
  for (;;) {
    const std::size_t count = read_standard_input(bytes, stop);
    if (count == 0) break;
    any = true;
    if (!queue.push(converter.convert(std::span(bytes).first(count)))) return;
  }
  if (stop.stop_requested()) return;
  if (!any) throw Error(ErrorCode::bad_file, "standard input: expected raw samples, got nothing");
  queue.push(converter.finish());
}

void read_file(AudioReader& file, SampleQueue& queue, const std::stop_token& stop) {
  std::array<float, kSamplesPerSecond> samples;
  while (!stop.stop_requested()) {
    const std::size_t count = file.read(samples);
    if (count == 0 || !queue.push(std::span(samples).first(count))) return;
  }
}

/// A sample comes when it would have been spoken.
void play_file(AudioReader& file, SampleQueue& queue, const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  std::mutex mutex;
  std::condition_variable_any stopped;
  const Clock::time_point begin = Clock::now();
  std::size_t played = 0;
  std::array<float, kPiece> samples;
  for (;;) {
    const std::size_t count = file.read(samples);
    if (count == 0) return;
    played += count;
    const std::chrono::duration<double> until(static_cast<double>(played) / kSamplesPerSecond);
    std::unique_lock lock(mutex);
    stopped.wait_until(lock, stop, begin + std::chrono::duration_cast<Clock::duration>(until),
                       [] { return false; });
    if (stop.stop_requested() || !queue.push(std::span(samples).first(count))) return;
  }
}

}  // namespace

bool SampleQueue::push(std::span<const float> samples) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return abandoned_ || samples_.size() < kMostWaiting; });
  if (abandoned_) return false;
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  changed_.notify_all();
  return true;
}

void SampleQueue::close(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  failure_ = std::move(failure);
  changed_.notify_all();
}

void SampleQueue::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  changed_.notify_all();
}

std::vector<float> SampleQueue::take(std::size_t most) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || !samples_.empty(); });
  if (samples_.empty() && failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, {}));
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, samples_.size()));
  std::vector<float> taken(samples_.begin(), samples_.begin() + count);
  samples_.erase(samples_.begin(), samples_.begin() + count);
  changed_.notify_all();
  return taken;
}

std::size_t SampleQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return samples_.size();
}

SoundReader open_sound(const StreamArguments& arguments) {
  switch (arguments.input) {
    case StreamInput::pcm: {
      const auto converter = std::make_shared<PcmConverter>(arguments.pcm, "standard input");
      return [converter](SampleQueue& queue, const std::stop_token& stop) {
        read_pcm(*converter, queue, stop);
      };
    }
    case StreamInput::microphone:
      return open_microphone(arguments.microphone);
    case StreamInput::file:
    case StreamInput::real_time:
      break;
  }
  const auto file = std::make_shared<AudioReader>(arguments.file);
  const auto read = arguments.input == StreamInput::file ? read_file : play_file;
  return
      [file, read](SampleQueue& queue, const std::stop_token& stop) { read(*file, queue, stop); };
}

StreamSource::StreamSource(SoundReader reader, const std::stop_token& stop)
    : on_stop_(stop, [this] { end_.request_stop(); }), thread_([this, reader = std::move(reader)] {
        std::exception_ptr failure;
        try {
          reader(queue_, end_.get_token());
        } catch (...) {
          failure = std::current_exception();
        }
        queue_.close(std::move(failure));
      }) {}

StreamSource::~StreamSource() {
  end_.request_stop();
  queue_.abandon();
  thread_.join();
}

}  // namespace tessera::cli
