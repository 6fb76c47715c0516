#include "src/compute/npu/plan/builders/encoder_plan.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/plan/builders/encoder_fifos.h"
#include "src/compute/npu/plan/builders/host_access.h"
#include "src/compute/npu/plan/builders/steps.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t kHead = 64;          ///< elements of a head
constexpr std::int64_t kBlockColumns = 64;  ///< columns of C that a core makes at a time
constexpr std::int64_t kAllRows = kCoreRows * kPanelRows;       ///< of a block of C of all cores
constexpr std::int64_t kAllColumns = kColumns * kBlockColumns;  ///< likewise
constexpr std::int64_t kNormRows = 32;  ///< rows that a core normalises at a time
constexpr std::int64_t kNormBytes = kPanelBytes / kNormRows;  ///< of each in a panel
constexpr std::int64_t kWideBytes = 2;

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

void check_shape(const EncoderShape& shape) {
  const auto complain = [](const std::string& wanted, std::int64_t got) {
    throw Error(ErrorCode::bad_argument,
                "encoder_plan: expected " + wanted + ", got " + std::to_string(got));
  };
  const std::int64_t least =
      std::min({shape.positions, shape.d_model, shape.heads, shape.d_hidden, shape.layers});
  if (least < 1) complain("sizes of at least 1", least);
  if (shape.d_model != shape.heads * kHead) {
    complain("d_model = 64 * heads = " + std::to_string(shape.heads * kHead), shape.d_model);
  }
  if (shape.element_bytes != 1 && shape.element_bytes != 2) {
    complain("elements of 1 or 2 bytes", shape.element_bytes);
  }
}

/// One of the layer's products: its sizes and where its operands lie.
struct Product {
  std::int64_t k, n;        ///< in whole blocks
  std::int64_t a, a_pitch;  ///< in "work"
  std::int64_t weights;     ///< in "weights"
  std::int64_t c, c_bytes;  ///< in "work"; of an element
  std::size_t store;        ///< kernel
};

enum KernelIndex : std::size_t {
  kBegin,
  kMultiply,
  kStore,
  kStoreGelu,
  kStoreWide,
  kTake,
  kAttendBegin,
  kAttendKeys,
  kAttendValues,
  kAttendFinish,
  kNormBegin,
  kNormAdd,
  kNormWrite
};

enum BufferIndex : std::size_t { kSums, kParameters, kQueries, kState };

class EncoderBuilder {
 public:
  EncoderBuilder(const EncoderShape& shape, const EncoderKernels& k)
      : shape_(shape), layout_(encoder_layout(shape)) {
    plan_.name = "encoder_" + std::to_string(shape.d_model) + "x" + std::to_string(shape.layers);
    for (const CoreKernel* kernel : {&k.begin, &k.multiply, &k.store, &k.store_gelu, &k.store_wide,
                                     &k.take, &k.attend_begin, &k.attend_keys, &k.attend_values,
                                     &k.attend_finish, &k.norm_begin, &k.norm_add, &k.norm_write}) {
      kernels_.push_back(add_kernel(*kernel));
    }
    const std::int64_t weights = encoder_layer_bytes(shape);
    plan_.host_buffers = {{"work", layout_.bytes, 0}, {"weights", weights, weights}};
    plan_.launches = shape.layers;
    fifos_ = add_encoder_fifos(plan_, shape.element_bytes);
    for (int column = 0; column < kColumns; ++column) {
      for (int row = 0; row < kCoreRows; ++row) add_core(column, row);
    }
  }

  ArrayPlan build() {
    const std::int64_t e = shape_.element_bytes, width = layout_.width, hidden = layout_.hidden;
    std::int64_t weights = 0;
    const auto stage = [&](const char* name) {
      plan_.stages.push_back({name, plan_.sequence.size()});
    };
    const auto product = [&](const char* name, std::int64_t k, std::int64_t n, std::int64_t a,
                             std::int64_t c, std::int64_t c_bytes, std::size_t store) {
      stage(name);
      add_product({k, n, a, k * e, weights, c, c_bytes, store});
      weights += n / kBlockColumns * panels_of(k) * kPanelBytes;
    };
    product("qkv", width, 3 * width, layout_.normed, layout_.qkv, e, kStore);
    stage("attention");
    add_attention();
    product("out", width, width, layout_.attended, layout_.y, kWideBytes, kStoreWide);
    stage("norm");
    add_norm(layout_.x, layout_.x_between);
    product("up", width, hidden, layout_.normed, layout_.gelu, e, kStoreGelu);
    product("down", hidden, width, layout_.gelu, layout_.y, kWideBytes, kStoreWide);
    stage("norm_next");
    add_norm(layout_.x_between, layout_.x);
    return std::move(plan_);
  }

