#include "src/base/build_id.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tessera::base {
namespace {

/// The id among the notes of a segment; "" when it is not there.
std::string id_in_notes(std::span<const char> notes) {
  constexpr std::string_view kOwner("GNU\0", 4);
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  ElfW(Nhdr) header;
  while (notes.size() >= sizeof header) {
    std::memcpy(&header, notes.data(), sizeof header);
    notes = notes.subspan(sizeof header);
    const std::size_t name = padded(header.n_namesz), value = padded(header.n_descsz);
    if (name + value > notes.size()) break;
    if (header.n_type == NT_GNU_BUILD_ID &&
        std::string_view(notes.data(), header.n_namesz) == kOwner) {
      std::string id;
      for (const char byte : notes.subspan(name, header.n_descsz)) {
        constexpr char kDigits[] = "0123456789abcdef";
        const auto bits = static_cast<unsigned char>(byte);
        id += {kDigits[bits >> 4], kDigits[bits & 15]};
      }
      return id;
    }
    notes = notes.subspan(name + value);
  }
  return "";
}

/// Of dl_iterate_phdr: stops at the object that holds this function. `result`: a std::string.
int find_own_id(dl_phdr_info* object, std::size_t, void* result) {
  const auto here = reinterpret_cast<std::uintptr_t>(&build_id);
  const std::span segments(object->dlpi_phdr, object->dlpi_phnum);
  const auto begin_of = [&](const auto& segment) { return object->dlpi_addr + segment.p_vaddr; };
  const auto holds_this = [&](const auto& segment) {
    const std::uintptr_t begin = begin_of(segment);
    return segment.p_type == PT_LOAD && here >= begin && here - begin < segment.p_memsz;
  };
  if (std::none_of(segments.begin(), segments.end(), holds_this)) return 0;
  auto& id = *static_cast<std::string*>(result);
  for (const auto& segment : segments) {
    if (segment.p_type != PT_NOTE || !id.empty()) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as integers
    id = id_in_notes({reinterpret_cast<const char*>(begin_of(segment)), segment.p_memsz});
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  dl_iterate_phdr(find_own_id, &id);
  return id;
}

}  // namespace tessera::base
