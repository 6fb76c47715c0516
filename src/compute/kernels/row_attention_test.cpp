// Every variant of the row_attention kernels against float64.
#include "src/compute/kernels/lane_test.h"
#include "src/compute/kernels/row_abi.h"

namespace tessera::compute::kernels {
namespace {

/// One head: queries in base 2, and keys and values as (position, channel).
struct RowHead {
  RowHead(int queries, int keys, float query_size, unsigned seed)
      : queries(queries), keys(keys), blocks((keys + kBlockTokens - 1) / kBlockTokens) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    const auto fill = [&](std::vector<float>& values, int rows, auto size_of) {
      for (int row = 0; row < rows; ++row) {
        for (int c = 0; c < kHeadWidth; ++c) values.push_back(size_of(row) * normal(random));
      }
    };
    fill(q, queries, [&](int) { return query_size; });
    fill(k, keys, [](int j) { return 0.5f + 0.25f * static_cast<float>(j % 5); });
    // Blocks of values of different sizes, one of them tiny.
    fill(v, keys, [](int j) {
      const int block = j / kBlockTokens;
      return block % 5 == 3 ? 0.05f : 1.0f + static_cast<float>(block % 3);
    });
    for (int i = 0; i < queries; ++i) visible.push_back(std::max(1, keys - (queries - 1 - i)));
  }

  static double at(const std::vector<float>& values, int row, int c) {
    return static_cast<double>(values[static_cast<std::size_t>(row * kHeadWidth + c)]);
  }

  int queries, keys, blocks;
  std::vector<float> q, k, v;
  std::vector<int> visible;
};

struct Answer {
  std::vector<double> out;                  // (queries, 64)
  std::vector<std::vector<double>> scores;  // per query
};

Answer answer_of(const RowHead& head) {
  Answer answer;
  for (int i = 0; i < head.queries; ++i) {
    std::vector<double> scores;
    for (int j = 0; j < head.visible[static_cast<std::size_t>(i)]; ++j) {
      double score = 0;
      for (int c = 0; c < kHeadWidth; ++c) {
        score += RowHead::at(head.q, i, c) * RowHead::at(head.k, j, c);
      }
      scores.push_back(score);
    }
    answer.scores.push_back(scores);
    const double best = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores) total += score = std::exp2(score - best);
    for (int c = 0; c < kHeadWidth; ++c) {
      double sum = 0;
      for (std::size_t j = 0; j < scores.size(); ++j) {
        sum += scores[j] * RowHead::at(head.v, static_cast<int>(j), c);
      }
      answer.out.push_back(sum / total);
    }
  }
  return answer;
}

/// Keys or values in blocks that lie apart. `place`: where element (channel, position) of a block
/// is; what no position fills is `rest`.
template <class T>
struct Blocks {
  Blocks(const RowHead& head, T rest, auto place, auto convert) {
    for (int b = 0; b < head.blocks; ++b) {
      Block<T> block(lane_index(kHeadWidth, 0));
      std::fill_n(block.data(), block.size(), rest);
      for (int j = 0; j < kBlockTokens && b * kBlockTokens + j < head.keys; ++j) {
        for (int c = 0; c < kHeadWidth; ++c) {
          block[static_cast<std::size_t>(place(c, j))] = convert(b * kBlockTokens + j, c);
        }
      }
      blocks.push_back(std::move(block));
    }
    for (const Block<T>& block : blocks) pointers.push_back(block.data());
  }
  std::vector<Block<T>> blocks;
  std::vector<const T*> pointers;
};

int key_place(int c, int j, int group) {
  return (c / group * kBlockTokens + j) * group + c % group;
}
int value_place(int c, int j, int group) {
  return (j / group * kHeadWidth + c) * group + j % group;
}

double largest_length(const std::vector<float>& rows) {
  double largest = 0;
  for (std::size_t first = 0; first < rows.size(); first += kHeadWidth) {
    double square = 0;
    for (std::size_t i = first; i < first + kHeadWidth; ++i) {
      square += static_cast<double>(rows[i]) * static_cast<double>(rows[i]);
    }
    largest = std::max(largest, std::sqrt(square));
  }
  return largest;
}