 private:
  /// Index of the kernel in the plan: one that does two things is there once.
  std::size_t add_kernel(const CoreKernel& kernel) {
    const auto same = std::find_if(plan_.kernels.begin(), plan_.kernels.end(),
                                   [&](const CoreKernel& one) { return one.name == kernel.name; });
    if (same != plan_.kernels.end()) {
      return static_cast<std::size_t>(same - plan_.kernels.begin());
    }
    plan_.kernels.push_back(kernel);
    return plan_.kernels.size() - 1;
  }

  /// A step that calls one of them.
  Step call(std::size_t kernel, std::vector<Argument> arguments,
            std::vector<std::int32_t> scalars = {}) const {
    return npu::call(kernels_[kernel], std::move(arguments), std::move(scalars));
  }

  /// Panels of a block of columns of the weights: parameters and what lies along k.
  std::int64_t panels_of(std::int64_t k) const {
    return 1 + k * shape_.element_bytes / kPanelRowBytes;
  }

  void add_core(int column, int row) {
    Core core{{column, kFirstCoreRow + row}, {}, 0, {}};
    for (const CoreKernel& kernel : plan_.kernels) {
      core.stack_bytes = std::max(core.stack_bytes, kernel.stack_bytes + 512);
    }
    const auto bytes = [&](std::size_t kernel, std::size_t buffer) {
      return static_cast<std::int64_t>(plan_.kernels[kernels_[kernel]].buffer_bytes.at(buffer));
    };
    core.buffers = {{"sums", bytes(kBegin, 1)},
                    {"parameters", bytes(kBegin, 2)},
                    {"queries", bytes(kTake, 1)},
                    {"state", std::max(bytes(kAttendBegin, 1), bytes(kNormBegin, 0))}};
    plan_.cores.push_back(std::move(core));
  }

