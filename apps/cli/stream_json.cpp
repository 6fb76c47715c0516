#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/cli/console.h"
#include "apps/cli/stream_output.h"

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 1000) / 1000; }

Json event_of(const char* type, const StreamText& text) {
  if (text.words.empty()) return {{"type", type}, {"text", ""}};
  return {{"type", type},
          {"start", rounded(text.start_s)},
          {"end", rounded(text.end_s)},
          {"text", text.text}};
}

Json words_of(const StreamText& text) {
  Json words = Json::array();
  for (const Word& word : text.words) {
    words.push_back({{"word", word.text},
                     {"start", rounded(word.start_s)},
                     {"end", rounded(word.end_s)},
                     {"probability", rounded(word.probability)}});
  }
  return words;
}

class JsonOutput : public StreamOutput {
 public:
  void language(const std::string& code, double probability) override {
    print({{"type", "language"}, {"language", code}, {"probability", rounded(probability)}});
  }

  void partial(const StreamText& text) override { print(event_of("partial", text)); }

  void final_words(const StreamText& words, std::optional<double> latency_s) override {
    Json event = event_of("final", words);
    event["words"] = words_of(words);
    if (latency_s) event["latency"] = rounded(*latency_s);
    print(event);
  }

  void segment(const StreamText& segment) override { print(event_of("segment", segment)); }

  void endpoint(double at_s) override { print({{"type", "endpoint"}, {"at", rounded(at_s)}}); }

 private:
  static void print(const Json& event) { write_standard_output(event.dump() + "\n"); }
};

}  // namespace

std::unique_ptr<StreamOutput> make_json_output() { return std::make_unique<JsonOutput>(); }

}  // namespace tessera::cli
