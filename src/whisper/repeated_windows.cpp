#include "src/whisper/repeated_windows.h"

#include <algorithm>
#include <string_view>

namespace tessera::whisper {
namespace {

/// Without ASCII's blanks, punctuation and capitals; other characters stay as they are.
std::string plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      plain += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0) {
      plain += c;
    }
  }
  return plain;
}

std::string said(std::span<const Segment> segments) {
  std::string all, first;
  bool same = true;
  for (const Segment& segment : segments) {
    const std::string text = plain(segment.text);
    if (text.empty()) continue;
    if (all.empty()) first = text;
    same = same && text == first;
    all += text;
  }
  return same ? first : all;
}

}  // namespace

int max_repeated_windows(const Options& options) {
  return options.max_repeated_windows.value_or(options.batch_size > 1 ? 2 : 0);
}

bool RepeatedWindows::too_many(std::span<const Segment> segments) const {
  return most_ > 0 && count_ >= most_ && said(segments) == last_;
}

void RepeatedWindows::add(std::span<const Segment> segments) {
  std::string text = said(segments);
  if (text.empty()) return;
  count_ = text == last_ ? count_ + 1 : 1;
  last_ = std::move(text);
}

}  // namespace tessera::whisper
