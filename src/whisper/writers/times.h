// Times as the transcript files print them.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::whisper {

/// The nearest millisecond, a half going to the even number as with Python's round(). Throws
/// Error{bad_argument} for a time that is negative, above 1e9 s or not a number.
std::int64_t to_milliseconds(double seconds);

/// The nearest hundredth of a second, which is whisper.cpp's unit; throws as to_milliseconds does.
std::int64_t to_centiseconds(double seconds);

/// "05:07.120", or "00:05:07,120" with hours and another mark. Hours are there when `always_hours`
/// or when there are any; they grow beyond two digits.
std::string format_milliseconds(std::int64_t milliseconds, bool always_hours, char decimal_mark);

}  // namespace tessera::whisper
