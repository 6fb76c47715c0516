#include "src/compute/cpu/calibration.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "src/compute/cpu/encoder.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

/// A number of a plan that can be chosen: layer and which of its parts.
struct Part {
  std::size_t layer;
  Number EncoderLayerPlan::*number;
  std::string name;
};

std::vector<Part> parts_of(const ModelDims& dims) {
  std::vector<Part> parts;
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(dims.n_audio_layers); ++layer) {
    const std::string prefix = "encoder " + std::to_string(layer) + ' ';
    parts.push_back({layer, &EncoderLayerPlan::qkv, prefix + "qkv"});
    parts.push_back({layer, &EncoderLayerPlan::attention, prefix + "attention"});
    parts.push_back({layer, &EncoderLayerPlan::out, prefix + "out"});
    parts.push_back({layer, &EncoderLayerPlan::up, prefix + "up"});
    parts.push_back({layer, &EncoderLayerPlan::down, prefix + "down"});
  }
  return parts;
}

/// What the encoder gives for all windows, one after the other.
class Measurement {
 public:
  Measurement(const std::shared_ptr<const ModelWeights>& weights, std::span<const TensorView> mels,
              const CalibrationRequest& request, const KernelSet& kernels, base::ThreadPool& pool)
      : weights_(weights), mels_(mels), request_(request), kernels_(kernels), pool_(pool) {
    exact_ = encode(PrecisionPlan::of(weights->dims, Precision::f32));
  }

  /// |x - y| / |y| of the plan's output against float32's.
  double error_of(const PrecisionPlan& plan) const {
    const std::vector<std::shared_ptr<const EncodedWindow>> windows = encode(plan);
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const TensorView x = windows[i]->states(), y = exact_[i]->states();
      for (int row = 0; row < y.rows; ++row) {
        const auto a = x.row<float>(row), b = y.row<float>(row);
        for (std::size_t c = 0; c < b.size(); ++c) {
          const double off = static_cast<double>(a[c]) - static_cast<double>(b[c]);
          difference += off * off;
          size += static_cast<double>(b[c]) * static_cast<double>(b[c]);
        }
      }
    }
    return std::sqrt(difference / size);
  }

 private:
  std::vector<std::shared_ptr<const EncodedWindow>> encode(const PrecisionPlan& plan) const {
    if (request_.stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    return make_encoder(weights_, plan, kernels_, pool_)->encode(mels_, request_.stop);
  }

  std::shared_ptr<const ModelWeights> weights_;
  std::span<const TensorView> mels_;
  const CalibrationRequest& request_;
  const KernelSet& kernels_;
  base::ThreadPool& pool_;
  std::vector<std::shared_ptr<const EncodedWindow>> exact_;
};

/// How many of the worst parts must go, by the sum of the squares of the others.
std::size_t parts_to_keep(const std::vector<CalibrationReport::Part>& worst_first,
                          double int8_error, double largest_error) {
  double rest = int8_error * int8_error;
  std::size_t count = 0;
  while (count < worst_first.size() && rest > largest_error * largest_error) {
    rest -= worst_first[count].error * worst_first[count].error;
    ++count;
  }
  return count;
}

}  // namespace

CalibratedPlan calibrated_plan(const std::shared_ptr<const ModelWeights>& weights,
                               std::span<const TensorView> mels, const CalibrationRequest& request,
                               const KernelSet& kernels, base::ThreadPool& pool) {
  const Measurement measure(weights, mels, request, kernels, pool);
  std::vector<Part> parts = parts_of(weights->dims);
  CalibratedPlan found{PrecisionPlan::of(weights->dims, Precision::int8), {}};
  CalibrationReport& report = found.report;
  report.error = report.int8_error = measure.error_of(found.plan);

  std::vector<std::pair<double, std::size_t>> order;  // error, part
  for (std::size_t i = 0; i < parts.size(); ++i) {
    PrecisionPlan plan = PrecisionPlan::of(weights->dims, Precision::f32);
    plan.encoder[parts[i].layer].*parts[i].number = Number::i8;
    order.emplace_back(measure.error_of(plan), i);
    if (request.on_progress) {
      request.on_progress(static_cast<int>(i) + 1, static_cast<int>(parts.size()));
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [error, part] : order) report.parts.push_back({parts[part].name, error, false});

  const auto keep = [&](std::size_t rank) {
    const Part& part = parts[order[rank].second];
    found.plan.encoder[part.layer].*part.number = Number::bf16;
    report.parts[rank].kept = true;
  };
  std::size_t kept = parts_to_keep(report.parts, report.int8_error, request.largest_error);
  for (std::size_t rank = 0; rank < kept; ++rank) keep(rank);
  if (kept > 0) report.error = measure.error_of(found.plan);
  for (; report.error > request.largest_error && kept < order.size(); ++kept) {
    keep(kept);
    report.error = measure.error_of(found.plan);
  }
  return found;
}

}  // namespace tessera::compute::cpu
