#include "apps/cli/window_notes.h"

#include <cstdio>

#include "tessera/writers.h"

namespace tessera::cli {
namespace {

constexpr double kFramesPerSecond = 100;

std::string with_decimals(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

/// `stands`: no other attempt followed, and its text was taken.
std::string verdict(const WindowAttempt& attempt, bool stands) {
  const std::string although = stands ? "taken although " : "";
  if (attempt.too_repetitive) {
    return although + "too repetitive (compression ratio " +
           with_decimals(attempt.compression_ratio) + ")";
  }
  if (attempt.too_unlikely) {
    return although + "too unlikely (average log-probability " +
           with_decimals(attempt.avg_logprob) + ")";
  }
  return "accepted";
}

std::string describe_attempts(const WindowReport& window) {
  std::string text = "decoded " + std::to_string(window.attempts.size()) + " times: ";
  for (std::size_t i = 0; i < window.attempts.size(); ++i) {
    const WindowAttempt& attempt = window.attempts[i];
    const bool stands = i + 1 == window.attempts.size() && !window.silence;
    text += (i == 0 ? "at temperature " : ", at ") + with_decimals(attempt.temperature) + " " +
            verdict(attempt, stands);
  }
  return text;
}

}  // namespace

std::string describe_window(const WindowReport& window) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (window.attempts.size() > 1) add(describe_attempts(window));
  if (window.silence) {
    add("skipped as silence (no-speech probability " + with_decimals(window.no_speech_prob) + ")");
  }
  if (window.dropped_segments > 0) {
    add(std::to_string(window.dropped_segments) +
        (window.dropped_segments == 1 ? " segment" : " segments") + " left out as likely made up");
  }
  if (window.retried) add("decoded again with other text before it, or none");
  if (window.repetition) add("left out: it repeats the windows before it");
  if (text.empty()) return text;
  return "[" + format_timestamp(window.seek_frames / kFramesPerSecond) + " --> " +
         format_timestamp((static_cast<double>(window.seek_frames) + window.frames) /
                          kFramesPerSecond) +
         "] " + text;
}

std::vector<std::string> describe_left_out(const std::vector<LeftOut>& left_out, bool each) {
  std::vector<std::string> lines;
  double silence_s = 0;
  int stretches = 0;
  for (const LeftOut& part : left_out) {
    const bool silent = part.reason == LeftOut::Reason::no_speech;
    silence_s += silent ? part.end_s - part.start_s : 0;
    stretches += silent ? 1 : 0;
    if (silent && !each) continue;
    lines.push_back(
        "[" + format_timestamp(part.start_s) + " --> " + format_timestamp(part.end_s) +
        "] left out: " + (silent ? "no speech" : "repeats what was said before:" + part.text));
  }
  if (stretches > 0) {
    lines.push_back("left out for want of speech: " + with_decimals(silence_s) + " s in " +
                    std::to_string(stretches) + (stretches == 1 ? " stretch" : " stretches"));
  }
  return lines;
}

}  // namespace tessera::cli
