#include <portaudio.h>

#include <array>
#include <memory>

#include "apps/cli/microphone.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

constexpr double kRateHz = 16000;
constexpr std::size_t kPiece = 320;  // 20 ms

void check(PaError status) {
  if (status >= paNoError) return;
  throw Error(ErrorCode::unsupported, std::string("--microphone: ") + Pa_GetErrorText(status));
}

/// PortAudio, set up as long as it lives, with one stream that records.
class Microphone {
 public:
  explicit Microphone(const std::string& name) {
    check(Pa_Initialize());
    try {
      open(find(name));
    } catch (...) {
      Pa_Terminate();
      throw;
    }
  }
  ~Microphone() {
    Pa_CloseStream(stream_);
    Pa_Terminate();
  }
  Microphone(const Microphone&) = delete;
  Microphone& operator=(const Microphone&) = delete;

  void read(SampleQueue& queue, const std::stop_token& stop) {
    check(Pa_StartStream(stream_));
    std::array<float, kPiece> samples;
    while (!stop.stop_requested()) {
      const PaError status = Pa_ReadStream(stream_, samples.data(), samples.size());
      if (status != paInputOverflowed) check(status);  // some samples are lost then
      if (!queue.push(samples)) break;
    }
    Pa_StopStream(stream_);
  }

 private:
  static PaDeviceIndex find(const std::string& name) {
    if (name.empty()) return Pa_GetDefaultInputDevice();
    const PaDeviceIndex devices = Pa_GetDeviceCount();
    for (PaDeviceIndex i = 0; i < devices; ++i) {
      const PaDeviceInfo* device = Pa_GetDeviceInfo(i);
      if (device->maxInputChannels > 0 &&
          std::string(device->name).find(name) != std::string::npos) {
        return i;
      }
    }
    throw Error(ErrorCode::bad_argument,
                "--microphone: no input device has '" + name + "' in its name");
  }

  void open(PaDeviceIndex device) {
    if (device == paNoDevice) {
      throw Error(ErrorCode::unsupported, "--microphone: this machine has no input device");
    }
    PaStreamParameters input = {};
    input.device = device;
    input.channelCount = 1;
    input.sampleFormat = paFloat32;
    input.suggestedLatency = Pa_GetDeviceInfo(device)->defaultLowInputLatency;
    check(Pa_OpenStream(&stream_, &input, nullptr, kRateHz, kPiece, paNoFlag, nullptr, nullptr));
  }

  PaStream* stream_ = nullptr;
};

}  // namespace

SoundReader open_microphone(const std::string& name) {
  const auto microphone = std::make_shared<Microphone>(name);
  return [microphone](SampleQueue& queue, const std::stop_token& stop) {
    microphone->read(queue, stop);
  };
}

}  // namespace tessera::cli
