// srt and vtt.
#include <ostream>
#include <string>

#include "src/whisper/writers/formats.h"
#include "src/whisper/writers/speakers.h"
#include "src/whisper/writers/subtitle_layout.h"
#include "src/whisper/writers/times.h"

namespace tessera::whisper {

void write_srt(const Result& result, std::ostream& out, const SubtitleLayout& layout) {
  int number = 0;
  for (const SpeakerRun& run : speaker_runs(result)) {
    for (const Cue& cue : make_cues(run.result, layout)) {
      out << std::to_string(++number) << '\n'
          << format_milliseconds(cue.start_ms, true, ',') << " --> "
          << format_milliseconds(cue.end_ms, true, ',') << '\n'
          << marked(run.speaker, cue.text) << "\n\n";
    }
  }
}

void write_vtt(const Result& result, std::ostream& out, const SubtitleLayout& layout) {
  out << "WEBVTT\n\n";
  for (const SpeakerRun& run : speaker_runs(result)) {
    for (const Cue& cue :
         layout.karaoke ? make_karaoke_cues(run.result, layout) : make_cues(run.result, layout)) {
      out << format_milliseconds(cue.start_ms, false, '.') << " --> "
          << format_milliseconds(cue.end_ms, false, '.') << '\n'
          << speaker_voice(run.speaker) << cue.text << "\n\n";
    }
  }
}

}  // namespace tessera::whisper
