#include "src/compute/cpu/decoder_session.h"

#include <algorithm>
#include <functional>
#include <numbers>
#include <string>

#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kHeadWidth;

// Rows of one window and head that a thread takes at a time: several groups of what the kernel does
// at once, so that keys and values come from a near cache after the first.
constexpr std::size_t kCrossRowsAtOnce = 16;
// From here on all threads look tokens up.
constexpr int kTokensForAll = 16;

const RowNorm kNoNorm;

std::vector<Number> cache_numbers(const PrecisionPlan& plan) {
  std::vector<Number> numbers;
  for (const DecoderLayerPlan& layer : plan.decoder) numbers.push_back(layer.self);
  return numbers;
}

void check_cancelled(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
}

}  // namespace

CpuSession::CpuSession(const DecoderNet& net, const KernelSet& kernels, base::ThreadPool& pool)
    : net_(net),
      kernels_(kernels),
      pool_(pool),
      width_(net.dims().n_text_state),
      heads_(net.dims().n_text_heads),
      cache_(cache_numbers(net.plan), heads_) {
  for (int i = 0; i < pool.threads(); ++i) {
    workers_.push_back({RowAttention(kernels), {}, {}, {}});
  }
}

const CpuSession::Stream& CpuSession::at(int stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    throw Error(ErrorCode::internal, "decoder: no stream " + std::to_string(stream));
  }
  return found->second;
}

int CpuSession::open_stream(std::shared_ptr<const EncodedWindow> window) {
  auto own = std::dynamic_pointer_cast<const CpuWindow>(std::move(window));
  bool fits = own != nullptr && own->cross().size() == net_.layers.size();
  for (std::size_t i = 0; fits && i < net_.layers.size(); ++i) {
    const CrossHeads& cross = own->cross()[i];
    fits = cross.number() == net_.plan.cross[i] && cross.heads() == heads_ &&
           cross.keys() == net_.dims().n_audio_ctx;
  }
  if (!fits) {
    throw Error(
        ErrorCode::bad_argument,
        "decoder: expected a window encoded by the cpu device with this model and precision");
  }
  streams_.emplace(next_stream_, Stream{std::move(own), {}});
  return next_stream_++;
}

int CpuSession::fork_stream(int stream) {
  streams_.emplace(next_stream_, at(stream));
  return next_stream_++;
}

void CpuSession::place_rows(std::span<const StreamInput> inputs) {
  const ModelDims& dims = net_.dims();
  placed_.clear();
  rows_ = 0;
  for (const StreamInput& input : inputs) {
    Stream& stream = at(input.stream);
    const auto count = static_cast<int>(input.tokens.size());
    if (count == 0 || stream.cache.tokens + count > dims.n_text_ctx) {
      throw Error(ErrorCode::bad_argument,
                  "decoder: expected 1 to " +
                      std::to_string(dims.n_text_ctx - stream.cache.tokens) + " more tokens, got " +
                      std::to_string(count));
    }
    for (const int token : input.tokens) {
      if (token < 0 || token >= dims.n_vocab) {
        throw Error(ErrorCode::bad_argument, "decoder: expected tokens below " +
                                                 std::to_string(dims.n_vocab) + ", got " +
                                                 std::to_string(token));
      }
    }
    placed_.push_back({&stream, rows_, count});
    rows_ += count;
  }
}

// Rows of streams over one window, beams say, read its keys and values together.
void CpuSession::group_by_window() {
  cross_rows_.clear();
  cross_parts_.clear();
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    for (int t = 0; t < placed_[i].count; ++t) {
      cross_rows_.push_back({placed_[i].stream->window.get(), placed_[i].first + t, i, t});
    }
  }
  std::stable_sort(
      cross_rows_.begin(), cross_rows_.end(),
      [](const CrossRow& a, const CrossRow& b) { return std::less<>()(a.window, b.window); });
  for (std::size_t first = 0; first < cross_rows_.size();) {
    std::size_t last = first + 1;
    while (last < cross_rows_.size() && last - first < kCrossRowsAtOnce &&
           cross_rows_[last].window == cross_rows_[first].window) {
      ++last;
    }
    cross_parts_.push_back({first, last - first});
    first = last;
  }
}

void CpuSession::embed(std::span<const StreamInput> inputs) {
  x_.resize(rows_, width_);
  const auto one = [&](std::size_t i) {
    const CrossRow& row = cross_rows_[i];
    net_.embed(inputs[row.input].tokens[static_cast<std::size_t>(row.token)],
               placed_[row.input].stream->cache.tokens + row.token, x_.row(row.row));
  };
  const std::size_t count = cross_rows_.size();
  if (rows_ >= kTokensForAll) return pool_.parallel_for(count, one);
  for (std::size_t i = 0; i < count; ++i) one(i);
}

void CpuSession::apply(const RowLinear& layer, const RowMatrix& x, const RowNorm& norm,
                       const RowTarget& target) {
  layer.prepare(kernels_, x, rows_, norm, input_, pool_);
  layer.apply(kernels_, input_, rows_, target, pool_);
}

