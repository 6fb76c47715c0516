#include "src/whisper/model_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A ZIP without files is its directory's end alone.
const std::string kCheckpoint = std::string("PK\x03\x04", 4) + "PK\x05\x06" + std::string(18, '\0');

/// A home of its own for each test, with no variable set that names another place.
class Catalog : public testing::Test {
 protected:
  Catalog() {
    for (const char* name : {"TESSERA_CACHE", "XDG_CACHE_HOME", "HF_HUB_CACHE",
                             "HUGGINGFACE_HUB_CACHE", "HF_HOME", "HOME"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      ::unsetenv(name);
    }
    ::setenv("HOME", home_.path().c_str(), 1);
  }
  ~Catalog() override {
    for (const auto& [name, value] : before_) {
      if (value) ::setenv(name.c_str(), value->c_str(), 1);
      if (!value) ::unsetenv(name.c_str());
    }
  }

  fs::path path(const std::string& name) const { return home_.path() / name; }

  fs::path file(const std::string& name, const std::string& bytes = kCheckpoint) const {
    fs::create_directories(path(name).parent_path());
    return home_.write(name, bytes);
  }

  fs::path folder(const std::string& name, const std::string& weights = "model.safetensors") const {
    file(name + "/config.json", "{}");
    file(name + "/" + weights, safetensors_bytes("{}", ""));
    return path(name);
  }

  /// What is found outside the program's own folders.
  std::vector<FoundModel> found(const std::string& model_dir = "") const {
    std::vector<FoundModel> models = list_models(model_dir);
    std::erase_if(models, [this](const FoundModel& model) {
      return !model.directory.starts_with(home_.path().string());
    });
    return models;
  }

  std::vector<std::string> names(const std::string& model_dir = "") const {
    std::vector<std::string> names;
    for (const FoundModel& model : found(model_dir)) names.push_back(model.name);
    return names;
  }

  TestFolder home_;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

using Names = std::vector<std::string>;

TEST_F(Catalog, FindsEveryFormatInEveryPlace) {
  folder(".cache/tessera/models/mine");
  file(".cache/tessera/models/tiny.pt");
  file(".cache/whisper/base.pt");
  file(".cache/whisper/notes.txt");
  file(".cache/whisper/not-a-model.pt", "text");
  file(".cache/whisper/.hidden.pt");
  file(".cache/whisper/no-model/other.bin");
  folder(".cache/huggingface/hub/models--openai--whisper-small/snapshots/abc");
  folder(".cache/huggingface/hub/models--Systran--faster-whisper-medium/snapshots/abc",
         "model.bin");
  folder(".cache/huggingface/hub/models--someone--whisper-small/snapshots/abc");
  folder(".cache/huggingface/hub/models--google--other/snapshots/abc");
  folder(".cache/huggingface/hub/datasets--openai--whisper-sounds/snapshots/abc");
  EXPECT_EQ(names(), (Names{"mine", "tiny", "base", "medium", "someone--whisper-small", "small"}));
  for (const FoundModel& model : found()) {
    EXPECT_EQ(find_model(model.name, ""), model.directory);
  }
}

TEST_F(Catalog, VariablesNameOtherPlaces) {
  file("own/models/a.pt");
  ::setenv("TESSERA_CACHE", path("own").c_str(), 1);
  EXPECT_EQ(names(), Names{"a"});
  file("xdg/whisper/b.pt");
  folder("xdg/huggingface/hub/models--openai--whisper-c/snapshots/1");
  ::setenv("XDG_CACHE_HOME", path("xdg").c_str(), 1);
  EXPECT_EQ(names(), (Names{"a", "b", "c"}));
  folder("hf/hub/models--openai--whisper-d/snapshots/1");
  ::setenv("HF_HOME", path("hf").c_str(), 1);
  EXPECT_EQ(names(), (Names{"a", "b", "d"}));
  folder("hub/models--openai--whisper-e/snapshots/1");
  ::setenv("HUGGINGFACE_HUB_CACHE", path("hub").c_str(), 1);
  EXPECT_EQ(names(), (Names{"a", "b", "e"}));
}

TEST_F(Catalog, ExactNamesComeFirstThenPlacesThenKinds) {
  const fs::path cached = file(".cache/tessera/models/base.pt");
  const fs::path ggml = file(".cache/whisper/ggml-base.bin", "lmgg");
  const fs::path hub = folder(".cache/huggingface/hub/models--openai--whisper-base/snapshots/1");
  EXPECT_EQ(find_model("base", ""), cached);
  EXPECT_EQ(find_model("base.pt", ""), cached);
  EXPECT_EQ(find_model("whisper-base", ""), hub);
  EXPECT_EQ(find_model("ggml-base.bin", ""), ggml);
  EXPECT_EQ(names(), (Names{"base", "ggml-base.bin", "whisper-base"}));

  const fs::path given = file("given/ggml-base.bin", "lmgg");
  EXPECT_EQ(find_model("base", path("given").string()), given);
  file("given/base.pt");
  EXPECT_EQ(find_model("base", path("given").string()), path("given/base.pt"));
  // The one in the cache has no name of its own left.
  EXPECT_EQ(names(path("given").string()),
            (Names{"base", "ggml-base.bin", cached.string(), ggml.string(), "whisper-base"}));

  const fs::path exact = folder(".cache/whisper/base");
  EXPECT_EQ(find_model("base", path("given").string()), exact);
}

TEST_F(Catalog, OfficialNamesMayMeanOneModel) {
  const fs::path turbo = file(".cache/whisper/large-v3-turbo.pt");
  const fs::path large = file(".cache/whisper/large-v3.pt");
  EXPECT_EQ(find_model("turbo", ""), turbo);
  EXPECT_EQ(find_model("large-v3-turbo", ""), turbo);
  EXPECT_EQ(find_model("large", ""), large);
  EXPECT_EQ(names(), (Names{"large-v3-turbo", "large-v3"}));
}

TEST_F(Catalog, HubsCurrentVersionIsTheOneOfMain) {
  const std::string repository = ".cache/huggingface/hub/models--openai--whisper-base/";
  folder(repository + "snapshots/aaa");
  folder(repository + "snapshots/bbb");
  EXPECT_EQ(find_model("base", ""), path(repository + "snapshots/aaa"));
  file(repository + "refs/main", "bbb");
  EXPECT_EQ(find_model("base", ""), path(repository + "snapshots/bbb"));
  for (const char* wrong : {"ccc", "../..", "", "/etc"}) {
    file(repository + "refs/main", wrong);
    EXPECT_EQ(find_model("base", ""), path(repository + "snapshots/aaa")) << wrong;
  }
}

TEST_F(Catalog, TellsFormatSizeAndWhatIsMissing) {
  const auto one = [this] {
    const std::vector<FoundModel> models = found();
    EXPECT_EQ(models.size(), 1u);
    return models.empty() ? FoundModel() : models.front();
  };
  file(".cache/whisper/base.pt");
  EXPECT_EQ(one().format, "openai");
  EXPECT_EQ(one().bytes, kCheckpoint.size());
  EXPECT_TRUE(one().complete);
  file(".cache/whisper/base.pt", kCheckpoint.substr(0, kCheckpoint.size() - 19));
  EXPECT_FALSE(one().complete);
  fs::remove(path(".cache/whisper/base.pt"));

  folder(".cache/whisper/base");
  EXPECT_EQ(one().format, "huggingface");
  EXPECT_EQ(one().bytes, 2 + safetensors_bytes("{}", "").size());
  EXPECT_TRUE(one().complete);
  file(".cache/whisper/base/model.safetensors", safetensors_bytes("{}", "").substr(0, 9));
  EXPECT_FALSE(one().complete);
  fs::remove(path(".cache/whisper/base/model.safetensors"));
  fs::create_symlink("nowhere", path(".cache/whisper/base/model.safetensors"));
  file(".cache/whisper/base/model.safetensors.index.json",
       R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  file(".cache/whisper/base/1.safetensors", safetensors_bytes("{}", ""));
  EXPECT_FALSE(one().complete);
  fs::remove(path(".cache/whisper/base/model.safetensors"));
  EXPECT_FALSE(one().complete);
  file(".cache/whisper/base/2.safetensors", safetensors_bytes("{}", ""));
  EXPECT_TRUE(one().complete);
}

TEST_F(Catalog, DownloadsThatGoOnAreIncomplete) {
  file(".cache/tessera/models/base.pt.part", "PK");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].name, "base");
  EXPECT_EQ(found()[0].bytes, 2u);
  EXPECT_FALSE(found()[0].complete);
  EXPECT_THAT(error_of([] { find_model("base", ""); }), HasSubstr("is not on this machine"));
}

TEST_F(Catalog, FoldersWithoutWeightsHideNoModel) {
  const std::string hub = ".cache/huggingface/hub/";
  file(hub + "models--openai--whisper-base/snapshots/1/config.json", "{}");
  const fs::path other = folder(hub + "models--Systran--faster-whisper-base/snapshots/1");
  EXPECT_EQ(find_model("base", ""), other);
  ASSERT_EQ(names(), (Names{"base", "base"}));
  EXPECT_EQ(found()[0].directory, other);
  EXPECT_EQ(found()[1].format, "");
  EXPECT_FALSE(found()[1].complete);
}

TEST_F(Catalog, AFolderGivenTwiceIsListedOnce) {
  file(".cache/whisper/base.pt");
  EXPECT_EQ(names(path(".cache/whisper").string()), Names{"base"});
  EXPECT_EQ(names(path(".cache/../.cache/whisper/").string()), Names{"base"});
}

TEST_F(Catalog, SaysHowToGetAnOfficialModel) {
  EXPECT_THAT(error_of([] { find_model("base", "/given"); }),
              AllOf(HasSubstr("bad_argument: model base is not on this machine; to get it: tessera "
                              "download base (looked in /given, "),
                    HasSubstr(path(".cache/tessera/models").string()),
                    HasSubstr(path(".cache/whisper").string()),
                    HasSubstr(path(".cache/huggingface/hub").string())));
  EXPECT_THAT(error_of([] { find_model("bass", ""); }),
              AllOf(HasSubstr("got 'bass', which is not in "), Not(HasSubstr("tessera download"))));
}

TEST_F(Catalog, PathsAreTakenAsTheyAre) {
  EXPECT_EQ(find_model("none/there", ""), "none/there");
  EXPECT_EQ(find_model("..", ""), "..");
  EXPECT_EQ(find_model("", "").filename(), kShippedModel);
}

}  // namespace
}  // namespace tessera::whisper
