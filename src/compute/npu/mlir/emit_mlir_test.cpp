#include "src/compute/npu/mlir/emit_mlir.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "src/compute/npu/kernels/bf16_core_kernels.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"
#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

namespace fs = std::filesystem;

void nothing_emitted(Places, Numbers) {}

EncoderKernels nothing_encoder() {
  const std::size_t panel = kPanelBytes, sums = 4 * kPanelBytes;
  const auto kernel = [](const char* name, std::vector<std::size_t> buffers, std::size_t scalars) {
    return stand_in(name, std::move(buffers), scalars, nothing_emitted);
  };
  EncoderKernels kernels{.begin = kernel("begin", {panel, sums, 64}, 0),
                         .multiply = kernel("multiply", {panel, panel, sums}, 0),
                         .store = kernel("store", {sums, 64, panel}, 1),
                         .store_gelu = kernel("store_gelu", {sums, 64, panel}, 1),
                         .store_wide = kernel("store_wide", {sums, 64, panel}, 1),
                         .take = kernel("take", {panel, panel}, 1),
                         .attend_begin = kernel("attend_begin", {sums, 512}, 0),
                         .attend_keys = kernel("attend_keys", {panel, panel, 512}, 1),
                         .attend_values = kernel("attend_values", {panel, sums, 512}, 0),
                         .attend_finish = kernel("attend_finish", {sums, 512, panel}, 1),
                         .norm_begin = kernel("norm_begin", {512}, 1),
                         .norm_add = kernel("norm_add", {panel, panel, 512, panel}, 0),
                         .norm_write = kernel("norm_write", {panel, panel, 512, panel}, 1)};
  kernels.multiply.object = "matmul_aie2.o";
  return kernels;
}

std::vector<ArrayPlan> plans() {
  std::vector<ArrayPlan> all;
  for (const int cores : {1, 4, 16}) {
    all.push_back(tile_parallel_plan(
        {stand_in("work", {64, 32}, 1, nothing_emitted), {3}, 64, 32, 70}, cores));
  }
  all.push_back(
      row_parallel_plan({stand_in("rows", {16, 128, 16}, 0, nothing_emitted), {}, 64, 128, 64, 9}));
  all.push_back(gemm_plan({100, 100, 100},
                          {.m = 4, .k = 16, .n = 8, .c_element_bytes = 1, .panel_tiles = 2},
                          stand_in_gemm<4, 16, 8>(true)));
  all.push_back(attention_plan(test_attention(6, 70, 50), stand_in_attention()));
  return all;
}

/// Without AMD's dialects a core may be a table of symbols or not, so that mlir-opt cannot look up
/// a call's function: it gets an operation that it does not know, and expect_calls() looks.
std::string without_calls(std::string text) {
  const std::string call = "\"func.call\"";
  for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
    text.replace(at, call.size(), "\"aie.call\"");
  }
  return text;
}

/// The text as mlir-opt verified it and printed it again, or its complaint after "error:".
std::string through_mlir_opt(const std::string& text) {
  const fs::path file =
      fs::path(testing::TempDir()) / ("tessera_mlir_" + std::to_string(::getpid()));
  std::ofstream(file) << without_calls(text);
  const std::string command =
      std::string(TESSERA_MLIR_OPT) + " --allow-unregistered-dialect --mlir-print-op-generic " +
      file.string() + " -o " + file.string() + ".out 2> " + file.string() + ".err";
  const bool good = std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c)
  std::ostringstream result;
  if (!good) result << "error: ";
  result << std::ifstream(file.string() + (good ? ".out" : ".err")).rdbuf();
  for (const char* suffix : {"", ".out", ".err"}) fs::remove(file.string() + suffix);
  return result.str();
}

bool mlir_opt_is_there() {
  return std::string(TESSERA_MLIR_OPT).find("NOTFOUND") == std::string::npos;
}

/// Continuous integration has installed it: there its absence is a failure.
#define NEEDS_MLIR_OPT()                                                                \
  if (!mlir_opt_is_there()) {                                                           \
    ASSERT_EQ(std::getenv("TESSERA_REQUIRE_MLIR"), nullptr) << "mlir-opt is not there"; \
    GTEST_SKIP() << "mlir-opt is not there; tools/setup --lint installs it";            \
  }

