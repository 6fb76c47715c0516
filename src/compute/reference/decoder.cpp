#include "src/compute/reference/decoder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "src/compute/cross_scores.h"
#include "src/compute/reference/decoder_net.h"
#include "src/compute/reference/encoder.h"
#include "src/compute/reference/layers.h"
#include "tessera/error.h"

namespace tessera::compute::reference {
namespace {

// One hypothesis. Keys and values grow by a row per token: (tokens, width) in each layer.
struct Stream {
  std::shared_ptr<const ReferenceWindow> window;
  int tokens = 0;
  std::vector<std::vector<float>> keys, values;  // per layer
};

// The rows of one step that belong to one stream.
struct Rows {
  Stream* stream;
  int first;  // row in the step's matrices
  int count;
};

class ReferenceSession : public DecoderSession {
 public:
  ReferenceSession(const DecoderNet& net, base::ThreadPool& pool) : net_(net), pool_(pool) {}

  int open_stream(std::shared_ptr<const EncodedWindow> window) override;
  int fork_stream(int stream) override;
  void close_stream(int stream) override;
  int length(int stream) const override { return at(stream).tokens; }
  TensorView step(std::span<const StreamInput> inputs, const std::stop_token& stop) override;
  TensorView attention(std::size_t index) const override { return scores_.view(index); }

 private:
  const Stream& at(int stream) const;
  Stream& at(int stream) { return const_cast<Stream&>(std::as_const(*this).at(stream)); }
  std::vector<Rows> place_rows(std::span<const StreamInput> inputs);
  Tensor embed(std::span<const StreamInput> inputs, const std::vector<Rows>& placed) const;
  void self_attention(const DecoderLayer& layer, std::size_t index, const std::vector<Rows>& placed,
                      Tensor& x);
  void cross_attention(const DecoderLayer& layer, std::size_t index,
                       const std::vector<Rows>& placed, Tensor& x);
  void collect_scores(const PackedHeads& window, const Tensor& queries, std::size_t input,
                      int layer);
  void project(std::span<const StreamInput> inputs, const std::vector<Rows>& placed,
               const Tensor& x);

  const DecoderNet& net_;
  base::ThreadPool& pool_;
  std::map<int, Stream> streams_;
  int next_stream_ = 0;
  Tensor logits_;
  CrossScores scores_;
};

const Stream& ReferenceSession::at(int stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    throw Error(ErrorCode::internal, "decoder: no stream " + std::to_string(stream));
  }
  return found->second;
}

int ReferenceSession::open_stream(std::shared_ptr<const EncodedWindow> window) {
  auto own = std::dynamic_pointer_cast<const ReferenceWindow>(window);
  if (own == nullptr || own->cross().size() != net_.layers.size()) {
    throw Error(ErrorCode::bad_argument,
                "decoder: expected a window encoded by the reference device with this model");
  }
  Stream stream{std::move(own), 0, {}, {}};
  stream.keys.resize(net_.layers.size());
  stream.values.resize(net_.layers.size());
  streams_.emplace(next_stream_, std::move(stream));
  return next_stream_++;
}

int ReferenceSession::fork_stream(int stream) {
  streams_.emplace(next_stream_, at(stream));
  return next_stream_++;
}

void ReferenceSession::close_stream(int stream) { streams_.erase(stream); }

std::vector<Rows> ReferenceSession::place_rows(std::span<const StreamInput> inputs) {
  const ModelDims& dims = net_.weights->dims;
  std::vector<Rows> placed;
  int row = 0;
  for (const StreamInput& input : inputs) {
    Stream& stream = at(input.stream);
    const int count = static_cast<int>(input.tokens.size());
    if (count == 0 || stream.tokens + count > dims.n_text_ctx) {
      throw Error(ErrorCode::bad_argument, "decoder: expected 1 to " +
                                               std::to_string(dims.n_text_ctx - stream.tokens) +
                                               " more tokens, got " + std::to_string(count));
    }
    for (const int token : input.tokens) {
      if (token < 0 || token >= dims.n_vocab) {
        throw Error(ErrorCode::bad_argument, "decoder: expected tokens below " +
                                                 std::to_string(dims.n_vocab) + ", got " +
                                                 std::to_string(token));
      }
    }
    placed.push_back({&stream, row, count});
    row += count;
  }
  return placed;
}

Tensor ReferenceSession::embed(std::span<const StreamInput> inputs,
                               const std::vector<Rows>& placed) const {
  const int width = net_.weights->dims.n_text_state;
  const WeightView& table = net_.weights->token_embedding;
  const std::size_t row_bytes = static_cast<std::size_t>(width) * element_bytes(table.dtype);
  Tensor x(DType::f32, placed.back().first + placed.back().count, width);  // (rows, width)
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (int t = 0; t < placed[i].count; ++t) {
      const auto token = static_cast<std::size_t>(inputs[i].tokens[static_cast<std::size_t>(t)]);
      const auto row = x.row<float>(placed[i].first + t);
      to_f32({table.dtype, {width, 1, 1}, table.data + token * row_bytes}, row);
      const float* position =
          net_.positions.data() +
          static_cast<std::size_t>(placed[i].stream->tokens + t) * static_cast<std::size_t>(width);
      for (std::size_t c = 0; c < row.size(); ++c) row[c] += position[c];
    }
  }
  return x;
}

