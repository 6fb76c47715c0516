#include "src/whisper/sampler.h"

#include <algorithm>
#include <vector>

#include "src/compute/logits.h"

namespace tessera::whisper {
namespace {

std::uint64_t mix(std::uint64_t state) {
  std::uint64_t z = state + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// Weights that are summed at once. Only those of the block where the sum gets past what is wanted
// are looked at one by one.
constexpr std::size_t kBlock = 256;

struct Passed {
  std::size_t index;
  double before;  // the sum before it
};

// Where the cumulative sum of weights, which begins with `sum`, exceeds `wanted`: the last that
// weighs anything, if rounding keeps it below.
template <class WeightOf>
Passed pass(double wanted, double sum, std::size_t count, const WeightOf& weight_of) {
  Passed last{0, sum};
  for (std::size_t i = 0; i < count; ++i) {
    const double weight = weight_of(i);
    if (!(weight > 0)) continue;
    last = {i, sum};
    sum += weight;
    if (sum > wanted) break;
  }
  return last;
}

}  // namespace

Sampler::Sampler(std::uint64_t seed, int seek_frames, int attempt)
    : state_(mix(mix(mix(seed) ^ static_cast<std::uint64_t>(seek_frames)) ^
                 static_cast<std::uint64_t>(attempt))) {}

double Sampler::uniform(int sample, int step) const {
  const std::uint64_t hash =
      mix(mix(state_ ^ static_cast<std::uint64_t>(sample)) ^ static_cast<std::uint64_t>(step));
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

int sample_token(std::span<const float> logits, double temperature, double uniform) {
  int likeliest = 0;
  if (compute::largest(logits, {&likeliest, 1}).empty()) return 0;
  const double shift = logits[static_cast<std::size_t>(likeliest)], scale = 1 / temperature;
  const auto weigh = [&](std::span<const float> part) {
    return compute::exp_sum(part, shift, scale);
  };
  std::vector<double> blocks;
  double total = 0;
  for (std::size_t first = 0; first < logits.size(); first += kBlock) {
    blocks.push_back(weigh(logits.subspan(first, std::min(kBlock, logits.size() - first))));
    total += blocks.back();
  }
  const double wanted = uniform * total;
  const auto [block, before] =
      pass(wanted, 0, blocks.size(), [&](std::size_t i) { return blocks[i]; });
  const std::size_t first = block * kBlock;
  const std::size_t size = std::min(kBlock, logits.size() - first);
  const auto chosen = pass(wanted, before, size,
                           [&](std::size_t i) { return weigh(logits.subspan(first + i, 1)); });
  return static_cast<int>(first + chosen.index);
}

}  // namespace tessera::whisper
