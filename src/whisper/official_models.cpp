#include "src/whisper/official_models.h"

#include <algorithm>

namespace tessera::whisper {
namespace {

constexpr int kEnglish = 51864;       // GPT-2's vocabulary and special tokens
constexpr int kMultilingual = 51865;  // 99 languages
constexpr int kCantonese = 51866;     // 100 languages, from large-v3 on

constexpr compute::ModelDims dims(int width, int encoder_layers, int decoder_layers, int vocab,
                                  int mels = 80) {
  return {.n_mels = mels,
          .n_audio_ctx = 1500,
          .n_audio_state = width,
          .n_audio_heads = width / 64,
          .n_audio_layers = encoder_layers,
          .n_audio_ffn = 4 * width,
          .n_vocab = vocab,
          .n_text_ctx = 448,
          .n_text_state = width,
          .n_text_heads = width / 64,
          .n_text_layers = decoder_layers,
          .n_text_ffn = 4 * width};
}

std::vector<OfficialModel> make_table() {
  return {
      {"tiny.en",
       dims(384, 4, 4, kEnglish),
       {{1, 0}, {2, 0}, {2, 5}, {3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}}},
      {"tiny", dims(384, 4, 4, kMultilingual), {{2, 2}, {3, 0}, {3, 2}, {3, 3}, {3, 4}, {3, 5}}},
      {"base.en", dims(512, 6, 6, kEnglish), {{3, 3}, {4, 7}, {5, 1}, {5, 5}, {5, 7}}},
      {"base",
       dims(512, 6, 6, kMultilingual),
       {{3, 1}, {4, 2}, {4, 3}, {4, 7}, {5, 1}, {5, 2}, {5, 4}, {5, 6}}},
      {"small.en",
       dims(768, 12, 12, kEnglish),
       {{6, 6},
        {7, 0},
        {7, 3},
        {7, 8},
        {8, 2},
        {8, 5},
        {8, 7},
        {9, 0},
        {9, 4},
        {9, 8},
        {9, 10},
        {10, 0},
        {10, 1},
        {10, 2},
        {10, 3},
        {10, 6},
        {10, 11},
        {11, 2},
        {11, 4}}},
      {"small",
       dims(768, 12, 12, kMultilingual),
       {{5, 3}, {5, 9}, {8, 0}, {8, 4}, {8, 7}, {8, 8}, {9, 0}, {9, 7}, {9, 9}, {10, 5}}},
      {"medium.en",
       dims(1024, 24, 24, kEnglish),
       {{11, 4},
        {14, 1},
        {14, 12},
        {14, 14},
        {15, 4},
        {16, 0},
        {16, 4},
        {16, 9},
        {17, 12},
        {17, 14},
        {18, 7},
        {18, 10},
        {18, 15},
        {20, 0},
        {20, 3},
        {20, 9},
        {20, 14},
        {21, 12}}},
      {"medium",
       dims(1024, 24, 24, kMultilingual),
       {{13, 15}, {15, 4}, {15, 15}, {16, 1}, {20, 0}, {23, 4}}},
      {"large-v1",
       dims(1280, 32, 32, kMultilingual),
       {{9, 19}, {11, 2}, {11, 4}, {11, 17}, {22, 7}, {22, 11}, {22, 17}, {23, 2}, {23, 15}}},
      {"large-v2",
       dims(1280, 32, 32, kMultilingual),
       {{10, 12}, {13, 17}, {16, 11}, {16, 12}, {16, 13}, {17, 15}, {17, 16}, {18, 4},
        {18, 11}, {18, 19}, {19, 11}, {21, 2},  {21, 3},  {22, 3},  {22, 9},  {22, 12},
        {23, 5},  {23, 7},  {23, 13}, {25, 5},  {26, 1},  {26, 12}, {27, 15}}},
      {"large-v3",
       dims(1280, 32, 32, kCantonese, 128),
       {{7, 0},
        {10, 17},
        {12, 18},
        {13, 12},
        {16, 1},
        {17, 14},
        {19, 11},
        {21, 4},
        {24, 1},
        {25, 6}}},
      {"turbo",
       dims(1280, 32, 4, kCantonese, 128),
       {{2, 4}, {2, 11}, {3, 3}, {3, 6}, {3, 11}, {3, 14}}},
  };
}

}  // namespace

const std::vector<OfficialModel>& official_models() {
  static const std::vector<OfficialModel> table = make_table();
  return table;
}

const OfficialModel* find_official_model(std::string_view name) {
  if (name == "large") name = "large-v3";
  if (name == "large-v3-turbo") name = "turbo";
  const std::vector<OfficialModel>& table = official_models();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OfficialModel& model) { return model.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<AlignmentHead> default_alignment_heads(const compute::ModelDims& dims) {
  std::vector<AlignmentHead> heads;
  for (int layer = dims.n_text_layers / 2; layer < dims.n_text_layers; ++layer) {
    for (int head = 0; head < dims.n_text_heads; ++head) heads.push_back({layer, head});
  }
  return heads;
}

}  // namespace tessera::whisper
