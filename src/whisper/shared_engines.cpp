#include "src/whisper/shared_engines.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/whisper/all_stopped.h"
#include "src/whisper/shared_streams.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using base::Stopwatch;

[[noreturn]] void throw_cancelled() { throw Error(ErrorCode::cancelled, "cancelled"); }

/// How far a wish has got. What is in the device's hands cannot be taken back.
enum class Progress { waiting, computing, done };

/// Rows [first, first + count) of a matrix.
compute::TensorView rows_of(compute::TensorView matrix, int first, int count) {
  matrix.data +=
      static_cast<std::size_t>(first) * matrix.row_stride * compute::element_bytes(matrix.dtype);
  matrix.rows = count;
  return matrix;
}

}  // namespace

struct SharedEngines::Encode {
  compute::TensorView mel;
  std::stop_token stop;
  Progress progress = Progress::waiting;
  std::shared_ptr<const compute::EncodedWindow> window = nullptr;
  double seconds = 0;
  std::exception_ptr failure = nullptr;
};

struct SharedEngines::Step {
  std::span<const compute::StreamInput> inputs;
  std::stop_token stop;
  Progress progress = Progress::waiting;
  compute::TensorView logits = {};
  std::vector<compute::TensorView> attention = {};  // per input; empty where none was asked for
  double seconds = 0;
  std::exception_ptr failure = nullptr;
};

/// A window that is being decoded.
struct SharedEngines::Member {
  explicit Member(const compute::ModelDims& dims) : streams(dims) {}
  SharedStreams streams;
  Step* step = nullptr;  // that it waits for
};

/// What one window has of a step of all.
struct SharedEngines::StepPart {
  Member* member;
  std::size_t first_input;
};

