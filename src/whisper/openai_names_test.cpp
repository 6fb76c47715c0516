#include "src/whisper/openai_names.h"

#include <gtest/gtest.h>

#include <set>

#include "src/compute/weights.h"
#include "src/whisper/official_models.h"
#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

TEST(OpenaiNames, AreThoseOfItsSource) {
  const std::pair<const char*, const char*> pairs[] = {
      {"model.encoder.conv1.weight", "encoder.conv1.weight"},
      {"model.encoder.embed_positions.weight", "encoder.positional_embedding"},
      {"model.encoder.layers.0.self_attn.q_proj.bias", "encoder.blocks.0.attn.query.bias"},
      {"model.encoder.layers.11.self_attn.k_proj.weight", "encoder.blocks.11.attn.key.weight"},
      {"model.encoder.layers.3.final_layer_norm.bias", "encoder.blocks.3.mlp_ln.bias"},
      {"model.encoder.layer_norm.weight", "encoder.ln_post.weight"},
      {"model.decoder.embed_tokens.weight", "decoder.token_embedding.weight"},
      {"model.decoder.embed_positions.weight", "decoder.positional_embedding"},
      {"model.decoder.layers.2.encoder_attn.out_proj.weight",
       "decoder.blocks.2.cross_attn.out.weight"},
      {"model.decoder.layers.2.encoder_attn_layer_norm.weight",
       "decoder.blocks.2.cross_attn_ln.weight"},
      {"model.decoder.layers.2.fc2.weight", "decoder.blocks.2.mlp.2.weight"},
      {"model.decoder.layer_norm.bias", "decoder.ln.bias"},
  };
  for (const auto& [ours, theirs] : pairs) EXPECT_EQ(openai_tensor_name(ours), theirs);
}

TEST(OpenaiNames, CoverEveryTensorOnce) {
  compute::ModelWeights weights;
  weights.dims = find_official_model("tiny")->dims;
  const auto slots = compute::weight_slots(weights);
  std::set<std::string> names;
  for (const compute::WeightSlot& slot : slots) names.insert(openai_tensor_name(slot.name));
  EXPECT_EQ(names.size(), slots.size());
}

TEST(OpenaiNames, RefusesOthers) {
  for (const char* name : {"", "weight", "model.proj_out.weight", "model.encoder.layers.0.x.weight",
                           "model.encoder.layers.", "model.encoder.layers.0"}) {
    EXPECT_NE(error_of([&] { openai_tensor_name(name); }), "") << name;
  }
}

}  // namespace
}  // namespace tessera::whisper
