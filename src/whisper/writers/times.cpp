#include "src/whisper/writers/times.h"

#include <cmath>
#include <cstdio>

#include "tessera/error.h"
#include "tessera/writers.h"

namespace tessera {
namespace whisper {
namespace {

std::int64_t round_time(double seconds, double per_second) {
  constexpr double kLongest_s = 1e9;  // thirty years
  if (!(seconds >= 0 && seconds <= kLongest_s)) {
    throw Error(ErrorCode::bad_argument,
                "expected a time from 0 to 1e9 seconds, got " + std::to_string(seconds));
  }
  return static_cast<std::int64_t>(std::nearbyint(seconds * per_second));
}

}  // namespace

std::int64_t to_milliseconds(double seconds) { return round_time(seconds, 1000.0); }

std::int64_t to_centiseconds(double seconds) { return round_time(seconds, 100.0); }

std::string format_milliseconds(std::int64_t milliseconds, bool always_hours, char decimal_mark) {
  const std::int64_t hours = milliseconds / 3'600'000;
  char text[40];
  int length = 0;
  if (always_hours || hours > 0) {
    length = std::snprintf(text, sizeof text, "%02lld:", static_cast<long long>(hours));
  }
  std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), "%02d:%02d%c%03d",
                static_cast<int>(milliseconds / 60'000 % 60),
                static_cast<int>(milliseconds / 1000 % 60), decimal_mark,
                static_cast<int>(milliseconds % 1000));
  return text;
}

}  // namespace whisper

std::string format_timestamp(double seconds, bool always_hours, char decimal_mark) {
  return whisper::format_milliseconds(whisper::to_milliseconds(seconds), always_hours,
                                      decimal_mark);
}

}  // namespace tessera
