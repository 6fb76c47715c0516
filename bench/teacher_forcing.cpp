#include "bench/teacher_forcing.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "bench/engine_options.h"
#include "src/compute/devices.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_data.h"
#include "src/whisper/prompt.h"
#include "src/whisper/recording.h"
#include "tessera/transcriber.h"

namespace tessera::bench {
namespace {

/// Text that repeats itself: the original's threshold for decoding a window again.
constexpr double kRepetitive = 2.4;

Options decoding(const ModelAccuracyOptions& options) {
  Options plain;
  plain.language = "en";
  plain.timestamps = false;
  plain.temperatures = {0};
  plain.beam_size = 1;
  plain.no_speech_threshold.reset();
  plain.max_tokens = options.max_tokens;
  plain.clip_timestamps_s = {0, 30};
  return plain;
}

/// What one precision hears.
struct Heard {
  std::vector<int> tokens;
  std::string text;
  bool repeats = false;
};

std::vector<Heard> listen(const Model& model, const ModelAccuracyOptions& options,
                          const std::string& device, const std::string& precision) {
  Transcriber transcriber(model,
                          {.device = device, .precision = precision, .threads = options.threads});
  std::vector<Heard> all;
  for (const std::string& sound : options.sounds) {
    Heard heard;
    Callbacks callbacks;
    callbacks.on_window = [&](const WindowReport& window) {
      for (const WindowAttempt& attempt : window.attempts) {
        heard.repeats = heard.repeats || attempt.compression_ratio > kRepetitive;
      }
    };
    const Result result = transcriber.transcribe_file(sound, decoding(options), callbacks);
    heard.text = result.text;
    for (const Segment& segment : result.segments) {
      heard.tokens.insert(heard.tokens.end(), segment.tokens.begin(), segment.tokens.end());
    }
    all.push_back(std::move(heard));
  }
  return all;
}

/// Log-probabilities of each token of `tokens` from `first` on, and the likeliest token there.
struct Judgement {
  std::vector<int> likeliest;
  std::vector<double> logprob;
};

class Judge {
 public:
  Judge(const std::shared_ptr<const compute::ModelWeights>& weights, const std::string& device,
        const std::string& precision, int threads)
      : dims_(weights->dims) {
    compute::DeviceSpec spec = compute::DeviceSpec::parse(device);
    spec.threads = threads;
    device_ = compute::open_device(spec);
    encoder_ = device_->load_encoder(weights, compute::parse_precision(precision));
    decoder_ = device_->load_decoder(weights, compute::parse_precision(precision));
  }

  Judgement judge(const compute::Tensor& window, const std::vector<int>& tokens,
                  std::size_t first) const {
    const compute::TensorView view = window.view();
    const auto session = decoder_->open_session();
    const int stream = session->open_stream(encoder_->encode({&view, 1}, {}).front());
    compute::StreamInput input{stream, tokens, /*every_position=*/true};
    const compute::TensorView logits = session->step({&input, 1}, {});
    Judgement judgement;
    for (std::size_t i = first; i < tokens.size(); ++i) {
      const auto row = logits.row<float>(static_cast<int>(i) - 1);
      const auto best = std::max_element(row.begin(), row.end());
      double sum = 0;
      for (const float value : row) sum += std::exp(static_cast<double>(value - *best));
      judgement.likeliest.push_back(static_cast<int>(best - row.begin()));
      judgement.logprob.push_back(
          static_cast<double>(row[static_cast<std::size_t>(tokens[i])] - *best) - std::log(sum));
    }
    return judgement;
  }

 private:
  compute::ModelDims dims_;
  std::unique_ptr<compute::Device> device_;
  std::unique_ptr<compute::EncoderEngine> encoder_;
  std::unique_ptr<compute::DecoderEngine> decoder_;
};

/// Float32's transcript of one sound, as the decoder reads it.
struct Exercise {
  compute::Tensor window;
  std::vector<int> tokens;  // prompt and text
  std::size_t first = 0;    // of the text
  Judgement exact;
};

Row row_of(const std::string& name, const char* unit, std::vector<double> values) {
  Row row;
  row.name = name;
  row.unit = unit;
  row.summary = summarise(std::move(values));
  row.verified = true;
  return row;
}

void add_judgement(const std::string& precision, const Judge& judge,
                   const std::vector<Exercise>& exercises, std::vector<Row>& rows) {
  double same = 0, difference = 0, positions = 0;
  for (const Exercise& exercise : exercises) {
    const Judgement found = judge.judge(exercise.window, exercise.tokens, exercise.first);
    for (std::size_t i = 0; i < found.likeliest.size(); ++i) {
      same += found.likeliest[i] == exercise.exact.likeliest[i];
      difference += std::abs(found.logprob[i] - exercise.exact.logprob[i]);
      positions += 1;
    }
  }
  rows.push_back(row_of(precision + ", same likeliest token", "%", {100 * same / positions}));
  rows.push_back(row_of(precision + ", log-probability", "nats off", {difference / positions}));
  rows.push_back(row_of(precision + ", positions", "", {positions}));
}

void add_transcripts(const std::string& precision, const std::vector<Heard>& heard,
                     const std::vector<Heard>& exact, std::vector<Row>& rows) {
  double changed = 0, loops = 0, exact_loops = 0;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    changed += heard[i].text != exact[i].text;
    loops += heard[i].repeats;
    exact_loops += exact[i].repeats;
  }
  const std::string of = "of " + std::to_string(heard.size());
  rows.push_back(row_of(precision + ", transcripts that change", of.c_str(), {changed}));
  rows.push_back(row_of(precision + ", transcripts that repeat", of.c_str(), {loops}));
  rows.push_back(row_of("f32, transcripts that repeat", of.c_str(), {exact_loops}));
}

}  // namespace

compute::Tensor first_window(const std::string& sound, int n_mels) {
  const whisper::LogMel mel =
      whisper::read_recording(whisper::open_recording(sound, -1), {}, n_mels, {}).mel;
  compute::Tensor window(compute::DType::f32, n_mels, whisper::kWindowFrames);
  mel.window(0, std::min(whisper::kWindowFrames, mel.content_frames()), window.values<float>());
  return window;
}

std::vector<Row> run_teacher_forcing(const ModelAccuracyOptions& options) {
  const Model model = Model::load(options.model);
  const detail::ModelData& data = model.data();
  const std::vector<Heard> exact = listen(model, options, "cpu", "f32");
  const whisper::PromptBuilder prompts(data.tokenizer, data.config.dims, decoding(options), "en");
  std::vector<Exercise> exercises;
  {
    const Judge judge(data.weights, "cpu", "f32", options.threads);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      Exercise exercise;
      exercise.window = first_window(options.sounds[i], data.config.dims.n_mels);
      exercise.tokens = prompts.build({}).tokens;
      exercise.first = exercise.tokens.size();
      exercise.tokens.insert(exercise.tokens.end(), exact[i].tokens.begin(), exact[i].tokens.end());
      exercise.exact = judge.judge(exercise.window, exercise.tokens, exercise.first);
      exercises.push_back(std::move(exercise));
    }
  }
  std::vector<Row> rows;
  for (const std::string& precision : options.precisions) {
    add_judgement(precision, Judge(data.weights, options.device, precision, options.threads),
                  exercises, rows);
    add_transcripts(precision, listen(model, options, options.device, precision), exact, rows);
  }
  return rows;
}

}  // namespace tessera::bench
