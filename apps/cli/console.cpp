#include "apps/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace tessera::cli {
namespace {

void append_hex(std::string& text, unsigned char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  text += "\\x";
  text += kDigits[byte >> 4];
  text += kDigits[byte & 0xF];
}

void write_standard_error(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

int terminal_columns() {
  constexpr int kUsual = 80;
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte == '\n') {
      result += "\\n";
    } else if (byte == '\r') {
      result += "\\r";
    } else if (byte == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      append_hex(result, byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {  // the control characters U+0080..9F
      append_hex(result, next);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string format_duration(double seconds) {
  const long total = std::max(0L, std::lround(seconds));
  char text[40];
  if (total >= 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld", total / 60, total % 60);
  }
  return text;
}

std::string progress_bar(double share, const std::string& words) {
  // One column stays free: some terminals wrap a line that fills the last one.
  const int room = std::clamp(terminal_columns() - static_cast<int>(words.size()) - 4, 0, 40);
  const auto filled = static_cast<std::size_t>(share * room);
  std::string line(kClearLine);
  if (room >= 10) {
    line += "[" + std::string(filled, '=') +
            std::string(static_cast<std::size_t>(room) - filled, ' ') + "] ";
  }
  return line + words;
}

void write_standard_output(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    throw OutputFailed("cannot write to standard output: " + std::system_category().message(errno));
  }
}

void print_error(std::string_view message, std::string_view file) {
  std::string line = "tessera: ";
  if (!file.empty() && !message.starts_with(std::string(file) + ":")) {
    line += printable(file) + ": ";
  }
  write_standard_error(line + printable(message) + "\n");
}

ProgressStyle progress_style_for_terminal(ProgressStyle otherwise) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(STDERR_FILENO) != 0 && !dumb ? ProgressStyle::bar : otherwise;
}

void Console::transcript(std::string_view line) {
  clear_bar();
  write_standard_output(std::string(line) + "\n");
  draw_bar();
}

void Console::note(std::string_view line) {
  if (quiet_) return;
  clear_bar();
  write_standard_error(printable(line) + "\n");
  draw_bar();
}

void Console::error(std::string_view message, std::string_view file) {
  clear_bar();
  print_error(message, file);
  draw_bar();
}

void Console::begin(const std::string& name) {
  name_ = name;
  begin_ = std::chrono::steady_clock::now();
  done_ = 0;
  total_ = 0;
  printed_twentieths_ = 0;
  active_ = true;
}

void Console::progress(double done, double total) {
  done_ = done;
  total_ = total;
  if (style_ == ProgressStyle::lines) print_progress_line();
  draw_bar();
}

void Console::end() {
  clear_bar();
  active_ = false;
}

void Console::print_progress_line() {
  constexpr int kPerTwentieth = 5;
  if (!(total_ > 0)) return;
  const int twentieths = static_cast<int>(std::clamp(done_ / total_, 0.0, 1.0) * 20);
  if (twentieths <= printed_twentieths_) return;
  printed_twentieths_ = twentieths;
  write_standard_error(printable(name_) + ": " + std::to_string(twentieths * kPerTwentieth) +
                       " %\n");
}

void Console::draw_bar() {
  if (style_ != ProgressStyle::bar || !active_ || !(total_ > 0)) return;
  const double share = std::clamp(done_ / total_, 0.0, 1.0);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  std::string words = std::to_string(static_cast<int>(share * 100)) + "%  " +
                      format_duration(done_) + " of " + format_duration(total_);
  if (share > 0 && share < 1) {
    words += "  " + format_duration(passed.count() * (1 - share) / share) + " left";
  }
  write_standard_error(progress_bar(share, words));
  visible_ = true;
}

void Console::clear_bar() {
  if (!visible_) return;
  write_standard_error(std::string(kClearLine));
  visible_ = false;
}

}  // namespace tessera::cli
