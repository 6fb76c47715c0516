#include "src/whisper/config_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace tessera::whisper {
namespace {

// Keys in the order in which they are written here.
using Json = nlohmann::ordered_json;

/// Where the special tokens are.
struct SpecialIds {
  int end_of_text, start, translate, transcribe, previous, no_timestamps;
};

/// The ids of the official vocabularies, counted from both ends (51864: English, 51865: 99
/// languages, 51866: 100): end of text follows the byte-pair ranks, the timestamps come last.
std::optional<SpecialIds> official_ids(int n_vocab) {
  if (n_vocab < 51864 || n_vocab > 51866) return std::nullopt;
  const int end_of_text = n_vocab == 51864 ? 50256 : 50257;
  const int no_timestamps = n_vocab - 1502;
  return SpecialIds{.end_of_text = end_of_text,
                    .start = end_of_text + 1,
                    .translate = no_timestamps - 5,
                    .transcribe = no_timestamps - 4,
                    .previous = no_timestamps - 2,
                    .no_timestamps = no_timestamps};
}

std::optional<SpecialIds> special_ids(int n_vocab, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) return official_ids(n_vocab);
  return SpecialIds{.end_of_text = tokenizer->eot(),
                    .start = tokenizer->sot(),
                    .translate = tokenizer->translate(),
                    .transcribe = tokenizer->transcribe(),
                    .previous = tokenizer->startofprev(),
                    .no_timestamps = tokenizer->notimestamps()};
}

void add_special_ids(Json& json, const std::optional<SpecialIds>& ids) {
  if (!ids) return;
  // The official English models give the token after the end of text here; nothing reads it.
  json["bos_token_id"] = ids->end_of_text == 50256 ? 50257 : ids->end_of_text;
  json["eos_token_id"] = ids->end_of_text;
  json["pad_token_id"] = ids->end_of_text;
  json["decoder_start_token_id"] = ids->start;
  json["no_timestamps_token_id"] = ids->no_timestamps;
  json["prev_sot_token_id"] = ids->previous;
  json["task_to_id"] = {{"translate", ids->translate}, {"transcribe", ids->transcribe}};
}

const char* torch_name(compute::DType dtype) {
  if (dtype == compute::DType::f16) return "float16";
  return dtype == compute::DType::bf16 ? "bfloat16" : "float32";
}

Json network_json(const ModelConfig& config, compute::DType dtype,
                  const std::optional<SpecialIds>& ids) {
  const compute::ModelDims& d = config.dims;
  Json json = {{"model_type", "whisper"},
               {"architectures", {"WhisperForConditionalGeneration"}},
               {"torch_dtype", torch_name(dtype)},
               {"is_encoder_decoder", true},
               {"activation_function", "gelu"},
               {"scale_embedding", false},
               {"tie_word_embeddings", true},
               {"d_model", d.n_audio_state},
               {"num_hidden_layers", d.n_audio_layers},
               {"num_mel_bins", d.n_mels},
               {"max_source_positions", d.n_audio_ctx},
               {"encoder_layers", d.n_audio_layers},
               {"encoder_attention_heads", d.n_audio_heads},
               {"encoder_ffn_dim", d.n_audio_ffn},
               {"vocab_size", d.n_vocab},
               {"max_target_positions", d.n_text_ctx},
               {"decoder_layers", d.n_text_layers},
               {"decoder_attention_heads", d.n_text_heads},
               {"decoder_ffn_dim", d.n_text_ffn},
               {"median_filter_width", config.median_filter_width}};
  add_special_ids(json, ids);
  return json;
}

Json generation_json(const ModelConfig& config, const std::optional<SpecialIds>& ids) {
  Json json = Json::object();
  Json& heads = json["alignment_heads"] = Json::array();
  for (const AlignmentHead& head : config.alignment_heads) {
    heads.push_back({head.layer, head.head});
  }
  if (config.suppress_tokens) json["suppress_tokens"] = *config.suppress_tokens;
  if (config.begin_suppress_tokens) json["begin_suppress_tokens"] = *config.begin_suppress_tokens;
  if (config.is_multilingual) json["is_multilingual"] = *config.is_multilingual;
  if (!config.lang_to_id.empty()) json["lang_to_id"] = config.lang_to_id;
  if (config.max_initial_timestamp_index) {
    json["max_initial_timestamp_index"] = *config.max_initial_timestamp_index;
  }
  json["max_length"] = config.dims.n_text_ctx;
  add_special_ids(json, ids);
  return json;
}

Json preprocessor_json(const ModelConfig& config) {
  return {{"feature_extractor_type", "WhisperFeatureExtractor"},
          {"feature_size", config.dims.n_mels},
          {"sampling_rate", 16000},
          {"n_fft", 400},
          {"hop_length", 160},
          {"chunk_length", 30},
          {"n_samples", 480000},
          {"nb_max_frames", 3000},
          {"padding_side", "right"},
          {"padding_value", 0.0},
          {"return_attention_mask", false}};
}

std::string text(const Json& json) { return json.dump(2) + "\n"; }

}  // namespace

ConfigTexts write_config(const ModelConfig& config, compute::DType dtype,
                         const Tokenizer* tokenizer) {
  const std::optional<SpecialIds> ids = special_ids(config.dims.n_vocab, tokenizer);
  return {.network = text(network_json(config, dtype, ids)),
          .generation = text(generation_json(config, ids)),
          .preprocessor = text(preprocessor_json(config))};
}

ModelConfig with_vocabulary_settings(ModelConfig config, const Tokenizer& tokenizer) {
  if (!config.is_multilingual) config.is_multilingual = tokenizer.is_multilingual();
  if (config.lang_to_id.empty() && *config.is_multilingual) {
    for (const auto& [code, id] : tokenizer.languages()) {
      std::string name = "<|";
      config.lang_to_id[name.append(code).append("|>")] = id;
    }
  }
  if (!config.suppress_tokens) {
    std::vector<int> ids = tokenizer.non_speech_tokens();
    ids.insert(ids.end(), {tokenizer.sot(), tokenizer.translate(), tokenizer.transcribe(),
                           tokenizer.startoflm(), tokenizer.startofprev(), tokenizer.nospeech()});
    std::sort(ids.begin(), ids.end());
    config.suppress_tokens = std::move(ids);
  }
  if (!config.begin_suppress_tokens) {
    config.begin_suppress_tokens = tokenizer.encode(" ");
    config.begin_suppress_tokens->push_back(tokenizer.eot());
  }
  constexpr int kOneSecond = 50;  // steps of 0.02 s
  if (!config.max_initial_timestamp_index) config.max_initial_timestamp_index = kOneSecond;
  return config;
}

}  // namespace tessera::whisper
