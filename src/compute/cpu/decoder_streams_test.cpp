// What a session does with many streams, with wrong wishes, and when it is stopped.
#include <map>

#include "src/compute/cpu/decoder_test.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

class CpuDecoderStreams : public CpuDecoderTest {};

INSTANTIATE_TEST_SUITE_P(Precisions, CpuDecoderStreams,
                         testing::Values(Precision::f32, Precision::bf16, Precision::int8),
                         [](const auto& info) { return precision_name(info.param); });

TEST_P(CpuDecoderStreams, ForksGoTheirOwnWay) {
  for (const std::size_t before : {0u, 1u, 47u, 48u, 60u}) {
    const std::vector<int> prompt = random_tokens(before, 6);
    const auto session = decoder_.open();
    const int first = session->open_stream(windows_[0]);
    if (before > 0) feed(*session, first, prompt);
    const int second = session->fork_stream(first), third = session->fork_stream(second);
    EXPECT_EQ(session->length(third), static_cast<int>(before));
    std::map<int, std::vector<int>> fed = {{first, prompt}, {second, prompt}, {third, prompt}};
    std::map<int, std::vector<float>> found;
    // Two go on in one step, while the third stays; then it goes on too, and the first is closed.
    for (int round = 0; round < 4; ++round) {
      std::vector<int> going = round == 0   ? std::vector{first, second}
                               : round == 1 ? std::vector{third}
                                            : std::vector{third, second};
      if (round == 2) session->close_stream(first);
      std::vector<int> next;
      for (const int stream : going) {
        next.push_back((10 * stream + round) % kDims.n_vocab);
        fed[stream].push_back(next.back());
      }
      std::vector<StreamInput> inputs;
      for (std::size_t i = 0; i < going.size(); ++i) {
        inputs.push_back({going[i], std::span(next).subspan(i, 1)});
      }
      const TensorView logits = session->step(inputs, {});
      for (std::size_t i = 0; i < going.size(); ++i) {
        const auto row = logits.row<float>(static_cast<int>(i));
        found[going[i]].assign(row.begin(), row.end());
      }
    }
    for (const auto& [stream, tokens] : fed) {
      const auto alone = decoder_.open();
      EXPECT_EQ(found[stream], feed(*alone, alone->open_stream(windows_[0]), tokens))
          << "stream " << stream << " forked after " << before;
    }
    EXPECT_THROW(session->length(first), Error);
  }
}

TEST_P(CpuDecoderStreams, ManyStreamsOfOneStepDoNotTouchEachOther) {
  constexpr int kStreams = 32;
  const auto session = decoder_.open();
  std::vector<std::vector<int>> tokens;  // of each stream, of different lengths
  std::vector<int> streams;
  for (unsigned i = 0; i < kStreams; ++i) {
    tokens.push_back(random_tokens(2 + i * 5 % 23, 100 + i));
    streams.push_back(session->open_stream(windows_[i % 2]));
  }
  std::vector<std::vector<float>> found(kStreams);
  std::vector<std::size_t> fed(kStreams);
  // Stream i gets 1 + i % 3 tokens a step and is closed when it has had all of its own.
  for (bool going = true; going;) {
    std::vector<StreamInput> inputs;
    std::vector<std::size_t> who;
    for (std::size_t i = 0; i < kStreams; ++i) {
      const std::size_t count = std::min(1 + i % 3, tokens[i].size() - fed[i]);
      if (count == 0) continue;
      inputs.push_back({streams[i], std::span(tokens[i]).subspan(fed[i], count), i % 2 == 0});
      who.push_back(i);
    }
    going = !inputs.empty();
    if (!going) break;
    const TensorView logits = session->step(inputs, {});
    int row = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto count = static_cast<int>(inputs[i].tokens.size());
      row += inputs[i].every_position ? count : 1;
      const auto last = logits.row<float>(row - 1);
      found[who[i]].assign(last.begin(), last.end());
      fed[who[i]] += inputs[i].tokens.size();
      if (fed[who[i]] == tokens[who[i]].size()) session->close_stream(streams[who[i]]);
    }
    EXPECT_EQ(row, logits.rows);
  }
  for (std::size_t i = 0; i < kStreams; ++i) {
    const auto alone = decoder_.open();
    EXPECT_EQ(found[i], feed(*alone, alone->open_stream(windows_[i % 2]), tokens[i])) << i;
  }
}

template <class Call>
void expect_error(ErrorCode code, const char* what, Call call) {
  try {
    call();
    FAIL() << "took " << what;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
  }
}

TEST_P(CpuDecoderStreams, RefusesWhatCannotBe) {
  const auto session = decoder_.open();
  const int stream = session->open_stream(windows_[0]);
  const auto refuses = [&](const char* what, std::vector<int> tokens) {
    expect_error(ErrorCode::bad_argument, what, [&] { feed(*session, stream, tokens); });
  };
  refuses("a token that is not in the vocabulary", {kDims.n_vocab});
  refuses("a negative token", {-1});
  refuses("no token", {});
  refuses("too many tokens", std::vector<int>(kDims.n_text_ctx + 1, 1));
  expect_error(ErrorCode::bad_argument, "no streams", [&] { session->step({}, {}); });
  expect_error(ErrorCode::internal, "no such stream", [&] { feed(*session, 99, {1}); });
  expect_error(ErrorCode::internal, "no such stream", [&] { session->fork_stream(99); });
  expect_error(ErrorCode::bad_argument, "no window", [&] { session->open_stream(nullptr); });
  expect_error(ErrorCode::bad_argument, "a window of the reference",
               [&] { session->open_stream(theirs_[0]); });
  const Decoder other(weights_, GetParam() == Precision::f32 ? Precision::int8 : Precision::f32);
  expect_error(ErrorCode::bad_argument, "a window in other numbers",
               [&] { session->open_stream(other.window(*theirs_[0])); });
  for (const CrossHead wrong : {CrossHead{2, 0}, {-1, 0}, {0, 2}, {0, -1}}) {
    const int tokens[] = {1};
    const StreamInput input{stream, tokens, false, {&wrong, 1}};
    expect_error(ErrorCode::bad_argument, "a head that is not there", [&] {
      session->step({&input, 1}, {});
    });
  }
  EXPECT_EQ(session->length(stream), 0) << "what was refused has not been fed";
  EXPECT_EQ(feed(*session, stream, {1}).size(), static_cast<std::size_t>(kDims.n_vocab));
}

TEST_P(CpuDecoderStreams, StopsBetweenLayersWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const auto session = decoder_.open();
  const int tokens[] = {1};
  const int stream = session->open_stream(windows_[0]);
  const StreamInput input{stream, tokens};
  expect_error(ErrorCode::cancelled, "a request to stop", [&] {
    session->step({&input, 1}, source.get_token());
  });
  session->close_stream(stream);
  const int fresh = session->open_stream(windows_[0]);
  const auto alone = decoder_.open();
  EXPECT_EQ(feed(*session, fresh, {1}), feed(*alone, alone->open_stream(windows_[0]), {1}));
}

}  // namespace
}  // namespace tessera::compute::cpu
