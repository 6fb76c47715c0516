// tessera_list: devices, models, languages and formats by name.
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "src/c_api/handles.h"
#include "src/c_api/status.h"
#include "tessera/info.h"

struct tessera_list {
  void add(std::string name, std::string detail, bool available = true) {
    rows.push_back({std::move(name), std::move(detail), {}});
    Row& row = rows.back();
    row.item = {row.name.c_str(), row.detail.c_str(), available ? 1 : 0};
  }

  struct Row {
    std::string name;
    std::string detail;
    tessera_list_item item;
  };
  std::deque<Row> rows;  // which stay where they are when more come
};

using tessera::c_api::get_value;
using tessera::c_api::make_handle;
using tessera::c_api::options_or_defaults;
using tessera::c_api::require;
using tessera::c_api::require_index;

tessera_status tessera_list_devices(tessera_list** list) {
  return make_handle(list, "list", [] {
    auto made = std::make_unique<tessera_list>();
    for (const tessera::DeviceInfo& device : tessera::list_devices()) {
      made->add(device.name, device.description, device.available);
    }
    return made;
  });
}

tessera_status tessera_list_models(const tessera_options* options, tessera_list** list) {
  return make_handle(list, "list", [&] {
    auto made = std::make_unique<tessera_list>();
    const tessera_options chosen = options_or_defaults(options);
    for (const tessera::FoundModel& model : tessera::Model::list(chosen.convert.model_dir)) {
      made->add(model.name, model.directory, model.complete);
    }
    return made;
  });
}

tessera_status tessera_list_downloadable_models(tessera_list** list) {
  return make_handle(list, "list", [] {
    auto made = std::make_unique<tessera_list>();
    for (const std::string& name : tessera::downloadable_models()) made->add(name, {});
    return made;
  });
}

tessera_status tessera_list_languages(tessera_list** list) {
  return make_handle(list, "list", [] {
    auto made = std::make_unique<tessera_list>();
    for (const tessera::Language& language : tessera::list_languages()) {
      made->add(language.code, language.name);
    }
    return made;
  });
}

tessera_status tessera_list_formats(tessera_list** list) {
  return make_handle(list, "list", [] {
    auto made = std::make_unique<tessera_list>();
    for (const tessera::OutputFormat format : tessera::output_formats()) {
      made->add(tessera::output_format_name(format), tessera::output_format_suffix(format));
    }
    return made;
  });
}

tessera_status tessera_list_count(const tessera_list* list, size_t* count) {
  return get_value(count, "count", std::size_t{0},
                   [&] { return require(list, "list").rows.size(); });
}

tessera_status tessera_list_item_at(const tessera_list* list, size_t index,
                                    const tessera_list_item** item) {
  return get_value<const tessera_list_item*>(item, "item", nullptr, [&] {
    const auto& rows = require(list, "list").rows;
    require_index(index, rows.size());
    return &rows[index].item;
  });
}

void tessera_list_free(tessera_list* list) { delete list; }