std::vector<std::string> lines_with(const std::string& text, const std::string& what) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(what) != std::string::npos) found.push_back(line);
  }
  return found;
}

std::string match(const std::string& text, const std::string& pattern) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(pattern))) return "";
  return found[1];
}

/// All numbers of the text, in order.
std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> found;
  const std::regex number("[0-9]+");
  for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it) {
    found.push_back(std::stoll(it->str()));
  }
  return found;
}

/// Words of "memref<16xi32>" in bytes.
std::int64_t memref_bytes(const std::string& text, const std::string& attribute) {
  const std::string words =
      match(text, "[ {]" + attribute + " = !aie.objectfifo<memref<([0-9]+)xi32>>");
  return words.empty() ? 0 : std::stoll(words) * 4;
}

/// A list of "<size = 2, stride = 8>" as an access; the innermost is the run.
Access access_of(const std::string& dims) {
  std::vector<std::int64_t> n;
  const std::regex pair("size = ([0-9]+), stride = ([0-9]+)");
  Access access;
  for (std::sregex_iterator it(dims.begin(), dims.end(), pair), end; it != end; ++it) {
    access.dims.push_back({std::stoll((*it)[1]), std::stoll((*it)[2]) * 4});
  }
  if (access.dims.empty()) return access;
  EXPECT_EQ(access.dims.back().stride_bytes, 4);
  access.run_bytes = access.dims.back().count * 4;
  access.dims.pop_back();
  return access;
}

/// What the text says of tiles, by the value that stands for each.
std::map<std::string, Tile> read_tiles(const std::string& text) {
  std::map<std::string, Tile> tiles;
  for (const std::string& line : lines_with(text, "\"aie.tile\"")) {
    tiles[match(line, "(%[0-9]+) =")] = {std::stoi(match(line, "col = ([0-9]+)")),
                                         std::stoi(match(line, "row = ([0-9]+)"))};
  }
  return tiles;
}

Fifo read_fifo(const std::string& line, const std::map<std::string, Tile>& tiles) {
  Fifo fifo;
  fifo.name = match(line, "sym_name = \"([a-z0-9_]+)\"");
  const std::string operands = match(line, "\"aie.objectfifo\"\\(([^)]*)\\)");
  std::istringstream names(operands);
  std::vector<Tile> ends;
  for (std::string name; std::getline(names >> std::ws, name, ',');) ends.push_back(tiles.at(name));
  fifo.producer = ends.at(0);
  fifo.consumers.assign(ends.begin() + 1, ends.end());
  fifo.object_bytes = memref_bytes(line, "elemType");
  fifo.consumer_bytes = memref_bytes(line, "consumerElemType");
  if (fifo.consumer_bytes == 0) fifo.consumer_bytes = fifo.object_bytes;
  const std::string depths = match(line, "elemNumber = \\[([^\\]]*)\\]");
  fifo.producer_depth = numbers_in(depths).at(0);
  fifo.consumer_depth = numbers_in(depths).at(2);  // each number is followed by the 32 of i32
  fifo.to_stream =
      access_of(match(line, "dimensionsToStream = #aie<bd_dim_layout_array(\\[[^\\]]*\\])>"));
  fifo.from_stream = access_of(match(
      line, "dimensionsFromStreamPerConsumer = #aie<bd_dim_layout_array_array\\[(\\[[^\\]]*\\])"));
  const std::string repeat = match(line, "repeat_count = ([0-9]+)");
  fifo.repeat = repeat.empty() ? 1 : std::stoll(repeat);
  return fifo;
}

void expect_fifos(const std::string& text, const ArrayPlan& plan) {
  const auto tiles = read_tiles(text);
  const auto lines = lines_with(text, "\"aie.objectfifo\"");
  ASSERT_EQ(lines.size(), plan.fifos.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Fifo read = read_fifo(lines[i], tiles);
    const Fifo& wanted = plan.fifos[i];
    SCOPED_TRACE(lines[i]);
    EXPECT_EQ(read.name, wanted.name);
    EXPECT_EQ(read.producer, wanted.producer);
    EXPECT_EQ(read.consumers, wanted.consumers);
    EXPECT_EQ(read.object_bytes, wanted.object_bytes);
    EXPECT_EQ(read.consumer_bytes, wanted.consumer_bytes);
    EXPECT_EQ(read.producer_depth, wanted.producer_depth);
    EXPECT_EQ(read.consumer_depth, wanted.consumer_depth);
    EXPECT_EQ(read.to_stream, wanted.to_stream);
    EXPECT_EQ(read.from_stream, wanted.from_stream);
    EXPECT_EQ(read.repeat, wanted.repeat);
  }
}

