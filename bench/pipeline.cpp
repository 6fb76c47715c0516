#include "bench/pipeline.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "src/base/stopwatch.h"
#include "src/whisper/model_data.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

constexpr int kRateHz = 16000;
constexpr int kWindowSeconds = 30;

// What is silent at the end of each window, where windows side by side are cut.
constexpr double kPauseSeconds = 0.5;

// A voice-like sound: harmonics of a gliding pitch, louder and softer like syllables, for `windows`
// windows; the last one's pause is left out.
std::vector<float> made_up_sound(int windows) {
  constexpr double kPitchHz = 140, kGlideHz = 40, kSyllables = 9, kSoftest = 0.1;
  std::vector<float> samples(
      static_cast<std::size_t>(kRateHz * (kWindowSeconds * windows - kPauseSeconds)));
  double phase = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    phase += 2 * std::numbers::pi * (kPitchHz + kGlideHz * std::sin(1.3 * t)) / kRateHz;
    if (std::fmod(t, kWindowSeconds) >= kWindowSeconds - kPauseSeconds) continue;
    double value = 0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) {
      value += std::sin(harmonic * phase) / harmonic;
    }
    samples[i] = static_cast<float>(0.1 * value * std::max(kSoftest, std::sin(kSyllables * t)));
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

/// All ids but text's: a made-up model would choose times, which cut windows short, or the end.
std::string all_but_text(const Model& model) {
  std::string ids = "-1";
  for (int id = model.data().tokenizer.eot(); id < model.data().config.dims.n_vocab; ++id) {
    ids += "," + std::to_string(id);
  }
  return ids;
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
  const std::vector<float> sound = made_up_sound(options.batch);
  const double seconds_of_sound = static_cast<double>(sound.size()) / kRateHz;
  Options decoding;
  decoding.language = "en";
  decoding.timestamps = false;
  decoding.no_speech_threshold.reset();
  decoding.max_tokens = options.max_tokens;
  decoding.beam_size = 1;
  decoding.temperatures = {0};
  decoding.batch_size = options.batch;
  decoding.condition_on_previous_text = false;
  decoding.suppress_tokens = all_but_text(model);

  const std::vector<int> expected =
      all_tokens(transcriber.transcribe_samples(sound, decoding));  // warms up, too
  int windows = 0;
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
    if (windows != options.batch) {
      throw Error(ErrorCode::internal, "pipeline: expected " + std::to_string(options.batch) +
                                           " windows, got " + std::to_string(windows));
    }
    mel.push_back(1e3 * result.seconds.mel / windows);
    encode.push_back(1e3 * result.seconds.encode / windows);
    decode.push_back(1e3 * result.seconds.decode / windows);
    total.push_back(1e3 * seconds / windows);
    speed.push_back(seconds_of_sound / seconds);
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
