#include "bench/pipeline.h"

#include <sys/resource.h>

#include <cmath>
#include <numbers>

#include "tessera/error.h"

namespace tessera::bench {
namespace {

constexpr int kRateHz = 16000;
constexpr int kSeconds = 30;

// A voice-like sound: harmonics of a gliding pitch, switched on and off like syllables.
std::vector<float> made_up_sound() {
  std::vector<float> samples(static_cast<std::size_t>(kRateHz) * kSeconds);
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

double peak_rss_mb() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::vector<int> all_tokens(const Result& result) {
  std::vector<int> tokens;
  for (const Segment& segment : result.segments) {
    tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  return tokens;
}

}  // namespace

std::vector<Row> run_pipeline(const PipelineOptions& options, Setting& setting) {
  const Model model = Model::load(options.model);
  Transcriber transcriber(model, options.device);
  const std::vector<float> sound = made_up_sound();
  Options decoding;
  decoding.language = "en";
  decoding.timestamps = false;
  decoding.no_speech_threshold.reset();
  decoding.max_tokens = options.max_tokens;
  decoding.beam_size = 1;
  decoding.temperatures = {0};

  const std::vector<int> expected =
      all_tokens(transcriber.transcribe_samples(sound, decoding));  // warms up, too
  std::vector<double> mel, encode, decode, total, speed;
  for (int i = 0; i < options.iterations; ++i) {
    const Result result = transcriber.transcribe_samples(sound, decoding);
    if (all_tokens(result) != expected) {
      throw Error(ErrorCode::internal,
                  "pipeline: two runs on the same sound gave different tokens");
    }
    const double seconds = result.seconds.mel + result.seconds.encode + result.seconds.decode;
    mel.push_back(1e3 * result.seconds.mel);
    encode.push_back(1e3 * result.seconds.encode);
    decode.push_back(1e3 * result.seconds.decode);
    total.push_back(1e3 * seconds);
    speed.push_back(result.duration_s / seconds);
  }
  setting = {model.describe(), transcriber.describe(), options.device.precision, kSeconds,
             peak_rss_mb()};
  return {{"mel", "ms", summarise(mel), "measured", true},
          {"encode", "ms", summarise(encode), "measured", true},
          {"decode", "ms", summarise(decode), "measured", true},
          {"total", "ms", summarise(total), "measured", true},
          {"speed", "x real time", summarise(speed), "measured", true}};
}

}  // namespace tessera::bench