std::string names_of(const ArrayPlan& plan, const std::vector<std::size_t>& fifos) {
  std::string names;
  for (const std::size_t i : fifos) names += (names.empty() ? "@" : ", @") + plan.fifos[i].name;
  return names;
}

void expect_links(const std::string& text, const ArrayPlan& plan) {
  const auto lines = lines_with(text, "\"aie.objectfifo.link\"");
  ASSERT_EQ(lines.size(), plan.links.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Link& link = plan.links[i];
    EXPECT_EQ(match(lines[i], "fifoIns = \\[([^\\]]*)\\]"), names_of(plan, link.inputs));
    EXPECT_EQ(match(lines[i], "fifoOuts = \\[([^\\]]*)\\]"), names_of(plan, link.outputs));
    const char* which =
        link.inputs.size() > 1 ? "src_offsets = \\[([^\\]]*)\\]" : "dst_offsets = \\[([^\\]]*)\\]";
    std::vector<std::int64_t> offsets = numbers_in(match(lines[i], which));
    for (std::int64_t& offset : offsets) offset *= 4;
    EXPECT_EQ(offsets, link.offsets_bytes) << lines[i];
  }
}

void expect_sequence(const std::string& text, const ArrayPlan& plan) {
  const std::size_t begin = text.find("\"aie.runtime_sequence\"");
  ASSERT_NE(begin, std::string::npos);
  const auto lines = lines_with(text.substr(begin), "\"aiex.npu.");
  ASSERT_EQ(lines.size(), plan.sequence.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const HostStep& step = plan.sequence[i];
    const std::string& line = lines[i];
    SCOPED_TRACE(line);
    const std::string& name = plan.fifos[step.fifo].name;
    if (step.kind == HostStep::Kind::wait) {
      EXPECT_EQ(match(line, "dma_wait\"\\(\\) \\{symbol = @([a-z0-9_]+)\\}"), name);
      continue;
    }
    EXPECT_EQ(match(line, "metadata = @([a-z0-9_]+)"), name);
    EXPECT_EQ(match(line, "dma_memcpy_nd\"\\(%arg([0-9]+)\\)"), std::to_string(step.buffer));
    EXPECT_EQ(line.find("issue_token = true") != std::string::npos, step.token);
    const auto array = [&](const std::string& which) {
      return numbers_in(match(line, which + " = array<i64: ([^>]*)>"));
    };
    const auto sizes = array("static_sizes"), strides = array("static_strides");
    Access read{array("static_offsets").at(3) * 4, {}, sizes.at(3) * 4};
    for (std::size_t d = 3 - step.access.dims.size(); d < 3; ++d) {
      read.dims.push_back({sizes.at(d), strides.at(d) * 4});
    }
    EXPECT_EQ(read, step.access);
    for (std::size_t d = 0; d < 3 - step.access.dims.size(); ++d) EXPECT_EQ(sizes.at(d), 1);
    EXPECT_EQ(strides.at(3), 1);
  }
}

/// Operations of the cores' programs, in order: what the plan's steps become.
void expect_programs(const std::string& text, const ArrayPlan& plan) {
  std::vector<std::string> wanted;
  for (const Core& core : plan.cores) {
    for (const Step& step : core.program) {
      if (step.kind == Step::Kind::acquire)
        wanted.push_back("acquire " + plan.fifos[step.index].name);
      if (step.kind == Step::Kind::release)
        wanted.push_back("release " + plan.fifos[step.index].name);
      if (step.kind == Step::Kind::call) wanted.push_back("call " + plan.kernels[step.index].name);
    }
  }
  std::vector<std::string> read;
  for (const std::string& line : lines_with(text, "@")) {
    const auto after = [&](const std::string& what) {
      const std::size_t begin = line.find(what) + what.size();
      return line.substr(begin, line.find_first_of(",}", begin) - begin);
    };
    const bool acquires = line.find("objectfifo.acquire") != std::string::npos;
    if (acquires) read.push_back("acquire " + after("objFifo_name = @"));
    const bool releases = line.find("objectfifo.release") != std::string::npos;
    if (releases) read.push_back("release " + after("objFifo_name = @"));
    if (line.find("callee") != std::string::npos) read.push_back("call " + after("callee = @"));
  }
  EXPECT_EQ(read, wanted);
}

