// Streams of tokens and the steps that append to them.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "src/compute/cpu/decoder_net.h"
#include "src/compute/cpu/row_attention.h"
#include "src/compute/cpu/self_cache.h"
#include "src/compute/cpu/window.h"
#include "src/compute/cross_scores.h"

namespace tessera::compute::cpu {

class CpuSession : public DecoderSession {
 public:
  CpuSession(const DecoderNet& net, const KernelSet& kernels, base::ThreadPool& pool);

  int open_stream(std::shared_ptr<const EncodedWindow> window) override;
  int fork_stream(int stream) override;
  void close_stream(int stream) override { streams_.erase(stream); }
  int length(int stream) const override { return at(stream).cache.tokens; }
  TensorView step(std::span<const StreamInput> inputs, const std::stop_token& stop) override;
  TensorView attention(std::size_t index) const override { return scores_.view(index); }

 private:
  struct Stream {
    std::shared_ptr<const CpuWindow> window;
    SelfCache::Stream cache;
  };
  // The rows of one step that belong to one stream.
  struct Rows {
    Stream* stream;
    int first;  // row in the step's matrices
    int count;
  };
  // A row that attends to a window: which token of which input it is.
  struct CrossRow {
    const CpuWindow* window;
    int row;
    std::size_t input;
    int token;
  };
  // Some of cross_rows_ with the same window.
  struct CrossPart {
    std::size_t first, count;
  };
  // What a thread has for itself.
  struct Worker {
    RowAttention attention;
    std::vector<const float*> q;
    std::vector<float*> out, scores;
  };

  const Stream& at(int stream) const;
  Stream& at(int stream) { return const_cast<Stream&>(std::as_const(*this).at(stream)); }
  void place_rows(std::span<const StreamInput> inputs);
  void group_by_window();
  void embed(std::span<const StreamInput> inputs);
  void self_attention(int layer);
  void cross_attention(int layer);
  void attend_cross(const CrossPart& part, int layer, int head, Worker& worker);
  void feed_forward(const DecoderLayer& layer);
  void project(std::span<const StreamInput> inputs);
  void apply(const RowLinear& layer, const RowMatrix& x, const RowNorm& norm,
             const RowTarget& target);

  const DecoderNet& net_;
  const KernelSet& kernels_;
  base::ThreadPool& pool_;
  int width_, heads_;
  SelfCache cache_;
  std::map<int, Stream> streams_;
  int next_stream_ = 0;

  // Of one step: the residual stream, what a layer made of it, attention's results.
  int rows_ = 0;
  RowMatrix x_, projected_, mixed_, wanted_, logits_;
  RowInput input_;
  int logit_rows_ = 0;
  std::vector<Rows> placed_;
  std::vector<CrossRow> cross_rows_;
  std::vector<CrossPart> cross_parts_;
  std::vector<Worker> workers_;
  CrossScores scores_;
};

}  // namespace tessera::compute::cpu