void CpuSession::self_attention(int index) {
  const DecoderLayer& layer = net_.layers[static_cast<std::size_t>(index)];
  projected_.resize(rows_, 3 * width_);
  mixed_.resize(rows_, width_);
  apply(layer.self_qkv, x_, layer.self_norm, {projected_});
  const auto heads = static_cast<std::size_t>(heads_);
  pool_.parallel_for_workers(placed_.size() * heads, [&](std::size_t i, std::size_t worker) {
    const Rows& rows = placed_[i / heads];
    const auto head = static_cast<int>(i % heads);
    const float* q = projected_.row(rows.first) + head * kHeadWidth;
    cache_.append(rows.stream->cache, index, head, q + width_, q + 2 * width_, projected_.stride(),
                  rows.count);
    workers_[worker].attention.self(cache_, rows.stream->cache, index, head, q, projected_.stride(),
                                    rows.count, mixed_.row(rows.first) + head * kHeadWidth,
                                    mixed_.stride());
  });
  apply(layer.self_out, mixed_, kNoNorm, {x_, /*adds=*/true});
}

void CpuSession::attend_cross(const CrossPart& part, int layer, int head, Worker& worker) {
  const std::span rows = std::span(cross_rows_).subspan(part.first, part.count);
  worker.q.clear();
  worker.out.clear();
  worker.scores.clear();
  const bool wants = scores_.wants(layer);
  for (const CrossRow& row : rows) {
    worker.q.push_back(projected_.row(row.row) + head * kHeadWidth);
    worker.out.push_back(mixed_.row(row.row) + head * kHeadWidth);
    if (wants) worker.scores.push_back(scores_.row(row.input, layer, head, row.token));
  }
  const CrossHeads& cross = rows.front().window->cross()[static_cast<std::size_t>(layer)];
  worker.attention.cross(cross, head, worker.q, worker.out, worker.scores);
  for (float* scores : worker.scores) {
    if (scores == nullptr) continue;
    for (int i = 0; i < cross.keys(); ++i) scores[i] *= std::numbers::ln2_v<float>;
  }
}

void CpuSession::cross_attention(int index) {
  const DecoderLayer& layer = net_.layers[static_cast<std::size_t>(index)];
  projected_.resize(rows_, width_);
  apply(layer.cross_query, x_, layer.cross_norm, {projected_});
  const auto heads = static_cast<std::size_t>(heads_);
  pool_.parallel_for_workers(cross_parts_.size() * heads, [&](std::size_t i, std::size_t worker) {
    attend_cross(cross_parts_[i / heads], index, static_cast<int>(i % heads), workers_[worker]);
  });
  apply(layer.cross_out, mixed_, kNoNorm, {x_, /*adds=*/true});
}

void CpuSession::feed_forward(const DecoderLayer& layer) {
  projected_.resize(rows_, net_.dims().n_text_ffn);
  apply(layer.ffn_up, x_, layer.ffn_norm, {projected_, /*adds=*/false, /*gelu=*/true});
  apply(layer.ffn_down, projected_, kNoNorm, {x_, /*adds=*/true});
}

void CpuSession::project(std::span<const StreamInput> inputs) {
  std::vector<int> rows;
  for (std::size_t i = 0; i < placed_.size(); ++i) {
    const int last = placed_[i].first + placed_[i].count - 1;
    for (int row = inputs[i].every_position ? placed_[i].first : last; row <= last; ++row) {
      rows.push_back(row);
    }
  }
  logit_rows_ = static_cast<int>(rows.size());
  wanted_.resize(logit_rows_, width_);
  for (int i = 0; i < logit_rows_; ++i) {
    std::copy_n(x_.row(rows[static_cast<std::size_t>(i)]), width_, wanted_.row(i));
  }
  logits_.resize(logit_rows_, net_.output.n());
  net_.output.prepare(kernels_, wanted_, logit_rows_, net_.norm, input_, pool_);
  net_.output.apply(kernels_, input_, logit_rows_, {logits_}, pool_);
}

TensorView CpuSession::step(std::span<const StreamInput> inputs, const std::stop_token& stop) {
  place_rows(inputs);
  if (placed_.empty()) throw Error(ErrorCode::bad_argument, "decoder: a step without streams");
  scores_.begin(inputs, net_.dims());
  group_by_window();
  embed(inputs);
  std::vector<SelfCache::Extension> extensions;
  for (const Rows& rows : placed_) extensions.push_back({&rows.stream->cache, rows.count});
  cache_.extend(extensions, pool_);
  for (int layer = 0; layer < static_cast<int>(net_.layers.size()); ++layer) {
    check_cancelled(stop);
    self_attention(layer);
    cross_attention(layer);
    feed_forward(net_.layers[static_cast<std::size_t>(layer)]);
  }
  for (const Rows& rows : placed_) rows.stream->cache.tokens += rows.count;
  scores_.finish();
  project(inputs);
  return {DType::f32, logit_rows_, net_.output.n(), static_cast<std::size_t>(logits_.stride()),
          reinterpret_cast<const std::byte*>(logits_.row(0))};
}

}  // namespace tessera::compute::cpu