/// The session that a client sees. The views that it hands out lie in the shared session; they stay
/// good since no step is computed without a wish of this window.
class SharedEngines::Session : public compute::DecoderSession {
 public:
  Session(SharedEngines& engines, double& seconds)
      : engines_(engines), seconds_(seconds), member_(engines.dims_) {
    engines_.join(member_);
  }
  ~Session() override { engines_.leave(member_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int open_stream(std::shared_ptr<const compute::EncodedWindow> window) override {
    return member_.streams.open(std::move(window));
  }
  int fork_stream(int stream) override { return member_.streams.fork(stream); }
  void close_stream(int stream) override { member_.streams.close(stream); }
  int length(int stream) const override { return member_.streams.length(stream); }

  compute::TensorView step(std::span<const compute::StreamInput> inputs,
                           const std::stop_token& stop) override {
    member_.streams.check(inputs);
    Step step{inputs, stop};
    engines_.step(member_, step);
    seconds_ += step.seconds;
    attention_ = std::move(step.attention);
    return step.logits;
  }

  compute::TensorView attention(std::size_t index) const override {
    if (index >= attention_.size() || attention_[index].data == nullptr) {
      throw Error(ErrorCode::internal, "decoder: no attention of input " + std::to_string(index));
    }
    return attention_[index];
  }

 private:
  SharedEngines& engines_;
  double& seconds_;
  Member member_;
  std::vector<compute::TensorView> attention_;
};

SharedEngines::SharedEngines(compute::EncoderEngine& encoder, compute::DecoderEngine& decoder,
                             const compute::ModelDims& dims, Limits limits)
    : encoder_(encoder), decoder_(decoder), dims_(dims), limits_(limits) {}

SharedEngines::~SharedEngines() = default;

std::vector<std::shared_ptr<const compute::EncodedWindow>> SharedEngines::Client::encode(
    std::span<const compute::TensorView> mels, const std::stop_token& stop) {
  std::vector<std::shared_ptr<const compute::EncodedWindow>> windows;
  for (const compute::TensorView& mel : mels) {
    windows.push_back(engines_.encode(mel, stop, encode_seconds_));
  }
  return windows;
}

std::unique_ptr<compute::DecoderSession> SharedEngines::Client::open_session() {
  return std::make_unique<Session>(engines_, decode_seconds_);
}

// What `compute` throws, it throws before it has begun.
template <class Work, class CanCompute, class Compute, class TakeBack>
void SharedEngines::wait_for(Work& work, const std::stop_token& stop, Lock& lock,
                             CanCompute can_compute, Compute compute, TakeBack take_back) {
  const auto moved = [&] { return work.progress != Progress::waiting || can_compute(); };
  try {
    while (work.progress != Progress::done) {
      if (can_compute()) {
        compute(lock);
      } else if (work.progress == Progress::computing) {
        changed_.wait(lock);
      } else if (!changed_.wait(lock, stop, moved)) {
        throw_cancelled();
      }
    }
  } catch (...) {  // cancelled, or no memory to begin with
    take_back();
    changed_.notify_all();
    throw;
  }
  if (work.failure != nullptr) std::rethrow_exception(work.failure);
}

// Encoding comes first: a window that waits for it could be in the next step.
bool SharedEngines::can_encode() const {
  return !encodes_.empty() && !encoding_ && (limits_.side_by_side || !stepping_);
}

bool SharedEngines::can_step() const {
  const bool free = limits_.side_by_side || (!encoding_ && encodes_.empty());
  return free && !stepping_ && !members_.empty() && waiting_ == members_.size();
}

// Its streams keep windows in memory. A device that is busy does without: the next call looks
// again.
void SharedEngines::drop_idle_session() {
  if (!members_.empty() || stepping_ || (encoding_ && !limits_.side_by_side)) return;
  left_behind_.clear();
  session_.reset();
}

std::shared_ptr<const compute::EncodedWindow> SharedEngines::encode(const compute::TensorView& mel,
                                                                    const std::stop_token& stop,
                                                                    double& seconds) {
  if (mel.rows != dims_.n_mels || mel.cols != 2 * dims_.n_audio_ctx) {
    throw Error(ErrorCode::bad_argument,
                "encode: expected a log-mel of (" + std::to_string(dims_.n_mels) + ", " +
                    std::to_string(2 * dims_.n_audio_ctx) + "), got (" + std::to_string(mel.rows) +
                    ", " + std::to_string(mel.cols) + ")");
  }
  if (stop.stop_requested()) throw_cancelled();
  Encode wish{mel, stop};
  Lock lock(mutex_);
  encodes_.push_back(&wish);
  wait_for(
      wish, stop, lock, [this] { return can_encode(); },
      [this](Lock& held) { encode_waiting(held); }, [&] { encodes_.remove(&wish); });
  seconds += wish.seconds;
  return std::move(wish.window);
}

void SharedEngines::encode_waiting(Lock& lock) {
  const std::size_t count = std::min(encodes_.size(), static_cast<std::size_t>(limits_.windows));
  const auto end = std::next(encodes_.begin(), static_cast<std::ptrdiff_t>(count));
  const std::vector<Encode*> together(encodes_.begin(), end);
  encodes_.erase(encodes_.begin(), end);
  for (Encode* encode : together) encode->progress = Progress::computing;
  encoding_ = true;
  lock.unlock();
  compute_encode(together);
  lock.lock();
  encoding_ = false;
  for (Encode* encode : together) encode->progress = Progress::done;
  drop_idle_session();
  changed_.notify_all();
}

void SharedEngines::compute_encode(const std::vector<Encode*>& together) noexcept {
  try {
    std::vector<compute::TensorView> mels;
    std::vector<std::stop_token> stops;
    for (const Encode* encode : together) {
      mels.push_back(encode->mel);
      stops.push_back(encode->stop);
    }
    const AllStopped stop(stops);
    double seconds = 0;
    const auto windows =
        Stopwatch::timed(seconds, [&] { return encoder_.encode(mels, stop.token()); });
    for (std::size_t i = 0; i < together.size(); ++i) {
      together[i]->window = windows[i];
      together[i]->seconds = seconds / static_cast<double>(together.size());
    }
  } catch (...) {
    for (Encode* encode : together) encode->failure = std::current_exception();
  }
}

void SharedEngines::join(Member& member) {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return members_.size() < static_cast<std::size_t>(limits_.windows); });
  members_.push_back(&member);
}