/// Every call has the types of its function's declaration.
void expect_calls(const std::string& text) {
  std::map<std::string, std::string> declared;
  for (const std::string& line : lines_with(text, "function_type")) {
    declared[match(line, "sym_name = \"([a-z0-9_]+)\"")] =
        match(line, "function_type = \\(([^)]*)\\)");
  }
  for (const std::string& line : lines_with(text, "callee")) {
    const std::string callee = match(line, "callee = @([a-z0-9_]+)");
    EXPECT_EQ(match(line, " : \\(([^)]*)\\)"), declared.at(callee)) << line;
  }
}

TEST(EmitMlir, IsVerifiedByMlirOptAndReadBackAsThePlan) {
  NEEDS_MLIR_OPT();
  for (const ArrayPlan& plan : plans()) {
    SCOPED_TRACE(plan.name);
    const std::string text = through_mlir_opt(emit_mlir(plan));
    ASSERT_NE(text.substr(0, 6), "error:") << text;
    expect_fifos(text, plan);
    expect_links(text, plan);
    expect_sequence(text, plan);
    expect_programs(text, plan);
    expect_calls(text);
    EXPECT_EQ(lines_with(text, "\"aie.core\"").size(), plan.cores.size());
    EXPECT_EQ(lines_with(text, "link_with = \"stand_in_aie2.o\"").size(), plan.cores.size());
  }
}

TEST(EmitMlir, SaysAWholeEncoderLayer) {
  NEEDS_MLIR_OPT();
  for (const ArrayPlan& plan : {encoder_plan({}, nothing_encoder()),
                                encoder_plan({.element_bytes = 2}, encoder_bf16_kernels())}) {
    const std::string text = through_mlir_opt(emit_mlir(plan));
    ASSERT_NE(text.substr(0, 6), "error:") << text.substr(0, 2000);
    expect_fifos(text, plan);
    expect_links(text, plan);
    expect_programs(text, plan);
    EXPECT_EQ(lines_with(text, "dma_memcpy_nd").size() + lines_with(text, "dma_wait").size(),
              plan.sequence.size());
    // Kernels from several files are linked together under the plan's name.
    EXPECT_EQ(lines_with(text, "link_with = \"encoder_512x6_kernels.o\"").size(), 16U);
  }
}

TEST(EmitMlir, MlirOptFindsWhatIsWrong) {
  NEEDS_MLIR_OPT();
  std::string text = emit_mlir(plans()[0]);
  const std::string loop = "(index, index, index) -> ()";
  const std::size_t at = text.find(loop);
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, loop.size(), "(index, i32, index) -> ()");
  EXPECT_EQ(through_mlir_opt(text).substr(0, 6), "error:");
}

TEST(EmitMlir, RefusesWhatTheArrayCannotHoldOrMlirCannotSay) {
  ArrayPlan plan = plans()[0];
  plan.cores[0].stack_bytes = 0;
  EXPECT_THROW(emit_mlir(plan), Error);
  plan = plans()[0];
  plan.cores[0].buffers = {{"scratch", 64}};
  std::vector<Step>& program = plan.cores[0].program;
  program.insert(program.begin() + 2, program[2]);
  program[2].arguments[1] = {Argument::Source::buffer, 0, 0};  // 64 bytes where 32 are there
  try {
    emit_mlir(plan);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_STREQ(error.what(),
                 "emit_mlir: kernel work is called with (memref<16xi32>, memref<16xi32>, i32) and "
                 "with (memref<16xi32>, memref<8xi32>, i32)");
  }
}

}  // namespace
}  // namespace tessera::compute::npu
