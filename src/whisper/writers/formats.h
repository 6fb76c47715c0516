// One function for each format of transcript files.
#pragma once

#include <iosfwd>

#include "tessera/result.h"
#include "tessera/writers.h"

namespace tessera::whisper {

// The formats of openai/whisper, byte for byte. Text that is not valid UTF-8 comes out with U+FFFD.

/// One stripped segment a line.
void write_txt(const Result& result, std::ostream& out);
/// A header, then begin and end in milliseconds and the stripped text, separated by tabs.
void write_tsv(const Result& result, std::ostream& out);
/// One line as Python's json module makes it, with words where the result has them.
void write_json(const Result& result, std::ostream& out);
/// SubRip; the layout has been checked.
void write_srt(const Result& result, std::ostream& out, const SubtitleLayout& layout);
/// WebVTT; the layout has been checked.
void write_vtt(const Result& result, std::ostream& out, const SubtitleLayout& layout);

// The formats of whisper.cpp: text keeps its leading blank, segments without text are left out, and
// times are whole hundredths of a second.

/// A header, then begin and end in milliseconds and the text in quotes.
void write_csv(const Result& result, std::ostream& out);
/// Lyrics: "[mm:ss.cc]" and the text, a line for each segment.
void write_lrc(const Result& result, std::ostream& out);
/// JSON with tabs. Of the model only what `run` knows is told.
void write_wcpp_json(const Result& result, std::ostream& out, const RunInfo& run);

}  // namespace tessera::whisper