// Causal attention of one new token over a stream's cached keys, one head. `keys` is how many
// tokens it may see, itself included.
void attend_cached(std::span<const float> query, const std::vector<float>& keys,
                   const std::vector<float>& values, int visible, std::size_t stride,
                   std::size_t column, std::span<float> out) {
  const std::size_t width = query.size();
  const double scale = 1.0 / std::sqrt(static_cast<double>(width));
  std::vector<float> scores(static_cast<std::size_t>(visible));
  for (std::size_t t = 0; t < scores.size(); ++t) {
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) {
      sum += static_cast<double>(query[c]) * keys[t * stride + column + c];
    }
    scores[t] = static_cast<float>(sum * scale);
  }
  softmax(scores);
  std::vector<double> mixed(width, 0.0);
  for (std::size_t t = 0; t < scores.size(); ++t) {
    for (std::size_t c = 0; c < width; ++c) {
      mixed[c] += static_cast<double>(scores[t]) * values[t * stride + column + c];
    }
  }
  for (std::size_t c = 0; c < width; ++c) out[c] = static_cast<float>(mixed[c]);
}

void append_rows(const Tensor& from, const Rows& rows, std::vector<float>& cache) {
  const auto first = from.row<float>(rows.first);
  cache.insert(cache.end(), first.data(),
               first.data() + static_cast<std::size_t>(rows.count) * first.size());
}

void ReferenceSession::self_attention(const DecoderLayer& layer, std::size_t index,
                                      const std::vector<Rows>& placed, Tensor& x) {
  Tensor normed(DType::f32, x.rows(), x.cols());
  apply(layer.self_norm, x, normed, pool_);
  Tensor queries(DType::f32, x.rows(), x.cols());
  Tensor fresh(DType::f32, x.rows(), x.cols());
  apply(layer.self_query, normed, queries, pool_);
  apply(layer.self_key, normed, fresh, pool_);
  for (const Rows& rows : placed) append_rows(fresh, rows, rows.stream->keys[index]);
  apply(layer.self_value, normed, fresh, pool_);
  for (const Rows& rows : placed) append_rows(fresh, rows, rows.stream->values[index]);

  const auto heads = static_cast<std::size_t>(net_.weights->dims.n_text_heads);
  const auto stride = static_cast<std::size_t>(x.cols());
  const std::size_t width = stride / heads;
  Tensor mixed(DType::f32, x.rows(), x.cols());
  pool_.parallel_for(heads, [&](std::size_t head) {
    const std::size_t column = head * width;
    for (const Rows& rows : placed) {
      for (int t = 0; t < rows.count; ++t) {
        attend_cached(queries.row<float>(rows.first + t).subspan(column, width),
                      rows.stream->keys[index], rows.stream->values[index],
                      rows.stream->tokens + t + 1, stride, column,
                      mixed.row<float>(rows.first + t).subspan(column, width));
      }
    }
  });
  apply(layer.self_out, mixed, normed, pool_);
  add(x, normed);
}

