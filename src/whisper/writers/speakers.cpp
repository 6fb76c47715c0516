#include "src/whisper/writers/speakers.h"

#include <algorithm>

namespace tessera::whisper {

std::vector<SpeakerRun> speaker_runs(const Result& result) {
  std::vector<SpeakerRun> runs;
  for (const Segment& segment : result.segments) {
    if (runs.empty() || runs.back().speaker != segment.speaker) {
      SpeakerRun& run = runs.emplace_back();
      run.speaker = segment.speaker;
      run.result.has_words = result.has_words;
    }
    runs.back().result.segments.push_back(segment);
  }
  return runs;
}

bool has_speakers(const Result& result) {
  return std::ranges::any_of(result.segments,
                             [](const Segment& segment) { return !segment.speaker.empty(); });
}

std::string marked(const std::string& speaker, const std::string& text) {
  if (speaker.empty()) return text;
  return "(speaker " + speaker + ")" + (text.starts_with(' ') ? "" : " ") + text;
}

std::string speaker_voice(const std::string& speaker) {
  return speaker.empty() ? "" : "<v Speaker" + speaker + ">";
}

}  // namespace tessera::whisper
