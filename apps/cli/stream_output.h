// What `tessera stream` shows of a stream's events.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/cli/stream_latency.h"
#include "tessera/stream.h"

namespace tessera::cli {

/// Prints events as they come. `latency_s`: how long ago the words ended; unset when nobody knows.
class StreamOutput {
 public:
  virtual ~StreamOutput() = default;
  virtual void language(const std::string& code, double probability) = 0;
  virtual void partial(const StreamText& text) = 0;
  virtual void final_words(const StreamText& words, std::optional<double> latency_s) = 0;
  virtual void segment(const StreamText& segment) = 0;
  virtual void endpoint(double at_s) = 0;
};

/// A line for each segment on standard output. With `live`, the line below shows on standard error
/// what is to come: final words, then those that may change.
std::unique_ptr<StreamOutput> make_line_output(bool live);

/// A line of JSON for each event on standard output.
std::unique_ptr<StreamOutput> make_json_output();

/// The end of a text that fits on so many columns of a terminal.
std::string last_columns(const std::string& text, int columns);

}  // namespace tessera::cli
