// One model's engines for many windows at once: what their threads ask for is computed together.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "src/compute/device.h"

namespace tessera::whisper {

/// Lets many threads, each with a window of its own, use engines that are for one thread at a time.
///
/// A thread works through a client as if the engines were its own. The steps that the threads ask
/// for become one step of all windows, which begins as soon as no window that is being decoded is
/// busy otherwise: nothing waits for a time to pass, and windows come and go between steps. Windows
/// that wait for the encoder are encoded together, before the next step, or beside it where the
/// device can do that. Whoever makes a call ready computes it, for all that wait.
///
/// A thread has at most one session at a time. What goes wrong in one window's own wishes, and its
/// being cancelled, is its own; when a step of all fails, all its windows get the error.
class SharedEngines {
 public:
  struct Limits {
    int windows = 1;  ///< decoded at the same time, and encoded in one call, at most
    /// The encoder may be called while the decoder is, see compute::Device.
    bool side_by_side = false;
  };
  /// Borrows the engines, which nobody else may use in the meantime.
  SharedEngines(compute::EncoderEngine& encoder, compute::DecoderEngine& decoder,
                const compute::ModelDims& dims, Limits limits);
  ~SharedEngines();
  SharedEngines(const SharedEngines&) = delete;
  SharedEngines& operator=(const SharedEngines&) = delete;

  /// The engines as one thread sees them. Not for several threads at the same time.
  class Client : public compute::EncoderEngine, public compute::DecoderEngine {
   public:
    explicit Client(SharedEngines& engines) : engines_(engines) {}

    /// As EncoderEngine says; the windows may be encoded with those of other clients.
    std::vector<std::shared_ptr<const compute::EncodedWindow>> encode(
        std::span<const compute::TensorView> mels, const std::stop_token& stop) override;
    /// Waits while as many windows are being decoded as may be. As DecoderEngine and DecoderSession
    /// say, but that opening and forking a stream fail with the next step.
    std::unique_ptr<compute::DecoderSession> open_session() override;

    /// Seconds that the engines computed for this client: of calls that it shared, its share by
    /// windows or tokens.
    double encode_seconds() const { return encode_seconds_; }
    double decode_seconds() const { return decode_seconds_; }

   private:
    friend class SharedEngines;
    SharedEngines& engines_;
    double encode_seconds_ = 0;
    double decode_seconds_ = 0;
  };

 private:
  using Lock = std::unique_lock<std::mutex>;

  class Session;
  struct Member;
  struct Encode;
  struct Step;
  struct StepPart;

  /// Waits until `work` has been computed, and computes when `can_compute()` says that the time has
  /// come; or, when it is cancelled before it began, takes it back and throws.
  template <class Work, class CanCompute, class Compute, class TakeBack>
  void wait_for(Work& work, const std::stop_token& stop, Lock& lock, CanCompute can_compute,
                Compute compute, TakeBack take_back);

  // The lock is held in these.
  bool can_encode() const;
  bool can_step() const;
  void drop_idle_session();

  std::shared_ptr<const compute::EncodedWindow> encode(const compute::TensorView& mel,
                                                       const std::stop_token& stop,
                                                       double& seconds);
  void encode_waiting(Lock& lock);
  void join(Member& member);
  void leave(Member& member);
  void step(Member& member, Step& step);
  void step_all(Lock& lock);

  // The device is held in these, not the lock.
  void compute_encode(const std::vector<Encode*>& together) noexcept;
  void compute_step(const std::vector<Member*>& together, std::vector<int> closed) noexcept;
  std::vector<StepPart> gather(const std::vector<Member*>& together,
                               std::vector<compute::StreamInput>& inputs);
  void hand_out(const std::vector<StepPart>& parts, const compute::TensorView& logits,
                std::span<const compute::StreamInput> inputs, double seconds);

  compute::EncoderEngine& encoder_;
  compute::DecoderEngine& decoder_;
  const compute::ModelDims dims_;
  const Limits limits_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Encode*> encodes_;    // that wait
  bool encoding_ = false;         // a thread is in the encoder
  std::list<Member*> members_;    // windows that are being decoded
  std::size_t waiting_ = 0;       // members that wait for a step
  bool stepping_ = false;         // a thread is in the decoder
  std::vector<int> left_behind_;  // streams of members that are gone
  std::unique_ptr<compute::DecoderSession> session_;
};

}  // namespace tessera::whisper