  /// Calls add(core's program, column, row of cores) for all cores.
  template <class Add>
  void for_each_core(const Add& add) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      for (std::size_t row = 0; row < kCoreRows; ++row) {
        add(plan_.cores[column * kCoreRows + row].program, column, row);
      }
    }
  }

  /// A loop of `trips` around `steps`; none without trips.
  static void add_loop(std::vector<Step>& program, std::int64_t trips,
                       const std::vector<Step>& steps) {
    if (trips == 0) return;
    program.push_back(loop_of(trips));
    npu::add(program, steps);
    program.push_back(end_loop());
  }

  void add_product(const Product& product) {
    const std::int64_t blocks = layout_.rows / kAllRows * (product.n / kAllColumns);
    const std::int64_t parts = kBlockColumns * product.c_bytes / kPanelRowBytes;
    for_each_core([&](std::vector<Step>& program, std::size_t column, std::size_t row) {
      const std::size_t a = fifos_.a[row], b = fifos_.b[column], c = fifos_.c[column][row];
      npu::add(program, {loop_of(blocks), acquire(b),
                         call(kBegin, {object_of(b), buffer_at(kSums), buffer_at(kParameters)}),
                         release(b)});
      add_loop(
          program, panels_of(product.k) - 1,
          {acquire(a), acquire(b), call(kMultiply, {object_of(a), object_of(b), buffer_at(kSums)}),
           release(a), release(b)});
      for (std::int32_t part = 0; part < parts; ++part) {
        npu::add(program, {acquire(c),
                           call(product.store,
                                {buffer_at(kSums), buffer_at(kParameters), object_of(c)}, {part}),
                           release(c)});
      }
      program.push_back(end_loop());
    });
    add_product_transfers(product, parts);
  }

  void add_product_transfers(const Product& product, std::int64_t parts) {
    const std::int64_t panels = panels_of(product.k), c_pitch = product.n * product.c_bytes;
    const std::int64_t n_blocks = product.n / kAllColumns;
    const std::int64_t block = panels * kPanelBytes;  // of weights
    std::vector<std::vector<HostStep>> groups;
    for (std::int64_t mb = 0; mb < layout_.rows / kAllRows; ++mb) {
      groups.emplace_back();
      std::vector<HostStep>& group = groups.back();
      for (std::int64_t i = 0; i < kColumns; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::int64_t row = mb * kAllRows + i * kPanelRows;
        group.push_back(
            send(fifos_.a_in[at], 0,
                 {product.a + row * product.a_pitch,
                  {{n_blocks, 0}, {panels - 1, kPanelRowBytes}, {kPanelRows, product.a_pitch}},
                  kPanelRowBytes}));
        group.push_back(
            send(fifos_.b_in[at], 1,
                 fit_shim({product.weights + i * block, {{n_blocks, kColumns * block}}, block})));
        group.push_back(fetch(fifos_.c_out[at], 0,
                              {product.c + mb * kAllRows * c_pitch + i * parts * kPanelRowBytes,
                               {{n_blocks, kAllColumns * product.c_bytes},
                                {parts, kPanelRowBytes},
                                {kAllRows, c_pitch}},
                               kPanelRowBytes}));
      }
    }
    append_groups(groups, plan_.sequence);
  }

  /// Heads of the group of four that begins with this one.
  std::int64_t heads_from(std::int64_t first) const {
    return std::min<std::int64_t>(kColumns, shape_.heads - first);
  }
  /// Keys of a panel of K.
  std::int64_t key_rows() const { return kPanelBytes / (kHead * shape_.element_bytes); }
  std::int64_t key_blocks() const { return (shape_.positions + key_rows() - 1) / key_rows(); }

  /// Along a row of cores come the queries of four heads, of which each core takes its own; down a
  /// column come its head's keys and values.
  void add_attention() {
    const std::int64_t rounds = layout_.rows / kAllRows;
    for_each_core([&](std::vector<Step>& program, std::size_t column, std::size_t row) {
      const std::int64_t full = shape_.heads / kColumns, rest = shape_.heads % kColumns;
      if (full > 0) {
        program.push_back(loop_of(full * rounds));
        attend_round(program, column, row, kColumns);
        program.push_back(end_loop());
      }
      if (rest > 0) {
        program.push_back(loop_of(rounds));
        attend_round(program, column, row, rest);
        program.push_back(end_loop());
      }
    });
    std::vector<std::vector<HostStep>> groups;
    for (std::int64_t first = 0; first < shape_.heads; first += kColumns) {
      for (std::int64_t round = 0; round < rounds; ++round) {
        groups.push_back(attention_transfers(first, round));
      }
    }
    append_groups(groups, plan_.sequence);
  }

  /// `heads` blocks of queries pass by, of which the one of this column is kept, if there is one.
  void attend_round(std::vector<Step>& program, std::size_t column, std::size_t row,
                    std::int64_t heads) {
    const std::size_t a = fifos_.a[row], b = fifos_.b[column], c = fifos_.c[column][row];
    const auto mine = static_cast<std::int64_t>(column);
    const std::int64_t parts = shape_.element_bytes;  // panels of a block of queries
    add_loop(program, std::min(mine, heads) * parts, {acquire(a), release(a)});
    if (mine >= heads) return;
    for (std::int32_t part = 0; part < parts; ++part) {
      npu::add(program,
               {acquire(a), call(kTake, {object_of(a), buffer_at(kQueries)}, {part}), release(a)});
    }
    add_loop(program, (heads - 1 - mine) * parts, {acquire(a), release(a)});
    program.push_back(call(kAttendBegin, {buffer_at(kSums), buffer_at(kState)}));
    const std::int64_t blocks = key_blocks();
    add_loop(program, blocks - 1, attend_block(b, key_rows()));
    npu::add(program, attend_block(b, shape_.positions - (blocks - 1) * key_rows()));
    for (std::int32_t part = 0; part < parts; ++part) {
      npu::add(program,
               {acquire(c),
                call(kAttendFinish, {buffer_at(kSums), buffer_at(kState), object_of(c)}, {part}),
                release(c)});
    }
  }

  /// A block of keys and its values.
  std::vector<Step> attend_block(std::size_t b, std::int64_t valid) const {
    return {acquire(b),
            call(kAttendKeys, {buffer_at(kQueries), object_of(b), buffer_at(kState)},
                 {static_cast<std::int32_t>(valid)}),
            release(b),
            acquire(b),
            call(kAttendValues, {object_of(b), buffer_at(kSums), buffer_at(kState)}),
            release(b)};
  }

  std::vector<HostStep> attention_transfers(std::int64_t first, std::int64_t round) const {
    const std::int64_t e = shape_.element_bytes, head = kHead * e, width = layout_.width * e;
    const std::int64_t pitch = 3 * width, heads = heads_from(first);
    std::vector<HostStep> group;
    for (std::int64_t i = 0; i < kCoreRows; ++i) {
      const std::int64_t row = round * kAllRows + i * kPanelRows;
      group.push_back(send(fifos_.a_in[static_cast<std::size_t>(i)], 0,
                           {layout_.qkv + row * pitch + first * head,
                            {{heads * e, kPanelRowBytes}, {kPanelRows, pitch}},
                            kPanelRowBytes}));
    }
    for (std::int64_t c = 0; c < heads; ++c) {
      const auto at = static_cast<std::size_t>(c);
      const std::int64_t column = (first + c) * head;
      group.push_back(send(fifos_.b_in[at], 0,
                           {layout_.qkv + width + column,
                            {{key_blocks(), key_rows() * pitch}, {2, width}, {key_rows(), pitch}},
                            head}));
      group.push_back(fetch(fifos_.c_out[at], 0,
                            {layout_.attended + round * kAllRows * width + column,
                             {{e, kPanelRowBytes}, {kAllRows, width}},
                             kPanelRowBytes}));
    }
    return group;
  }

  /// x + y and its LayerNorm. Along a row of cores comes x for all four, down a column y: a core
  /// keeps what is its own. All cores of a column give a panel back at the same time, as it is
  /// joined.
  void add_norm(std::int64_t from, std::int64_t to) {
    const std::int64_t panels = layout_.width * kWideBytes / kNormBytes;  // of x
    const std::int64_t parts = kWideBytes / shape_.element_bytes;  // panels of x for one normalised
    const std::int64_t units = layout_.rows / (kCores * kNormRows);
    for_each_core([&](std::vector<Step>& program, std::size_t column, std::size_t row) {
      const std::size_t c = fifos_.c[column][row];
      npu::add(program,
               {loop_of(units),
                call(kNormBegin, {buffer_at(kState)}, {static_cast<std::int32_t>(shape_.d_model)}),
                loop_of(panels), acquire(c)});
      norm_panel(program, column, row, {kNormAdd, {buffer_at(kState), object_of(c)}, {}});
      npu::add(program, {release(c), end_loop(), loop_of(panels / parts), acquire(c)});
      for (std::int32_t part = 0; part < parts; ++part) {
        norm_panel(program, column, row, {kNormWrite, {buffer_at(kState), object_of(c)}, {part}});
      }
      npu::add(program, {release(c), end_loop(), end_loop()});
    });
    std::vector<std::vector<HostStep>> groups;
    for (std::int64_t unit = 0; unit < units; ++unit) {
      groups.push_back(norm_transfers(unit, from, to));
    }
    append_groups(groups, plan_.sequence);
  }

  /// A kernel and what it is called with after x and y.
  struct NormCall {
    std::size_t kernel;
    std::vector<Argument> arguments;
    std::vector<std::int32_t> scalars;
  };

  /// Four panels of x and four of y pass by. Its x a core copies, so that the others' need not
  /// wait.
  void norm_panel(std::vector<Step>& program, std::size_t column, std::size_t row,
                  const NormCall& norm) const {
    const std::size_t a = fifos_.a[row], b = fifos_.b[column];
    const auto pass = [&](std::size_t fifo, std::size_t count) {
      add_loop(program, static_cast<std::int64_t>(count), {acquire(fifo), release(fifo)});
    };
    pass(a, column);
    npu::add(program,
             {acquire(a), call(kTake, {object_of(a), buffer_at(kQueries)}, {0}), release(a)});
    pass(a, kColumns - 1 - column);
    pass(b, row);
    std::vector<Argument> arguments = {buffer_at(kQueries), object_of(b)};
    arguments.insert(arguments.end(), norm.arguments.begin(), norm.arguments.end());
    npu::add(program,
             {acquire(b), call(norm.kernel, std::move(arguments), norm.scalars), release(b)});
    pass(b, kCoreRows - 1 - row);
  }
  /// The core in row r and column c has rows 128 r + 32 c to 128 r + 32 c + 31 of a unit of 512.
  /// Twice through the rows: for their statistics, and to apply them. Both results are sums of what
  /// came in, so that nothing of a row is kept, and x goes to another place than it came from.
  std::vector<HostStep> norm_transfers(std::int64_t unit, std::int64_t from,
                                       std::int64_t to) const {
    const std::int64_t pitch = layout_.width * kWideBytes;
    const std::int64_t normed_pitch = layout_.width * shape_.element_bytes;
    const std::int64_t first = unit * kCores * kNormRows;
    // The rows of a column's cores, panel by panel.
    const auto column_rows = [&](std::int64_t place, std::int64_t row_pitch, std::int64_t column) {
      return Access{place + (first + column * kNormRows) * row_pitch,
                    {{row_pitch / kNormBytes, kNormBytes},
                     {kCoreRows, kColumns * kNormRows * row_pitch},
                     {kNormRows, row_pitch}},
                    kNormBytes};
    };
    std::vector<HostStep> group;
    for (std::int64_t i = 0; i < kColumns; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::int64_t rows = kColumns * kNormRows;
      group.push_back(send(fifos_.a_in[at], 0,
                           {from + (first + i * rows) * pitch,
                            {{2, 0}, {pitch / kNormBytes, kNormBytes}, {rows, pitch}},
                            kNormBytes}));
      group.insert(group.end(), 2, send(fifos_.b_in[at], 0, column_rows(layout_.y, pitch, i)));
      group.push_back(fetch(fifos_.c_out[at], 0, column_rows(to, pitch, i)));
      group.push_back(fetch(fifos_.c_out[at], 0, column_rows(layout_.normed, normed_pitch, i)));
    }
    return group;
  }

  EncoderShape shape_;
  EncoderLayout layout_;
  ArrayPlan plan_;
  std::vector<std::size_t> kernels_;  ///< by KernelIndex, in the plan
  EncoderFifos fifos_;
};

}  // namespace

