// lane_rotate for any Lanes.
#pragma once

#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {
namespace {

/// Hadamard's transform of `length` channels from `x` on, all scaled by `scale`.
template <class Lanes>
void transform(float* x, int length, float scale) {
  for (int half = 1; half < length; half *= 2) {
    for (int i = 0; i < length; ++i) {
      if ((i & half) != 0) continue;
      float* a = x + i * kBlockTokens;
      float* b = a + half * kBlockTokens;
      const auto first = Lanes::load(a), second = Lanes::load(b);
      Lanes::store(a, Lanes::add(first, second));
      Lanes::store(b, Lanes::subtract(first, second));
    }
  }
  for (int i = 0; i < length; ++i) {
    float* a = x + i * kBlockTokens;
    Lanes::store(a, Lanes::multiply(Lanes::load(a), Lanes::all(scale)));
  }
}

template <class Lanes>
void rotate_tokens(float* x, int channels, int length) {
  auto sum = Lanes::all(0.0f);
  for (int i = 0; i < channels; ++i) sum = Lanes::add(sum, Lanes::load(x + i * kBlockTokens));
  const auto mean = Lanes::multiply(sum, Lanes::all(1.0f / static_cast<float>(channels)));
  for (int i = 0; i < channels; ++i) {
    float* a = x + i * kBlockTokens;
    Lanes::store(a, Lanes::subtract(Lanes::load(a), mean));
  }
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(length));
  for (int first = 0; first < channels; first += length) {
    transform<Lanes>(x + first * kBlockTokens, length, scale);
  }
  const int parts = channels / length;
  if (parts == 1) return;
  const auto twice = Lanes::all(-2.0f / static_cast<float>(parts));
  for (int i = 0; i < length; ++i) {
    auto total = Lanes::all(0.0f);
    for (int part = 0; part < parts; ++part) {
      total = Lanes::add(total, Lanes::load(x + (part * length + i) * kBlockTokens));
    }
    for (int part = 0; part < parts; ++part) {
      float* a = x + (part * length + i) * kBlockTokens;
      Lanes::store(a, Lanes::multiply_add(total, twice, Lanes::load(a)));
    }
  }
}

template <class Lanes>
void lane_rotate(const LaneRotateParams& p) {
  const int length = p.channels & -p.channels;  // the largest power of two in it
  for (int token = 0; token < kBlockTokens; token += Lanes::kLanes) {
    rotate_tokens<Lanes>(p.x + token, p.channels, length);
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
