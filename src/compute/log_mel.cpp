#include "src/compute/log_mel.h"

#include <algorithm>
#include <string>

#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

using kernels::LogMelParams;

static_assert(LogMelFrames::kFrameSamples == kernels::kMelFrameSamples);
static_assert(LogMelFrames::kHopSamples == kernels::kMelHopSamples);
static_assert(LogMelFrames::kSilence == kernels::kMelSilence);

void expect_size(const char* what, std::size_t expected, std::size_t found) {
  if (found == expected) return;
  throw Error(ErrorCode::bad_argument, std::string("log-mel: ") + what + ": expected " +
                                           std::to_string(expected) + " values, got " +
                                           std::to_string(found));
}

}  // namespace

struct LogMelFrames::Scratch {
  alignas(64) std::byte bytes[kernels::kLogMelScratchBytes];
};

LogMelFrames::LogMelFrames(std::span<const float> window, std::span<const float> filter_bank,
                           std::string_view isa)
    : kernel_(&kernels::select(LogMelParams::kOp, isa.empty() ? kernels::IsaTier::from_environment()
                                                              : kernels::IsaTier::parse(isa))),
      wide_(&kernels::force(LogMelParams::kOp, "scalar")),
      variant_(kernel_->name),
      window_(window.begin(), window.end()),
      scratch_(std::make_unique<Scratch>()) {
  expect_size("window", kFrameSamples, window.size());
  const std::size_t n_bands = filter_bank.size() / kBins;
  expect_size("filter bank", std::max<std::size_t>(n_bands, 1) * kBins, filter_bank.size());
  for (std::size_t band = 0; band < n_bands; ++band) {
    const auto row = filter_bank.subspan(band * kBins, kBins);
    const auto is_set = [](float weight) { return weight != 0.0f; };
    const auto begin = std::find_if(row.begin(), row.end(), is_set) - row.begin();
    const auto end = row.rend() - std::find_if(row.rbegin(), row.rend(), is_set);
    auto first = static_cast<int>(begin);
    int bins = std::max(0, static_cast<int>(end) - first);
    if (bins % 2 != 0) {
      ++bins;
      first = std::min(first, kBins - bins);
    }
    if (bins == 0) first = 0;
    bands_.push_back({first, bins, static_cast<std::int32_t>(weights_.size())});
    weights_.insert(weights_.end(), row.begin() + first, row.begin() + first + bins);
  }
}

LogMelFrames::~LogMelFrames() = default;
LogMelFrames::LogMelFrames(LogMelFrames&& other) noexcept = default;
LogMelFrames& LogMelFrames::operator=(LogMelFrames&& other) noexcept = default;

float LogMelFrames::compute(std::span<const float> samples, float* out, std::ptrdiff_t out_stride) {
  const std::size_t hops = std::max<std::size_t>(samples.size(), kFrameSamples) - kFrameSamples;
  expect_size("samples", hops / kHopSamples * kHopSamples + kFrameSamples, samples.size());
  float largest = kSilence;
  LogMelParams params;
  params.samples = samples.data();
  params.frames = static_cast<int>(hops / kHopSamples) + 1;
  params.window = window_.data();
  params.bands = bands_.data();
  params.weights = weights_.data();
  params.n_bands = static_cast<int>(bands_.size());
  params.out = out;
  params.out_stride = out_stride;
  params.largest = &largest;
  params.scratch = scratch_->bytes;
  variant_ = kernel_->run(params);
  if (largest >= kernels::kMelOverflow && kernel_ != wide_) variant_ = wide_->run(params);
  return largest;
}

}  // namespace tessera::compute