EncoderLayout encoder_layout(const EncoderShape& shape) {
  check_shape(shape);
  EncoderLayout layout;
  layout.rows = round_up(shape.positions, std::max(kAllRows, kCores * kNormRows));
  layout.width = round_up(shape.d_model, kAllColumns);
  layout.hidden = round_up(shape.d_hidden, kAllColumns);
  const auto take = [&](std::int64_t row_bytes) {
    const std::int64_t begin = layout.bytes;
    layout.bytes += layout.rows * row_bytes;
    return begin;
  };
  const std::int64_t e = shape.element_bytes;
  layout.x = take(layout.width * kWideBytes);
  layout.x_between = take(layout.width * kWideBytes);
  layout.y = take(layout.width * kWideBytes);
  layout.normed = take(layout.width * e);
  layout.qkv = take(3 * layout.width * e);
  layout.attended = take(layout.width * e);
  layout.gelu = take(layout.hidden * e);
  return layout;
}

std::int64_t encoder_layer_bytes(const EncoderShape& shape) {
  const EncoderLayout layout = encoder_layout(shape);
  const auto product = [&](std::int64_t k, std::int64_t n) {
    return n / kBlockColumns * (1 + k * shape.element_bytes / kPanelRowBytes) * kPanelBytes;
  };
  return product(layout.width, 3 * layout.width) + product(layout.width, layout.width) +
         product(layout.width, layout.hidden) + product(layout.hidden, layout.width);
}

ArrayPlan encoder_plan(const EncoderShape& shape, const EncoderKernels& kernels) {
  return EncoderBuilder(shape, kernels).build();
}

}  // namespace tessera::compute::npu
