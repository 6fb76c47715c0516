// Text while somebody speaks: sound goes in as it comes, and text that never changes comes out soon
// after.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "tessera/error.h"
#include "tessera/options.h"
#include "tessera/result.h"
#include "tessera/transcriber.h"

namespace tessera {

/// The options of transcriptions in a stream's own defaults: greedy search at temperature 0, since
/// text is decoded many times over and has to be there soon, and no earlier text as a prompt.
TESSERA_API Options stream_transcription();

/// What a caller can choose for a stream.
struct StreamOptions {
  /// How each piece of sound is decoded. With `vad_filter`, Silero VAD tells where speech begins
  /// and ends. `condition_on_previous_text` shows the decoder the final text before what it
  /// listens to. Words are timed in any case. What makes sense for whole recordings alone is an
  /// error: `batch_size`, `clip_timestamps_s`, `channel`, `hallucination_silence_threshold_s`,
  /// `max_repeated_windows` and the `vad_*_duration*` options.
  Options transcription = stream_transcription();
  /// The sound since the last cut is decoded anew whenever so much more of it has come; 100 to
  /// 5000. Words are final soonest 1.5 steps after they were said, on average.
  int step_ms = 300;
  /// Silence that ends an utterance, whose text is then final; 200 to 5000.
  int endpoint_silence_ms = 500;
  /// Sound that is decoded again and again is cut at the end of final text when it is longer than
  /// this; 2 to 25.
  double longest_buffer_s = 15;
};

/// Some text of a stream; times are from the stream's beginning.
struct StreamText {
  std::string text;  ///< of all words, with leading blank; UTF-8
  double start_s = 0;
  double end_s = 0;
  std::vector<Word> words;
};

/// What a stream tells. Every function may be empty. They are called from within push() and
/// finish(); an exception that one throws passes through and ends the stream.
struct StreamCallbacks {
  /// The language, when the first text in it becomes final, and its probability (1 when it was
  /// given).
  std::function<void(const std::string& code, double probability)> on_language;
  /// Text after the final one that may still change; each replaces the one before. Empty when there
  /// is none any more.
  std::function<void(const StreamText& text)> on_partial;
  /// Words that are final from now on: they come once, in their order, and never change.
  std::function<void(const StreamText& words)> on_final;
  /// All final words of a segment, when it is complete: its next words belong to another one, or
  /// its utterance has ended. Every final word is in exactly one segment.
  std::function<void(const StreamText& segment)> on_segment;
  /// An utterance has ended, all of its text is final; `at_s` is where its speech ended. Comes
  /// after the segments.
  std::function<void(double at_s)> on_endpoint;
  /// Asks push() and finish() to stop; they then throw Error{cancelled}.
  std::stop_token stop;
};

/// Transcribes sound that goes on. What comes of it depends on the samples and on how push() is
/// called alone, not on clocks.
///
/// The sound since the last cut is decoded again and again as it grows, each time as one window of
/// openai/whisper. Words on which two decodings in a row agree are final: LocalAgreement-2 of
/// Machacek, Dabre and Bojar, "Turning Whisper into Real-Time Transcription System" (2023). An
/// utterance ends with silence: heard by Silero VAD with Options::vad_filter; else when all words
/// are final and the model has heard none for so long.
///
///     tessera::Transcriber transcriber(tessera::Model::load());
///     tessera::StreamCallbacks callbacks;
///     callbacks.on_final = [](const tessera::StreamText& words) { std::cout << words.text; };
///     tessera::Stream stream(transcriber, {}, callbacks);
///     while (microphone.read(samples)) stream.push(samples);
///     stream.finish();
class TESSERA_API Stream {
 public:
  /// Borrows the transcriber, which must outlive the stream, stay where it is, and do nothing else
  /// during push() and finish(); between them it may, so streams of one thread can share it.
  /// Throws Error{bad_argument} for options that make no sense, for a language that the model does
  /// not know, and when the weights of voice activity are wanted but not there.
  explicit Stream(Transcriber& transcriber, const StreamOptions& options = {},
                  StreamCallbacks callbacks = {});
  ~Stream();
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;

  /// Takes samples: mono, 16 kHz, in [-1, 1], any number of them. Decodes when a step is complete;
  /// of several steps that are complete at once only the last is decoded, so a caller that is late
  /// catches up by pushing all it has. Pieces that are not longer than a step give the same text
  /// however they are cut. Throws Error{bad_file} for a sample that is no finite number. After an
  /// exception the stream can only be destroyed.
  void push(std::span<const float> samples);

  /// The sound is over: all its text becomes final. Nothing can be pushed afterwards.
  void finish();

  /// Seconds of sound that were pushed.
  double position_s() const;

 private:
  struct TESSERA_LOCAL Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera
