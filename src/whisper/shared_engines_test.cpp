// Shared engines give each thread what engines of its own would, whoever else is there.
#include "src/whisper/shared_engines.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <optional>
#include <random>
#include <thread>

#include "src/compute/devices.h"
#include "src/whisper/random_model.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::StreamInput;
using Logits = std::vector<float>;

constexpr compute::ModelDims kDims = {.n_mels = 2,
                                      .n_audio_ctx = 3,
                                      .n_vocab = 10,
                                      .n_text_ctx = 1000,
                                      .n_text_heads = 2,
                                      .n_text_layers = 1};

/// While it lives a thread is inside; at most one may be.
class Inside {
 public:
  explicit Inside(std::atomic<int>& count) : count_(count) {
    EXPECT_EQ(++count_, 1) << "two threads at the same time";
  }
  ~Inside() { --count_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  std::atomic<int>& count_;
};

/// Engines that count, and answer with the sum of a stream's tokens.
class FakeEngines : public compute::EncoderEngine, public compute::DecoderEngine {
 public:
  struct Window : compute::EncodedWindow {
    compute::TensorView states() const override { return {}; }
  };

  class Session : public compute::DecoderSession {
   public:
    explicit Session(FakeEngines& engines) : engines_(engines) {}
    ~Session() override { engines_.open_streams -= static_cast<int>(sums_.size()); }

    int open_stream(std::shared_ptr<const compute::EncodedWindow> window) override {
      const Inside inside(engines_.in_decoder);
      if (window == nullptr) throw Error(ErrorCode::bad_argument, "no window");
      ++engines_.open_streams;
      sums_[next_] = 0;
      return next_++;
    }
    int fork_stream(int stream) override {
      const Inside inside(engines_.in_decoder);
      ++engines_.open_streams;
      sums_[next_] = sums_.at(stream);
      return next_++;
    }
    void close_stream(int stream) override {
      const Inside inside(engines_.in_decoder);
      engines_.open_streams -= static_cast<int>(sums_.erase(stream));
    }
    int length(int /*stream*/) const override { return -1; }  // the real one is not asked
    compute::TensorView step(std::span<const StreamInput> inputs,
                             const std::stop_token& stop) override {
      const Inside inside(engines_.in_decoder);
      if (engines_.on_step) engines_.on_step();
      if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
      engines_.inputs_of_steps.push_back(inputs.size());
      logits_ = compute::Tensor(compute::DType::f32, static_cast<int>(inputs.size()), 1);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        float& sum = sums_.at(inputs[i].stream);
        for (const int token : inputs[i].tokens) sum += static_cast<float>(token);
        logits_.row<float>(static_cast<int>(i))[0] = sum;
      }
      return logits_.view();
    }
    compute::TensorView attention(std::size_t /*index*/) const override { return {}; }

   private:
    FakeEngines& engines_;
    std::map<int, float> sums_;
    int next_ = 0;
    compute::Tensor logits_;
  };

  std::vector<std::shared_ptr<const compute::EncodedWindow>> encode(
      std::span<const compute::TensorView> mels, const std::stop_token& stop) override {
    const Inside inside(side_by_side ? in_encoder : in_decoder);
    if (on_encode) on_encode();
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    windows_of_encodes.push_back(mels.size());
    return {mels.size(), std::make_shared<Window>()};
  }
  std::unique_ptr<compute::DecoderSession> open_session() override {
    return std::make_unique<Session>(*this);
  }

  bool side_by_side = false;
  std::function<void()> on_step, on_encode;
  std::atomic<int> in_decoder = 0, in_encoder = 0;
  std::vector<std::size_t> inputs_of_steps, windows_of_encodes;
  std::atomic<int> open_streams = 0;
};

class SharedEnginesTest : public testing::Test {
 protected:
  std::shared_ptr<const compute::EncodedWindow> encode(SharedEngines::Client& client,
                                                       const std::stop_token& stop = {}) {
    const compute::Tensor mel(compute::DType::f32, 2, 6);
    const compute::TensorView view = mel.view();
    return client.encode({&view, 1}, stop).front();
  }

  FakeEngines fake_;
  SharedEngines engines_{fake_, fake_, kDims, {.windows = 8}};
};

TEST_F(SharedEnginesTest, AStepIsOneForAllWindowsAndNobodyWaitsForOnesThatAreDone) {
  constexpr int kThreads = 8;
  std::barrier all_open(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        SharedEngines::Client client(engines_);
        const auto window = encode(client);
        const auto session = client.open_session();
        int stream = session->open_stream(window);
        all_open.arrive_and_wait();
        const int token = i + 1;
        for (int step = 1; step <= 10 * (i + 1); ++step) {  // they finish at different steps
          const StreamInput input{stream, {&token, 1}};
          const compute::TensorView logits = session->step({&input, 1}, {});
          ASSERT_EQ(logits.rows, 1);
          ASSERT_EQ(logits.row<float>(0)[0], static_cast<float>(step * token));
          ASSERT_EQ(session->length(stream), step);
          if (step % 7 == 0) {  // goes on with a copy
            const int copy = session->fork_stream(stream);
            session->close_stream(stream);
            stream = copy;
          }
        }
      });
    }
  }
  ASSERT_EQ(fake_.inputs_of_steps.size(), 10u * kThreads) << "as many steps as the longest needs";
  for (std::size_t i = 0; i < fake_.inputs_of_steps.size(); ++i) {
    EXPECT_EQ(fake_.inputs_of_steps[i], kThreads - i / 10);
  }
  EXPECT_EQ(fake_.open_streams, 0);
  std::size_t encoded = 0;
  for (const std::size_t windows : fake_.windows_of_encodes) encoded += windows;
  EXPECT_EQ(encoded, 8u);
}

TEST_F(SharedEnginesTest, WhatOneWindowAsksWronglyIsItsOwnError) {
  std::barrier meet(2);
  std::jthread good([&] {
    SharedEngines::Client client(engines_);
    const auto session = client.open_session();
    const int stream = session->open_stream(std::make_shared<FakeEngines::Window>());
    meet.arrive_and_wait();
    const int token = 3;
    const StreamInput input{stream, {&token, 1}};
    for (int step = 1; step <= 20; ++step) {
      ASSERT_EQ(session->step({&input, 1}, {}).row<float>(0)[0], static_cast<float>(3 * step));
    }
  });
  std::optional<SharedEngines::Client> client(engines_);
  const auto refused = [&](std::shared_ptr<const compute::EncodedWindow> window,
                           const StreamInput& wrong) {
    const auto session = client->open_session();
    StreamInput input = wrong;
    input.stream += session->open_stream(std::move(window));
    try {
      session->step({&input, 1}, {});
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::internal;
  };
  meet.arrive_and_wait();
  const auto window = std::make_shared<FakeEngines::Window>();
  const int fine = 1, too_large = 10;
  const std::vector<int> too_many(1001, 1);
  const compute::CrossHead no_head{0, 2};
  EXPECT_EQ(refused(window, {0, {&too_large, 1}}), ErrorCode::bad_argument);
  EXPECT_EQ(refused(window, {0, {}}), ErrorCode::bad_argument);
  EXPECT_EQ(refused(window, {0, too_many}), ErrorCode::bad_argument);
  EXPECT_EQ(refused(window, {0, {&fine, 1}, false, {&no_head, 1}}), ErrorCode::bad_argument);
  EXPECT_EQ(refused(window, {1, {&fine, 1}}), ErrorCode::internal) << "no such stream";
  EXPECT_EQ(refused(nullptr, {0, {&fine, 1}}), ErrorCode::bad_argument)
      << "found by the real session";
  const compute::Tensor small(compute::DType::f32, 2, 5);
  const compute::TensorView view = small.view();
  EXPECT_THROW(client->encode({&view, 1}, {}), Error);
}

TEST_F(SharedEnginesTest, AStepThatFailsFailsAllItsWindowsAndNoLaterOnes) {
  std::atomic<int> failures = 0;
  std::barrier all_open(3);
  fake_.on_step = [] { throw std::bad_alloc(); };
  const auto step = [&](SharedEngines::Client& client, const std::function<void()>& opened) {
    const auto session = client.open_session();
    const int token = 4;
    const StreamInput input{session->open_stream(std::make_shared<FakeEngines::Window>()),
                            {&token, 1}};
    opened();
    try {
      return session->step({&input, 1}, {}).row<float>(0)[0];
    } catch (const std::bad_alloc&) {
      ++failures;
    }
    EXPECT_THROW(session->step({&input, 1}, {}), Error) << "its streams are gone";
    return 0.0F;
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        SharedEngines::Client client(engines_);
        step(client, [&] { all_open.arrive_and_wait(); });
      });
    }
  }
  EXPECT_EQ(failures, 3);
  fake_.on_step = nullptr;
  SharedEngines::Client client(engines_);
  EXPECT_EQ(step(client, [] {}), 4);
}

TEST_F(SharedEnginesTest, AWindowThatIsCancelledLeavesTheOthersAlone) {
  std::stop_source stop;
  std::barrier both_open(2);
  std::latch waits(1);
  std::jthread cancelled([&] {
    SharedEngines::Client client(engines_);
    const auto session = client.open_session();
    const int token = 1;
    const StreamInput input{session->open_stream(std::make_shared<FakeEngines::Window>()),
                            {&token, 1}};
    both_open.arrive_and_wait();
    waits.count_down();
    try {
      session->step({&input, 1}, stop.get_token());  // the other one has not asked for a step
      ADD_FAILURE() << "not cancelled";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
  });
  SharedEngines::Client client(engines_);
  const auto session = client.open_session();
  const int stream = session->open_stream(std::make_shared<FakeEngines::Window>());
  both_open.arrive_and_wait();
  waits.wait();
  stop.request_stop();
  const int token = 2;
  const StreamInput input{stream, {&token, 1}};
  cancelled.join();
  EXPECT_EQ(session->step({&input, 1}, {}).row<float>(0)[0], 2);
  EXPECT_THROW(encode(client, stop.get_token()), Error);
  EXPECT_NE(encode(client), nullptr);
}

TEST_F(SharedEnginesTest, AStepOfAllStopsWhenAllWantItTo) {
  std::stop_source sources[2];
  std::barrier both_open(2);
  std::atomic<int> cancelled = 0, steps = 0;
  fake_.on_step = [&] {
    // The first step is in the device's hands when one of its windows is cancelled, the second one
    // when both are.
    sources[0].request_stop();
    if (++steps == 2) sources[1].request_stop();
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        SharedEngines::Client client(engines_);
        const auto session = client.open_session();
        const int token = 1;
        const StreamInput input{session->open_stream(std::make_shared<FakeEngines::Window>()),
                                {&token, 1}};
        both_open.arrive_and_wait();
        EXPECT_EQ(session->step({&input, 1}, sources[i].get_token()).rows, 1);
        try {
          session->step({&input, 1}, sources[i].get_token());
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::cancelled);
          ++cancelled;
        }
      });
    }
  }
  EXPECT_EQ(cancelled, 2);
}

TEST_F(SharedEnginesTest, EncodesBesideAStepWhereTheDeviceCan) {
  fake_.side_by_side = true;
  SharedEngines engines(fake_, fake_, kDims, {.windows = 2, .side_by_side = true});
  std::barrier inside_both(2);  // for ever, did one wait for the other
  fake_.on_step = [&] { inside_both.arrive_and_wait(); };
  fake_.on_encode = [&] { inside_both.arrive_and_wait(); };
  std::jthread encoding([&] {
    SharedEngines::Client client(engines);
    EXPECT_NE(encode(client), nullptr);
  });
  SharedEngines::Client client(engines);
  const auto session = client.open_session();
  const int token = 5;
  const StreamInput input{session->open_stream(std::make_shared<FakeEngines::Window>()),
                          {&token, 1}};
  EXPECT_EQ(session->step({&input, 1}, {}).row<float>(0)[0], 5);
}

TEST_F(SharedEnginesTest, NoMoreWindowsAreDecodedThanMayBe) {
  std::atomic<int> open = 0, most = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      SharedEngines::Client client(engines_);
      const auto session = client.open_session();
      const int now = ++open;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      --open;
    });
  }
  threads.clear();
  EXPECT_LE(most, 8);
}

// What a thread gets from a real device is, to the bit, what it would get from a session of its
// own, the scores of the attention too.
TEST(SharedEngines, GivesEachWindowWhatItWouldGetAlone) {
  const auto weights =
      make_random_model(
          parse_random_model(
              "random:tiny,width=64,layers=2,mels=8,audio_ctx=20,text_ctx=32,vocab=100"))
          .weights;
  const auto device = compute::open_device({.name = "reference", .options = {}, .threads = 2});
  const auto encoder = device->load_encoder(weights, compute::Precision::f32);
  const auto decoder = device->load_decoder(weights, compute::Precision::f32);

  const auto decode = [](compute::EncoderEngine& encoder_seen, compute::DecoderEngine& decoder_seen,
                         unsigned seed) {
    std::mt19937 random(seed);
    compute::Tensor mel(compute::DType::f32, 8, 40);
    for (float& value : mel.values<float>()) value = static_cast<float>(random() % 100) / 50 - 1;
    const compute::TensorView view = mel.view();
    const auto window = encoder_seen.encode({&view, 1}, {}).front();
    const auto session = decoder_seen.open_session();
    std::vector<int> streams = {session->open_stream(window)};
    Logits seen;
    for (unsigned step = 0; step < 4 + seed % 5; ++step) {
      if (random() % 2 == 0) streams.push_back(session->fork_stream(streams.front()));
      const compute::CrossHead heads[] = {{1, 0}, {0, 0}};
      std::vector<std::vector<int>> tokens;
      for (std::size_t i = 0; i < streams.size(); ++i) {
        tokens.emplace_back(1 + random() % 3, static_cast<int>(random() % 100));
      }
      std::vector<StreamInput> inputs;
      for (std::size_t i = 0; i < streams.size(); ++i) {
        StreamInput input{streams[i], tokens[i], random() % 2 == 0};
        if (random() % 2 == 0) input.attention_heads = heads;
        inputs.push_back(input);
      }
      const compute::TensorView logits = session->step(inputs, {});
      const auto keep = [&seen](const compute::TensorView& matrix) {
        for (int row = 0; row < matrix.rows; ++row) {
          const auto values = matrix.row<float>(row);
          seen.insert(seen.end(), values.begin(), values.end());
        }
      };
      keep(logits);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!inputs[i].attention_heads.empty()) keep(session->attention(i));
      }
      if (streams.size() > 3) {
        session->close_stream(streams.back());
        streams.pop_back();
      }
    }
    return seen;
  };

  constexpr unsigned kWindows = 24;
  std::vector<Logits> alone(kWindows), together(kWindows);
  for (unsigned seed = 0; seed < kWindows; ++seed) alone[seed] = decode(*encoder, *decoder, seed);
  SharedEngines engines(*encoder, *decoder, weights->dims, {.windows = 5});
  std::vector<std::jthread> threads;
  std::atomic<unsigned> next = 0;
  for (int i = 0; i < 7; ++i) {
    threads.emplace_back([&] {
      for (unsigned seed = next++; seed < kWindows; seed = next++) {
        SharedEngines::Client client(engines);
        together[seed] = decode(client, client, seed);
        EXPECT_GT(client.encode_seconds(), 0);
        EXPECT_GT(client.decode_seconds(), 0);
      }
    });
  }
  threads.clear();
  for (unsigned seed = 0; seed < kWindows; ++seed) EXPECT_EQ(together[seed], alone[seed]) << seed;
}

}  // namespace
}  // namespace tessera::whisper