/// Runs every variant and holds its results to a share `error` of the largest value, its scores to
/// `score_error` of the product of the longest query and key.
template <class Params>
void check(const RowHead& head, Params p, double cosine, double error, double score_error) {
  const Answer expected = answer_of(head);
  const double largest_score = largest_length(head.q) * largest_length(head.k);
  for (const Kernel* kernel : runnable(Params::kOp)) {
    const std::string where = std::string(kernel->name) + ", " + std::to_string(head.queries) +
                              " queries, " + std::to_string(head.keys) + " keys";
    GuardedRows<float> out(static_cast<std::size_t>(head.queries), kHeadWidth, 16);
    GuardedRows<float> scores(static_cast<std::size_t>(head.queries), head.keys, 3);
    Block<std::byte> scratch(row_attention_scratch_bytes(head.blocks));
    std::vector<float*> wanted;
    for (int i = 0; i < head.queries; ++i) {
      wanted.push_back(i % 3 == 1 ? nullptr : scores.row(static_cast<std::size_t>(i)));
    }
    p.queries = head.queries;
    p.visible = head.visible.data();
    p.out = out.data();
    p.out_stride = out.stride();
    p.scores = wanted.data();
    p.scratch = scratch.data();
    run_named(*kernel, p);
    EXPECT_TRUE(out.is_guarded() && scores.is_guarded() && scratch.is_guarded()) << where;
    double xy = 0, xx = 0, yy = 0, most = 0, size = 0;
    for (std::size_t i = 0; i < expected.out.size(); ++i) {
      const double x = expected.out[i];
      const auto y = static_cast<double>(out.row(i / kHeadWidth)[i % kHeadWidth]);
      xy += x * y;
      xx += x * x;
      yy += y * y;
      most = std::max(most, std::abs(x - y));
      size = std::max(size, std::abs(x));
    }
    EXPECT_GT(xy / std::sqrt(xx * yy), cosine) << where;
    EXPECT_LE(most, error * size) << where;
    for (std::size_t i = 0; i < expected.scores.size(); ++i) {
      for (std::size_t j = 0; j < expected.scores[i].size(); ++j) {
        const float found = scores.row(i)[j];
        if (wanted[i] == nullptr) {
          ASSERT_TRUE(std::isnan(found)) << where;
        } else {
          ASSERT_NEAR(static_cast<double>(found), expected.scores[i][j],
                      score_error * largest_score)
              << where;
        }
      }
    }
    // Without scores nothing else changes.
    GuardedRows<float> again(static_cast<std::size_t>(head.queries), kHeadWidth, 16);
    p.scores = nullptr;
    p.out = again.data();
    run_named(*kernel, p);
    EXPECT_TRUE(same_bits(out, again)) << where;
  }
}

constexpr int kQueryCounts[] = {1, 2, 3, 4, 5, 9};
constexpr int kKeyCounts[] = {1, 2, 47, 48, 49, 63, 96, 100, 448, 1500};

template <class Run>
void for_heads(float query_size, Run run) {
  for (const int queries : kQueryCounts) {
    for (const int keys : kKeyCounts) run(RowHead(queries, keys, query_size, 21));
  }
}

// A score of 64 products is off by 64 roundings of its parts, whose sizes add up to some 8 scores;
// weights are off by as much of themselves as scores are, which reach 8 here.
TEST(RowAttentionF32, EveryVariantIsCloseToFloat64) {
  for_heads(0.4f, [](const RowHead& head) {
    const auto value = [](const std::vector<float>& from) {
      return [&](int j, int c) { return static_cast<float>(RowHead::at(from, j, c)); };
    };
    const Blocks<float> k(
        head, 0, [](int c, int j) { return key_place(c, j, 1); }, value(head.k));
    const Blocks<float> v(
        head, 0, [](int c, int j) { return value_place(c, j, 1); }, value(head.v));
    RowAttentionF32Params p;
    p.q = head.q.data();
    p.q_stride = kHeadWidth;
    p.k = k.pointers.data();
    p.v = v.pointers.data();
    check(head, p, 1 - 1e-9, 64 * 8 * kRounding, 64 * kRounding);
  });
}

