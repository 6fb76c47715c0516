// Several files decoded in batches: whoever shares a batch, nothing that goes wrong with one is
// another's.
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "tessera/transcriber.h"
#include "tests/support/batches.h"

namespace tessera {
namespace {

using test::code_of;
using test::heard;
using test::Heard;
using test::quick_options;

/// Several files, of which one is no sound.
class BatchFilesTest : public test::BatchFixture {
 protected:
  BatchFilesTest() {
    for (const char* name :
         {"audio_tone.mp3", "no_such_file", "audio_tone.flac", "audio_tone.ogg"}) {
      FileJob job;
      job.path = std::string(TESSERA_SOURCE_DIR "/tests/data/") + name;
      job.options = quick_options();
      jobs_.push_back(job);
    }
  }

  std::vector<FileOutcome> run(int batch_size) {
    for (FileJob& job : jobs_) job.options.batch_size = batch_size;
    std::vector<FileOutcome> outcomes;
    std::vector<std::size_t> begun;
    FilesCallbacks callbacks;
    callbacks.on_begin = [&](std::size_t file) { begun.push_back(file); };
    callbacks.on_done = [&](std::size_t file, FileOutcome outcome) {
      EXPECT_EQ(begun.size(), file + 1);
      EXPECT_EQ(outcomes.size(), file);
      outcomes.push_back(std::move(outcome));
    };
    transcriber_.transcribe_files(jobs_, callbacks);
    EXPECT_EQ(outcomes.size(), jobs_.size());
    return outcomes;
  }

  static std::optional<ErrorCode> code(const FileOutcome& outcome) {
    if (outcome.error == nullptr) return std::nullopt;
    return code_of([&] { std::rethrow_exception(outcome.error); });
  }

  std::vector<FileJob> jobs_;
};

TEST_F(BatchFilesTest, ABadFileAmongGoodOnesFailsAlone) {
  for (const int batch_size : {0, 2, 8}) {
    const std::vector<FileOutcome> outcomes = run(batch_size);
    for (const std::size_t i : {0u, 2u, 3u}) {
      ASSERT_EQ(code(outcomes[i]), std::nullopt);
      const Result alone = transcriber_.transcribe_file(jobs_[i].path, quick_options());
      EXPECT_EQ(heard(outcomes[i].result), heard(alone));
      EXPECT_EQ(outcomes[i].result.duration_s, alone.duration_s);
    }
    EXPECT_EQ(code(outcomes[1]), ErrorCode::bad_file);
  }
}

TEST_F(BatchFilesTest, EachFileHasOptionsAndCallbacksOfItsOwn) {
  jobs_[0].options.task = Task::translate;
  jobs_[2].options.language = "klingon";
  std::stop_source stopped;
  stopped.request_stop();
  jobs_[3].callbacks.stop = stopped.get_token();
  jobs_.push_back(jobs_[0]);
  jobs_[4].callbacks.on_segment = [](const Segment&) { throw std::out_of_range("mine"); };
  jobs_.push_back(jobs_[0]);
  for (const int batch_size : {0, 3}) {
    const std::vector<FileOutcome> outcomes = run(batch_size);
    EXPECT_EQ(code(outcomes[0]), std::nullopt);
    EXPECT_EQ(code(outcomes[1]), ErrorCode::bad_file);
    EXPECT_EQ(code(outcomes[2]), ErrorCode::bad_argument);
    EXPECT_EQ(code(outcomes[3]), ErrorCode::cancelled);
    EXPECT_THROW(std::rethrow_exception(outcomes[4].error), std::out_of_range);
    EXPECT_EQ(heard(outcomes[5].result), heard(outcomes[0].result));
  }
}

TEST_F(BatchFilesTest, ManyShortFilesShareBatches) {
  jobs_.resize(1);
  jobs_.resize(40, jobs_.front());
  const std::vector<FileOutcome> outcomes = run(32);
  const std::vector<Heard> expected =
      heard(transcriber_.transcribe_file(jobs_[0].path, quick_options()));
  EXPECT_FALSE(expected.empty());
  for (const FileOutcome& outcome : outcomes) {
    ASSERT_EQ(code(outcome), std::nullopt);
    EXPECT_EQ(heard(outcome.result), expected);
  }
}

TEST_F(BatchFilesTest, AnExceptionOfTheCallersEndsAll) {
  for (const int batch_size : {0, 3}) {
    for (FileJob& job : jobs_) job.options.batch_size = batch_size;
    FilesCallbacks callbacks;
    callbacks.on_done = [](std::size_t, const FileOutcome&) { throw std::out_of_range("mine"); };
    EXPECT_THROW(transcriber_.transcribe_files(jobs_, callbacks), std::out_of_range);
    callbacks = {};
    callbacks.on_begin = [](std::size_t) { throw std::out_of_range("mine"); };
    EXPECT_THROW(transcriber_.transcribe_files(jobs_, callbacks), std::out_of_range);
  }
  EXPECT_EQ(code(run(3)[0]), std::nullopt);
}

TEST_F(BatchFilesTest, AllFilesHaveOneBatchSize) {
  jobs_[2].options.batch_size = 4;
  EXPECT_EQ(code_of([&] { transcriber_.transcribe_files(jobs_, {}); }), ErrorCode::bad_argument);
  transcriber_.transcribe_files({}, {});
}

}  // namespace
}  // namespace tessera
