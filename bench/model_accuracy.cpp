#include "bench/model_accuracy.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "bench/engine_options.h"
#include "bench/teacher_forcing.h"
#include "src/base/thread_pool.h"
#include "src/compute/cpu/fold.h"
#include "src/compute/cpu/window.h"
#include "src/compute/devices.h"
#include "src/whisper/mel.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute;  // NOLINT: this file is about them

constexpr int kHead = kernels::kHeadWidth;

DeviceSpec spec_of(const std::string& name, int threads) {
  DeviceSpec spec = DeviceSpec::parse(name);
  spec.threads = threads;
  return spec;
}

/// weight x + bias for all positions of a window, head by head: (heads, positions, 64).
std::vector<float> projected(const LinearWeights& weights, const TensorView& states,
                             base::ThreadPool& pool) {
  const cpu::Dense dense = cpu::Dense::from(weights);
  const auto positions = static_cast<std::size_t>(states.rows);
  const auto width = static_cast<std::size_t>(states.cols);
  std::vector<float> out(positions * width);
  pool.parallel_for(width, [&](std::size_t channel) {
    const std::size_t head = channel / kHead, in_head = channel % kHead;
    const float* row = dense.weight.data() + channel * width;
    for (std::size_t p = 0; p < positions; ++p) {
      const auto x = states.row<float>(static_cast<int>(p));
      double sum = static_cast<double>(dense.bias[channel]);
      for (std::size_t i = 0; i < width; ++i) {
        sum += static_cast<double>(row[i]) * static_cast<double>(x[i]);
      }
      out[(head * positions + p) * kHead + in_head] = static_cast<float>(sum);
    }
  });
  return out;
}

/// Takes the mean over positions off every channel of every head.
void centre(std::vector<float>& keys, std::size_t positions) {
  const std::size_t per_head = positions * kHead;
  for (std::size_t first = 0; first < keys.size(); first += per_head) {
    for (std::size_t channel = 0; channel < kHead; ++channel) {
      double mean = 0;
      for (std::size_t p = 0; p < positions; ++p) {
        mean +=
            static_cast<double>(keys[first + p * kHead + channel]) / static_cast<double>(positions);
      }
      for (std::size_t p = 0; p < positions; ++p) {
        keys[first + p * kHead + channel] -= static_cast<float>(mean);
      }
    }
  }
}

struct StateErrors {
  double relative = 0, mean_cosine = 0, worst_cosine = 1;
};

StateErrors compare_states(const TensorView& x, const TensorView& y) {
  StateErrors errors;
  double difference = 0, size = 0;
  for (int row = 0; row < y.rows; ++row) {
    const auto a = x.row<float>(row), b = y.row<float>(row);
    for (std::size_t i = 0; i < b.size(); ++i) {
      const double off = static_cast<double>(a[i]) - static_cast<double>(b[i]);
      difference += off * off;
      size += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    const double same = cosine(a, b);
    errors.mean_cosine += same / y.rows;
    errors.worst_cosine = std::min(errors.worst_cosine, same);
  }
  errors.relative = std::sqrt(difference / size);
  return errors;
}

/// The cosine of each decoder layer's keys and values, the worse of both.
std::vector<double> compare_cross(const cpu::CpuWindow& window, const ModelWeights& weights,
                                  const TensorView& states, base::ThreadPool& pool) {
  std::vector<double> cosines;
  for (std::size_t layer = 0; layer < window.cross().size(); ++layer) {
    const cpu::CrossHeads& heads = window.cross()[layer];
    std::vector<float> keys, values;
    for (int head = 0; head < heads.heads(); ++head) {
      const std::vector<float> k = heads.keys_of(head), v = heads.values_of(head);
      keys.insert(keys.end(), k.begin(), k.end());
      values.insert(values.end(), v.begin(), v.end());
    }
    const AttentionWeights& from = weights.decoder[layer].cross_attention;
    std::vector<float> exact_keys = projected(from.key, states, pool);
    centre(keys, static_cast<std::size_t>(states.rows));
    centre(exact_keys, static_cast<std::size_t>(states.rows));
    cosines.push_back(
        std::min(cosine(keys, exact_keys), cosine(values, projected(from.value, states, pool))));
  }
  return cosines;
}

constexpr const char* kCosine = "cosine";

std::vector<Tensor> windows_of(const ModelAccuracyOptions& options, const ModelDims& dims) {
  std::vector<Tensor> windows;
  if (options.sounds.empty()) {
    for (int i = 0; i < options.windows; ++i) {
      windows.push_back(made_up_mel(dims, static_cast<unsigned>(i)));
    }
    return windows;
  }
  for (const std::string& sound : options.sounds) {
    if (static_cast<int>(windows.size()) == options.windows) break;
    windows.push_back(first_window(sound, dims.n_mels));
  }
  return windows;
}

}  // namespace

Report run_model_accuracy(const ModelAccuracyOptions& options) {
  const auto weights = load_weights(options.model);
  const std::vector<Tensor> windows = windows_of(options, weights->dims);
  std::vector<TensorView> views;
  for (const Tensor& window : windows) views.push_back(window.view());
  const auto exact = open_device(spec_of("reference", options.threads))
                         ->load_encoder(weights, Precision::f32)
                         ->encode(views, {});
  base::ThreadPool pool(options.threads > 0 ? options.threads : base::available_cores());

  Report report;
  report.setting = {{"model", options.model},
                    {"windows", std::to_string(windows.size())},
                    {"sound", options.sounds.empty() ? "made up" : "recordings"}};
  const auto add = [&](const std::string& name, const char* unit, std::vector<double> values) {
    Row row;
    row.name = name;
    row.unit = unit;
    row.summary = summarise(std::move(values));
    row.verified = true;
    if (row.unit == kCosine) row.decimals = 5;
    report.rows.push_back(std::move(row));
  };
  const auto device = open_device(spec_of(options.device, options.threads));
  report.setting.emplace_back("device", device->describe());
  for (const std::string& precision : options.precisions) {
    const auto found = device->load_encoder(weights, parse_precision(precision))->encode(views, {});
    std::vector<double> relative, mean, worst;
    std::vector<std::vector<double>> cross(weights->decoder.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const StateErrors errors = compare_states(found[i]->states(), exact[i]->states());
      relative.push_back(100 * errors.relative);
      mean.push_back(errors.mean_cosine);
      worst.push_back(errors.worst_cosine);
      const std::vector<double> cosines = compare_cross(
          dynamic_cast<const cpu::CpuWindow&>(*found[i]), *weights, exact[i]->states(), pool);
      for (std::size_t layer = 0; layer < cosines.size(); ++layer) {
        cross[layer].push_back(cosines[layer]);
      }
    }
    add(precision + ", encoder, error", "%", relative);
    add(precision + ", encoder, mean", kCosine, mean);
    add(precision + ", encoder, worst position", kCosine, worst);
    for (std::size_t layer = 0; layer < cross.size(); ++layer) {
      add(precision + ", keys and values " + std::to_string(layer), kCosine, cross[layer]);
    }
  }
  if (!options.sounds.empty()) {
    for (Row& row : run_teacher_forcing(options)) report.rows.push_back(std::move(row));
  }
  return report;
}

}  // namespace tessera::bench