void SharedEngines::leave(Member& member) {
  const std::scoped_lock lock(mutex_);
  members_.remove(&member);
  try {
    for (const int stream : member.streams.opened()) left_behind_.push_back(stream);
  } catch (const std::bad_alloc&) {
    // The streams that were not noted end with the session.
  }
  drop_idle_session();
  changed_.notify_all();
}

void SharedEngines::step(Member& member, Step& step) {
  if (step.stop.stop_requested()) throw_cancelled();
  Lock lock(mutex_);
  member.step = &step;
  ++waiting_;
  wait_for(
      step, step.stop, lock, [this] { return can_step(); }, [this](Lock& held) { step_all(held); },
      [&] {
        member.step = nullptr;
        --waiting_;
      });
}

void SharedEngines::step_all(Lock& lock) {
  const std::vector<Member*> together(members_.begin(), members_.end());
  for (Member* member : together) member->step->progress = Progress::computing;
  std::vector<int> closed = std::exchange(left_behind_, {});
  stepping_ = true;
  lock.unlock();
  compute_step(together, std::move(closed));
  lock.lock();
  stepping_ = false;
  for (Member* member : together) std::exchange(member->step, nullptr)->progress = Progress::done;
  waiting_ -= together.size();
  changed_.notify_all();
}

void SharedEngines::compute_step(const std::vector<Member*>& together,
                                 std::vector<int> closed) noexcept {
  try {
    if (session_ == nullptr) session_ = decoder_.open_session();
    for (const int stream : closed) session_->close_stream(stream);
    std::vector<compute::StreamInput> inputs;
    const std::vector<StepPart> parts = gather(together, inputs);
    if (parts.empty()) return;
    std::vector<std::stop_token> stops;
    for (const StepPart& part : parts) stops.push_back(part.member->step->stop);
    const AllStopped stop(stops);
    double seconds = 0;
    const compute::TensorView logits =
        Stopwatch::timed(seconds, [&] { return session_->step(inputs, stop.token()); });
    hand_out(parts, logits, inputs, seconds);
  } catch (...) {
    // After an exception a session's streams can only be closed, so all windows begin anew.
    session_.reset();
    for (Member* member : together) {
      if (member->step->failure == nullptr) member->step->failure = std::current_exception();
      member->streams.forget_opened();
    }
  }
}

std::vector<SharedEngines::StepPart> SharedEngines::gather(
    const std::vector<Member*>& together, std::vector<compute::StreamInput>& inputs) {
  std::vector<StepPart> parts;
  for (Member* member : together) {
    const std::size_t first = inputs.size();
    try {
      member->streams.apply(*session_);
      member->streams.append(member->step->inputs, inputs);
      parts.push_back({member, first});
    } catch (...) {
      inputs.resize(first);
      member->step->failure = std::current_exception();
    }
  }
  return parts;
}

void SharedEngines::hand_out(const std::vector<StepPart>& parts, const compute::TensorView& logits,
                             std::span<const compute::StreamInput> inputs, double seconds) {
  std::size_t all_tokens = 0;
  for (const compute::StreamInput& input : inputs) all_tokens += input.tokens.size();
  int row = 0;
  for (const StepPart& part : parts) {
    Step& step = *part.member->step;
    std::size_t tokens = 0;
    int rows = 0;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const compute::StreamInput& input = step.inputs[i];
      tokens += input.tokens.size();
      rows += input.every_position ? static_cast<int>(input.tokens.size()) : 1;
      step.attention.push_back(input.attention_heads.empty()
                                   ? compute::TensorView{}
                                   : session_->attention(part.first_input + i));
    }
    step.logits = rows_of(logits, row, rows);
    row += rows;
    step.seconds = seconds * static_cast<double>(tokens) / static_cast<double>(all_tokens);
    part.member->streams.advance(step.inputs);
  }
}

}  // namespace tessera::whisper
