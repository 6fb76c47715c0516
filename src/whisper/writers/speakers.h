// Who speaks, as subtitles and text name them.
#pragma once

#include <string>
#include <vector>

#include "tessera/result.h"

namespace tessera::whisper {

/// Segments in a row that one speaker said; `speaker` is empty where nobody knows.
struct SpeakerRun {
  std::string speaker;
  Result result;  ///< segments and has_words alone
};

/// The segments of a result, cut where the speaker changes.
std::vector<SpeakerRun> speaker_runs(const Result& result);

/// Whether any segment has a speaker.
bool has_speakers(const Result& result);

/// "(speaker 0) TEXT", as whisper.cpp writes it; the text alone without a speaker.
std::string marked(const std::string& speaker, const std::string& text);

/// "<v Speaker0>", a voice span of WebVTT, as whisper.cpp writes it; empty without a speaker.
std::string speaker_voice(const std::string& speaker);

}  // namespace tessera::whisper
