// Everything that the program says: transcripts on standard output, all else on standard error.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tessera::cli {

/// Standard output cannot be written to; nothing more that the program does would be seen.
class OutputFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The text with control characters escaped, so that a file name cannot break a line or drive a
/// terminal.
std::string printable(std::string_view text);

/// "0:05", "1:02:03".
std::string format_duration(double seconds);

/// How wide the terminal on standard error is.
int terminal_columns();

/// A bar for `share` (0 to 1) of the work and words after it, as wide as the terminal; drawn over
/// the line that the terminal shows.
std::string progress_bar(double share, const std::string& words);

/// Takes the bar off the terminal.
inline constexpr std::string_view kClearLine = "\r\033[K";

/// Writes text to standard output at once. Throws OutputFailed.
void write_standard_output(std::string_view text);

/// One line on standard error: "tessera: MESSAGE", or "tessera: FILE: MESSAGE" when the message
/// does not begin with the file's name by itself.
void print_error(std::string_view message, std::string_view file = {});

enum class ProgressStyle {
  none,
  bar,    ///< one line that is drawn over and over, for terminals
  lines,  ///< a line for every twentieth, for logs
};

/// bar on a terminal, else `otherwise`.
ProgressStyle progress_style_for_terminal(ProgressStyle otherwise);

/// Lines of output above a progress bar.
class Console {
 public:
  Console(bool quiet, ProgressStyle progress) : quiet_(quiet), style_(progress) {}
  ~Console() { clear_bar(); }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// A line of a transcript, on standard output.
  void transcript(std::string_view line);
  /// A remark on standard error; nothing when quiet.
  void note(std::string_view line);
  void error(std::string_view message, std::string_view file);

  /// Begins the progress of a recording.
  void begin(const std::string& name);
  /// Seconds of sound that are done, of how many.
  void progress(double done, double total);
  /// The work is done, or given up.
  void end();

 private:
  void draw_bar();
  void clear_bar();
  void print_progress_line();

  bool quiet_;
  ProgressStyle style_;
  std::string name_;
  std::chrono::steady_clock::time_point begin_;
  double done_ = 0;
  double total_ = 0;
  int printed_twentieths_ = 0;
  bool active_ = false;   // between begin and end
  bool visible_ = false;  // the bar is on the screen
};

}  // namespace tessera::cli
