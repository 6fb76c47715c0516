// The sound that fixed scales are measured with.
#include <cmath>
#include <cstdint>
#include <random>

#include "src/compute/npu/engine/encoder_i8_ranges.h"

namespace tessera::compute::npu {
namespace {

// Of a log-mel as Whisper has it, (log10(power) + 4) / 4 within 8 decades: the floor of a window
// whose loudest is near 1.4.
constexpr float kFloor = -0.6f, kLoudest = 1.4f;

class Signal {
 public:
  Signal(int bands, int frames) : mel_(DType::f32, bands, frames) {
    for (float& x : mel_.values<float>()) x = kFloor;
  }

  Tensor make() {
    const int frames = mel_.cols();
    int at = frames / 50;
    while (at < frames * 6 / 10) at = phrase(at, frames * 6 / 10) + frames / 60;
    noise(frames * 6 / 10, frames * 7 / 10);
    tones(frames * 7 / 10, frames * 84 / 100);
    return std::move(mel_);  // the rest is silence
  }

 private:
  /// From 0 to 1; of the generator's words, since distributions differ from library to library.
  float uniform() { return static_cast<float>(random_()) / 4294967296.0f; }
  float uniform(float least, float most) { return least + (most - least) * uniform(); }
  float band(float of_eighty) const { return of_eighty * static_cast<float>(mel_.rows()) / 80; }

  void raise(int band, int frame, float value) {
    float& x = mel_.row<float>(band)[static_cast<std::size_t>(frame)];
    x = std::min(kLoudest, std::max(x, value));
  }

  /// Syllables over a background; returns where it ends.
  int phrase(int first, int end) {
    const int last = std::min(end, first + static_cast<int>(uniform(120, 300)));
    const float background = uniform(kFloor, 0.2f);
    for (int t = first; t < last; ++t) {
      for (int b = 0; b < mel_.rows(); ++b) raise(b, t, background + uniform(-0.15f, 0.1f));
    }
    for (int at = first; at < last;) {
      const int length = static_cast<int>(uniform(8, 32));
      syllable(at, std::min(last, at + length));
      at += length + static_cast<int>(uniform(0, 6));
    }
    return last;
  }

  void syllable(int first, int last) {
    const bool is_voiced = uniform() < 0.75f;
    const float level = uniform(0.5f, kLoudest), pitch = uniform(2, 5);
    const float formants[3] = {band(is_voiced ? uniform(4, 24) : uniform(45, 70)),
                               band(is_voiced ? uniform(22, 48) : uniform(55, 76)),
                               band(uniform(46, 66))};
    const float drift = uniform(-6, 6), width = band(uniform(3, 8));
    for (int t = first; t < last; ++t) {
      const float along = (static_cast<float>(t - first) + 0.5f) / static_cast<float>(last - first);
      const float envelope = std::sin(3.14159265f * along);
      for (int b = 0; b < mel_.rows(); ++b) {
        const auto place = static_cast<float>(b);
        float value = kFloor;
        for (int i = 0; i < 3; ++i) {
          const float away = (place - formants[i] - band(drift) * along) / width;
          value = std::max(value, level - 0.2f * static_cast<float>(i) - 0.12f * away * away);
        }
        if (is_voiced && place < band(28)) value += 0.15f * std::cos(6.2831853f * place / pitch);
        raise(b, t, kFloor + (value - kFloor) * envelope + uniform(-0.08f, 0.08f));
      }
    }
  }

  /// Even, and then as uneven as can be.
  void noise(int first, int last) {
    for (int t = first; t < last; ++t) {
      const float least = t < (first + last) / 2 ? 0.5f : -1, most = least < 0 ? kLoudest : 1;
      for (int b = 0; b < mel_.rows(); ++b) raise(b, t, uniform(least, most));
    }
  }

  /// A chord of a few bands, another one each half second.
  void tones(int first, int last) {
    for (int at = first; at < last; at += 50) {
      for (int tone = 0; tone < 4; ++tone) {
        const float centre = band(uniform(3, 76)), level = uniform(0.6f, kLoudest);
        for (int t = at; t < std::min(last, at + 50); ++t) {
          for (int b = 0; b < mel_.rows(); ++b) {
            const float away = static_cast<float>(b) - centre;
            raise(b, t, level - 0.3f * away * away);
          }
        }
      }
    }
  }

  Tensor mel_;
  std::mt19937 random_{20220921};  // of Whisper's first release
};

}  // namespace

Tensor calibration_mel(int bands, int frames) { return Signal(bands, frames).make(); }

}  // namespace tessera::compute::npu
