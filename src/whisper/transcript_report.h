// What is told of a transcript while it grows, and what is left at its end: all in the times of the
// recording, from which silence may have been cut.
#pragma once

#include <span>

#include "src/whisper/transcript.h"
#include "src/whisper/vad/speech_map.h"
#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// The options for speech that was read: clips have been cut out together with silence.
Options options_for_speech(const Options& options);

class TranscriptReport {
 public:
  /// Borrows both.
  TranscriptReport(const Callbacks& callbacks, const SpeechMap& speech, double duration_s)
      : callbacks_(callbacks), speech_(speech), duration_s_(duration_s) {}

  /// The recording has been read.
  void begin() const;
  /// A window was added to `transcript`.
  void tell(const Transcript::Added& added, const Transcript& transcript) const;
  /// Notes what segments say that are not in the transcript.
  void leave_out(std::span<const Segment> segments, Result& result) const;
  /// Moves what there is to the result.
  void finish(Transcript& transcript, Result& result) const;

 private:
  const Callbacks& callbacks_;
  const SpeechMap& speech_;
  double duration_s_;
};

}  // namespace tessera::whisper
