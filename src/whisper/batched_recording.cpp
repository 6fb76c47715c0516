#include "src/whisper/batched_recording.h"

#include <algorithm>
#include <new>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/whisper/options_check.h"
#include "src/whisper/recording_language.h"
#include "src/whisper/recording_warnings.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using base::Stopwatch;

/// The exception that is being handled, as callers of the library are told of it.
std::exception_ptr current_failure() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return std::make_exception_ptr(
        Error(ErrorCode::out_of_memory, "transcribe: not enough memory"));
  } catch (...) {
    return std::current_exception();
  }
}

void add(const StageSeconds& more, StageSeconds& seconds) {
  seconds.mel += more.mel;
  seconds.encode += more.encode;
  seconds.decode += more.decode;
}

}  // namespace

BatchedRecording::BatchedRecording(const detail::ModelData& model, SharedEngines& engines,
                                   RecordingJob job)
    : model_(model),
      engines_(engines),
      job_(std::move(job)),
      on_stop_(job_.callbacks.stop, [this] { stop_.request_stop(); }) {}

std::size_t BatchedRecording::prepare() noexcept {
  std::exception_ptr failure;
  try {
    read();
  } catch (...) {
    failure = current_failure();
    windows_.clear();
  }
  const std::scoped_lock lock(mutex_);
  failure_ = failure;
  prepared_ = failure == nullptr;
  changed_.notify_all();
  return windows_.size();
}

void BatchedRecording::read() {
  const Options& options = job_.options;
  check_options(options, model_.config.dims);
  ReadRecording recording = job_.read(stop_.get_token());
  result_.seconds = recording.seconds;
  mel_ = std::make_shared<const LogMel>(std::move(recording.mel));
  speech_ = std::move(recording.speech);
  content_frames_ = mel_->content_frames();
  result_.duration_s = recording.duration_s;
  result_.left_out = std::move(recording.left_out);
  add_warnings(recording.damaged_packets, options, result_);

  SharedEngines::Client engines(engines_);
  StageSeconds waited;  // for the engines too, whose own time the client knows
  const LanguageGuess language =
      find_language(*mel_, options, model_.tokenizer, engines, engines, stop_.get_token(), waited);
  add({.mel = waited.mel, .encode = engines.encode_seconds(), .decode = engines.decode_seconds()},
      result_.seconds);
  result_.language = language.code;
  result_.language_probability = language.probability;
  result_.has_words = options.word_timestamps;

  decoder_.emplace(model_.tokenizer, model_.config.dims, options, language.code);
  aligner_.emplace(model_.tokenizer, model_.config, options, language.code);
  windows_ = Stopwatch::timed(result_.seconds.mel, [&] {
    return cut_windows(*mel_, clip_spans(options_for_speech(options), content_frames_),
                       speech_.pauses());
  });
  heard_.resize(windows_.size());
}

void BatchedRecording::decode(std::size_t index) noexcept {
  std::optional<Heard> heard;
  std::exception_ptr failure;
  try {
    heard = listen(index);
  } catch (...) {
    failure = current_failure();
    abandon();
  }
  const std::scoped_lock lock(mutex_);
  heard_[index] = std::move(heard);
  // What fails first cancels the others, whose errors say nothing.
  if (failure_ == nullptr) failure_ = failure;
  changed_.notify_all();
}

BatchedRecording::Heard BatchedRecording::listen(std::size_t index) {
  SharedEngines::Client engines(engines_);
  Heard heard;
  FrameSpan rest = windows_[index];
  while (rest.begin < rest.end) {
    heard.windows.push_back(listen(engines, rest, history(rest), heard.seconds.mel));
    rest.begin += advance(heard.windows.back().text, rest.end - rest.begin);
  }
  heard.seconds.encode = engines.encode_seconds();
  heard.seconds.decode = engines.decode_seconds();
  return heard;
}

BatchedRecording::Heard::Window BatchedRecording::listen(SharedEngines::Client& engines,
                                                         const FrameSpan& span,
                                                         const std::vector<int>& history,
                                                         double& mel_seconds) const {
  const std::stop_token stop = stop_.get_token();
  const int frames = span.end - span.begin;
  compute::Tensor picture(compute::DType::f32, mel_->n_mels(), kWindowFrames);
  Stopwatch::timed(mel_seconds, [&] { mel_->window(span.begin, frames, picture.values<float>()); });
  const compute::TensorView view = picture.view();
  const auto window = engines.encode({&view, 1}, stop).front();

  Heard::Window heard{decoder_->decode(engines, window, history, span.begin, stop), {}};
  if (job_.options.word_timestamps && !is_silence(job_.options, heard.text)) {
    std::vector<int> kept;
    const WindowSplit split =
        split_independent(heard.text, model_.tokenizer.timestamp_begin(), frames);
    for (const TokenSlice& slice : split.slices) {
      const auto tokens =
          std::span(heard.text.tokens).subspan(slice.first, slice.last - slice.first);
      kept.insert(kept.end(), tokens.begin(), tokens.end());
    }
    heard.words = aligner_->find_words(kept, engines, window, frames, stop);
  }
  return heard;
}

// Nothing went before but the prompt that the caller gave, to the first window or to all.
std::vector<int> BatchedRecording::history(const FrameSpan& span) const {
  const bool shown = job_.options.carry_initial_prompt || span.begin == windows_.front().begin;
  return shown ? decoder_->prompts().initial_prompt() : std::vector<int>{};
}

int BatchedRecording::advance(const WindowText& text, int frames) const {
  if (is_silence(job_.options, text)) return frames;
  return split_independent(text, model_.tokenizer.timestamp_begin(), frames).advance_frames;
}

template <class Ready>
void BatchedRecording::wait_for(Ready ready) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ != nullptr || ready(); });
  if (failure_ != nullptr && !ready()) std::rethrow_exception(failure_);
}

BatchedRecording::Heard BatchedRecording::take(std::size_t index) {
  wait_for([&] { return heard_[index].has_value(); });
  return *std::exchange(heard_[index], std::nullopt);
}

FileOutcome BatchedRecording::report() noexcept {
  FileOutcome outcome;
  try {
    outcome.result = tell_in_order();
  } catch (...) {
    outcome.error = current_failure();
  }
  abandon();
  return outcome;
}

Result BatchedRecording::tell_in_order() {
  const Callbacks& callbacks = job_.callbacks;
  wait_for([&] { return prepared_; });
  if (callbacks.on_language) callbacks.on_language(result_.language, result_.language_probability);
  report_.emplace(callbacks, speech_, result_.duration_s);
  report_->begin();
  transcript_.emplace(model_.tokenizer, job_.options, content_frames_, windows_);
  repeated_.emplace(max_repeated_windows(job_.options));
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    // A window that is done already does not count any more.
    if (callbacks.stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    tell_window(i, take(i));
  }
  mel_.reset();
  report_->finish(*transcript_, result_);
  return std::move(result_);
}

void BatchedRecording::tell_window(std::size_t index, Heard heard) {
  const int end = windows_[index].end;
  for (Heard::Window& window : heard.windows) {
    if (is_retried(window.text)) {
      // Where its text ends, what follows in the same window begins.
      tell_again({transcript_->seek_frames(), end}, std::move(window), heard);
      break;
    }
    tell_one(std::move(window), false);
  }
  add(heard.seconds, result_.seconds);
}

/// With `--no-fallback` the first text is taken as it is; and without text before there is no other
/// way to decode it.
bool BatchedRecording::is_retried(const WindowText& text) const {
  return job_.options.temperatures.size() > 1 && was_refused(text) &&
         !is_silence(job_.options, text) && !transcript_->said().empty();
}

void BatchedRecording::tell_again(const FrameSpan& rest, Heard::Window refused, Heard& heard) {
  SharedEngines::Client engines(engines_);
  std::optional<Heard::Window> first = std::move(refused);
  for (FrameSpan left = rest; left.begin < left.end;) {
    const std::vector<int> said(transcript_->said().begin(), transcript_->said().end());
    Heard::Window again = listen(engines, left, said, heard.seconds.mel);
    if (first) {
      const bool better =
          !was_refused(again.text) || again.text.avg_logprob > first->text.avg_logprob;
      WindowText text = decoded_again(first->text, better ? again.text : first->text);
      if (!better) again = std::move(*first);
      again.text = std::move(text);
      first.reset();
    }
    left.begin += advance(again.text, left.end - left.begin);
    tell_one(std::move(again), true);
  }
  heard.seconds.encode += engines.encode_seconds();
  heard.seconds.decode += engines.decode_seconds();
}

/// Text that is neither refused nor sure.
bool BatchedRecording::is_doubtful(const WindowText& text) const {
  constexpr double kNoSpeech = 0.3, kLogprob = -0.5;  // half of what the usual thresholds refuse
  return was_refused(text) || text.no_speech_prob > kNoSpeech || text.avg_logprob < kLogprob;
}

void BatchedRecording::tell_one(Heard::Window window, bool retried) {
  const std::vector<Segment> segments = transcript_->preview(window.text);
  const bool left_out = is_doubtful(window.text) && repeated_->too_many(segments);
  repeated_->add(segments);
  if (left_out) report_->leave_out(segments, result_);
  const auto place = [&](std::span<Segment> placed, double last_speech_s) {
    aligner_->place_words(placed, std::move(window.words), last_speech_s);
  };
  Transcript::Added added =
      left_out ? transcript_->leave_out(window.text) : transcript_->add_window(window.text, place);
  added.report.retried = retried;
  report_->tell(added, *transcript_);
}

}  // namespace tessera::whisper
