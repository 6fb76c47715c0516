#include "bench/pipeline.h"

#include <cmath>
#include <numbers>

#include "src/base/stopwatch.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

constexpr int kRateHz = 16000;
constexpr int kWindowSeconds = 30;

// A voice-like sound: harmonics of a gliding pitch, switched on and off like syllables.
std::vector<float> made_up_sound(int seconds) {
  std::vector<float> samples(static_cast<std::size_t>(kRateHz) * static_cast<std::size_t>(seconds));
  double phase = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    phase += 2 * std::numbers::pi * (140 + 40 * std::sin(1.3 * t)) / kRateHz;
    double value = 0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) {
      value += std::sin(harmonic * phase) / harmonic;
    }
    samples[i] = static_cast<float>(0.1 * value * std::max(0.0, std::sin(9 * t)));
  }
  return samples;
}

std::vector<int> all_tokens(const Result& result) {
  std::vector<int> tokens;
  for (const Segment& segment : result.segments) {
    tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  return tokens;
}

/// From a model's name to engines that wait for sound, in milliseconds.
std::vector<double> times_to_ready(const PipelineOptions& options) {
  std::vector<double> times;
  for (int i = 0; i < options.iterations; ++i) {
    double seconds = 0;
    base::Stopwatch::timed(seconds, [&] {
      return Transcriber(Model::load(options.model), options.device).describe();
    });
    times.push_back(1e3 * seconds);
  }
  return times;
}

}  // namespace

Report run_pipeline(const PipelineOptions& options) {
  const std::vector<double> ready = times_to_ready(options);
  const Model model = Model::load(options.model);
  Transcriber transcriber(model, options.device);
  const int seconds_of_sound = kWindowSeconds * options.batch;
  const std::vector<float> sound = made_up_sound(seconds_of_sound);
  Options decoding;
  decoding.language = "en";
  decoding.timestamps = false;
  decoding.no_speech_threshold.reset();
  decoding.max_tokens = options.max_tokens;
  decoding.beam_size = 1;
  decoding.temperatures = {0};
  decoding.batch_size = options.batch;
  decoding.condition_on_previous_text = false;

  const std::vector<int> expected =
      all_tokens(transcriber.transcribe_samples(sound, decoding));  // warms up, too
  // Made-up tokens have times among them, which cut windows short: there are more of them than
  // 30 seconds each.
  double windows = 0;
  Callbacks count;
  count.on_window = [&](const WindowReport&) { windows += 1; };
  std::vector<double> mel, encode, decode, total, speed;
  for (int i = 0; i < options.iterations; ++i) {
    double seconds = 0;
    windows = 0;
    const Result result = base::Stopwatch::timed(
        seconds, [&] { return transcriber.transcribe_samples(sound, decoding, count); });
    if (all_tokens(result) != expected) {
      throw Error(ErrorCode::internal,
                  "pipeline: two runs on the same sound gave different tokens");
    }
    mel.push_back(1e3 * result.seconds.mel / windows);
    encode.push_back(1e3 * result.seconds.encode / windows);
    decode.push_back(1e3 * result.seconds.decode / windows);
    total.push_back(1e3 * seconds / windows);
    speed.push_back(kWindowSeconds * windows / seconds);
  }
  Report report;
  report.setting = {{"model", model.describe()},
                    {"device", transcriber.describe()},
                    {"precision", options.device.precision},
                    {"windows at a time", std::to_string(options.batch)}};
  const auto add = [&](const char* name, const char* unit, const std::vector<double>& values) {
    Row row;
    row.name = name;
    row.unit = unit;
    row.summary = summarise(values);
    row.verified = true;
    report.rows.push_back(std::move(row));
  };
  add("ready", "ms", ready);
  add("mel", "ms", mel);
  add("encode", "ms", encode);
  add("decode", "ms", decode);
  add("total", "ms", total);
  add("speed", "x real time", speed);
  return report;
}

}  // namespace tessera::bench