// bfloat16 has 8 bits: each of q, k, v and the weights is off by up to 2^-8 of itself, and a score
// by sqrt(2 / 3) 2^-8 / 8 (rms) of the lengths of its query and key, and five times that at the far
// end.
TEST(RowAttentionBf16, EveryVariantIsCloseToFloat64) {
  for_heads(0.4f, [](const RowHead& head) {
    const auto half = [](const std::vector<float>& from) {
      return [&](int j, int c) { return f32_to_bf16(static_cast<float>(RowHead::at(from, j, c))); };
    };
    const Blocks<std::uint16_t> k(
        head, 0, [](int c, int j) { return key_place(c, j, 2); }, half(head.k));
    const Blocks<std::uint16_t> v(
        head, 0, [](int c, int j) { return value_place(c, j, 2); }, half(head.v));
    std::vector<std::uint16_t> q;
    for (const float x : head.q) q.push_back(f32_to_bf16(x));
    RowAttentionBf16Params p;
    p.q = q.data();
    p.q_stride = kHeadWidth;
    p.k = k.pointers.data();
    p.v = v.pointers.data();
    check(head, p, 0.9998, 0.04, 0x1p-9);
  });
}

struct Bytes {
  std::vector<std::int8_t> values;
  std::vector<float> scales;  // one per `length` values
  Bytes(const std::vector<float>& from, std::size_t length) {
    for (std::size_t first = 0; first < from.size(); first += length) {
      const std::size_t last = std::min(from.size(), first + length);
      float largest = 0;
      for (std::size_t i = first; i < last; ++i) largest = std::max(largest, std::abs(from[i]));
      const float scale = largest / 127;
      scales.push_back(scale);
      for (std::size_t i = first; i < last; ++i) {
        values.push_back(static_cast<std::int8_t>(std::lrint(from[i] / scale)));
      }
    }
  }
};

// Rounding q and k to bytes moves a score by some 0.03 (rms) of a power of two where queries are
// large, four times that at the far end: 10 % of a weight. (Largest magnitudes are some three times
// the rms: rms errors are sqrt(2 / 12) 3 / 127 / 8 of the lengths of query and key, 0.12 %.)
TEST(RowAttentionI8, EveryVariantIsCloseToFloat64) {
  for (const float query_size : {0.05f, 0.4f}) {
    for_heads(query_size, [](const RowHead& head) {
      const Bytes q(head.q, kHeadWidth), keys(head.k, kHeadWidth);
      const Bytes values(head.v, std::size_t{kHeadWidth} * kBlockTokens);
      const auto byte = [](const Bytes& from, int j, int c) {
        return from.values[static_cast<std::size_t>(j * kHeadWidth + c)];
      };
      const Blocks<std::uint8_t> k(
          head, 200, [](int c, int j) { return key_place(c, j, 4); },
          [&](int j, int c) { return static_cast<std::uint8_t>(byte(keys, j, c) + 128); });
      const Blocks<std::int8_t> v(
          head, 0, [](int c, int j) { return value_place(c, j, 4); },
          [&](int j, int c) { return byte(values, j, c); });
      std::vector<float> k_scales = keys.scales;
      k_scales.resize(static_cast<std::size_t>(head.blocks) * kBlockTokens, 1e3f);
      RowAttentionI8Params p;
      p.q = q.values.data();
      p.q_stride = kHeadWidth;
      p.q_scales = q.scales.data();
      p.k = k.pointers.data();
      p.v = v.pointers.data();
      p.k_scales = k_scales.data();
      p.v_scales = values.scales.data();
      check(head, p, 0.9990, 0.1, 0.008);
    });
  }
}

// A key that outweighs all others by far, and one that nobody would notice.
TEST(RowAttentionF32, OneKeyTakesAll) {
  RowHead head(2, 100, 0.0f, 5);
  for (int i = 0; i < 2; ++i) head.q[static_cast<std::size_t>(i * kHeadWidth)] = 100;
  for (int j = 0; j < 100; ++j) {
    head.k[static_cast<std::size_t>(j * kHeadWidth)] = j == 60 ? 3.0f : -3.0f;
  }
  const auto value = [](const std::vector<float>& from) {
    return [&](int j, int c) { return static_cast<float>(RowHead::at(from, j, c)); };
  };
  const Blocks<float> k(
      head, 0, [](int c, int j) { return key_place(c, j, 1); }, value(head.k));
  const Blocks<float> v(
      head, 0, [](int c, int j) { return value_place(c, j, 1); }, value(head.v));
  RowAttentionF32Params p;
  p.q = head.q.data();
  p.q_stride = kHeadWidth;
  p.k = k.pointers.data();
  p.v = v.pointers.data();
  check(head, p, 1 - 1e-9, 4 * kRounding, 4 * kRounding);
}

}  // namespace
}  // namespace tessera::compute::kernels
