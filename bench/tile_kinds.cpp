#include "bench/tile_kinds.h"

#include <cmath>
#include <random>

#include "bench/activations.h"

namespace tessera::bench {
namespace {

constexpr std::size_t kSide = compute::kernels::kTile;
constexpr int kMadeUpTiles = 8;

JudgedTile judged(const RealTile& tile) {
  JudgedTile result{tile.quantised(), tile.attended().out};
  for (double& value : result.unquantised) value /= tile.value_step();
  return result;
}

TileKind judged(const char* name, const std::vector<RealTile>& tiles) {
  TileKind kind{name, {}};
  for (const RealTile& tile : tiles) kind.tiles.push_back(judged(tile));
  return kind;
}

// Gaussian queries, keys and values, which give scores of a standard deviation of 1 nat, changed.
template <class Change>
TileKind made_up(const char* name, Change change) {
  std::mt19937 random(1);  // the same tiles for every kind
  std::normal_distribution<double> normal;
  std::vector<RealTile> tiles;
  for (int i = 0; i < kMadeUpTiles; ++i) {
    RealTile& tile = tiles.emplace_back();
    for (auto* matrix : {&tile.q, &tile.k, &tile.v}) {
      matrix->resize(kSide * kSide);
      for (double& x : *matrix) x = normal(random);
    }
    change(tile);
  }
  return judged(name, tiles);
}

void make_peaky(RealTile& tile) {
  for (double& x : tile.q) x *= 4;
}

// Channels that are far from zero in all keys, as trained models have them.
void offset_keys(RealTile& tile) {
  for (std::size_t key = 0; key < kSide; ++key) {
    for (const std::size_t channel : {3, 17, 40, 63}) tile.k[key * kSide + channel] += 20;
  }
}

// Takes from every channel its mean over the keys: each query's scores move together, which
// softmax does not see.
void smooth_keys(RealTile& tile) {
  for (std::size_t channel = 0; channel < kSide; ++channel) {
    double mean = 0;
    for (std::size_t key = 0; key < kSide; ++key) mean += tile.k[key * kSide + channel] / kSide;
    for (std::size_t key = 0; key < kSide; ++key) tile.k[key * kSide + channel] -= mean;
  }
}

// One key that every query finds, 4 x 10 / sqrt(64) = 5 nats above the others, which are alike.
void add_sink(RealTile& tile) {
  for (double& x : tile.k) x *= 0.25;
  tile.k[11 * kSide] = 10;
  for (std::size_t query = 0; query < kSide; ++query) tile.q[query * kSide] = 4;
}

// Rows of sizes from 1 to 1/64, in powers of two.
void make_values_uneven(RealTile& tile) {
  for (std::size_t i = 0; i < tile.v.size(); ++i) {
    tile.v[i] = std::ldexp(tile.v[i], -static_cast<int>(i / kSide % 7));
  }
}

}  // namespace

std::vector<TileKind> tile_kinds() {
  return {judged("real activations", captured_tiles()),
          made_up("gaussian", [](RealTile&) {}),
          made_up("peaky", make_peaky),
          made_up("offset keys", offset_keys),
          made_up("offset keys, smoothed",
                  [](RealTile& tile) {
                    offset_keys(tile);
                    smooth_keys(tile);
                  }),
          made_up("one dominant key", add_sink),
          made_up("uneven values", make_values_uneven),
          {"uniform random", {{uniform_random_tile(), {}}}}};
}

}  // namespace tessera::bench