// The heads of the layer that an input wants; `queries` (tokens, width) are that input's.
void ReferenceSession::collect_scores(const PackedHeads& window, const Tensor& queries,
                                      std::size_t input, int layer) {
  const auto stride = static_cast<std::size_t>(queries.cols());
  const std::size_t width = stride / window.keys.size();
  pool_.parallel_for(window.keys.size(), [&](std::size_t head) {
    float* rows = scores_.row(input, layer, static_cast<int>(head), 0);
    if (rows == nullptr) return;
    attention_scores(window.keys[head], queries.values<float>().data() + head * width, stride,
                     queries.rows(), rows);
  });
}

void ReferenceSession::cross_attention(const DecoderLayer& layer, std::size_t index,
                                       const std::vector<Rows>& placed, Tensor& x) {
  Tensor normed(DType::f32, x.rows(), x.cols());
  apply(layer.cross_norm, x, normed, pool_);
  Tensor queries(DType::f32, x.rows(), x.cols());
  apply(layer.cross_query, normed, queries, pool_);
  Tensor mixed(DType::f32, x.rows(), x.cols());
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const Rows& rows = placed[i];
    const PackedHeads& window = rows.stream->window->cross()[index];
    Tensor part(DType::f32, rows.count, x.cols());
    Tensor part_out(DType::f32, rows.count, x.cols());
    const auto from = queries.row<float>(rows.first);
    std::copy_n(from.data(), part.values<float>().size(), part.values<float>().data());
    collect_scores(window, part, i, static_cast<int>(index));
    attend(window, part, part_out, pool_);
    std::copy_n(part_out.values<float>().data(), part_out.values<float>().size(),
                mixed.row<float>(rows.first).data());
  }
  apply(layer.cross_out, mixed, normed, pool_);
  add(x, normed);
}

void ReferenceSession::project(std::span<const StreamInput> inputs, const std::vector<Rows>& placed,
                               const Tensor& x) {
  std::vector<int> wanted;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const int last = placed[i].first + placed[i].count - 1;
    for (int row = inputs[i].every_position ? placed[i].first : last; row <= last; ++row) {
      wanted.push_back(row);
    }
  }
  Tensor states(DType::f32, static_cast<int>(wanted.size()), x.cols());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::ranges::copy(x.row<float>(wanted[i]), states.row<float>(static_cast<int>(i)).begin());
  }
  Tensor normed(DType::f32, states.rows(), states.cols());
  apply(net_.norm, states, normed, pool_);
  logits_ = Tensor(DType::f32, states.rows(), net_.output.n());
  linear(net_.output, {}, normed.values<float>().data(), static_cast<std::size_t>(normed.cols()),
         normed.rows(), logits_.values<float>().data(), static_cast<std::size_t>(logits_.cols()),
         pool_);
}

TensorView ReferenceSession::step(std::span<const StreamInput> inputs,
                                  const std::stop_token& stop) {
  const std::vector<Rows> placed = place_rows(inputs);
  if (placed.empty()) throw Error(ErrorCode::bad_argument, "decoder: a step without streams");
  scores_.begin(inputs, net_.weights->dims);
  Tensor x = embed(inputs, placed);
  for (std::size_t i = 0; i < net_.layers.size(); ++i) {
    check_cancelled(stop);
    self_attention(net_.layers[i], i, placed, x);
    cross_attention(net_.layers[i], i, placed, x);
    feed_forward(net_.layers[i].ffn, x, pool_);
  }
  scores_.finish();
  for (const Rows& rows : placed) rows.stream->tokens += rows.count;
  project(inputs, placed, x);
  return logits_.view();
}

class ReferenceDecoder : public DecoderEngine {
 public:
  ReferenceDecoder(std::shared_ptr<const ModelWeights> weights, base::ThreadPool& pool)
      : net_(DecoderNet::from(std::move(weights))), pool_(pool) {}

  std::unique_ptr<DecoderSession> open_session() override {
    return std::make_unique<ReferenceSession>(net_, pool_);
  }

 private:
  DecoderNet net_;
  base::ThreadPool& pool_;
};

}  // namespace

std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const ModelWeights> weights,
                                            base::ThreadPool& pool) {
  return std::make_unique<ReferenceDecoder>(std::move(weights), pool);
}

}  // namespace tessera::compute::reference
