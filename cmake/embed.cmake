# tessera_embed(target file namespace name header): adds to `target` a C++ source that defines
# `namespace::name`, declared in `header` as `extern const std::span<const unsigned char>`, with the
# bytes of `file`. Plain C++ instead of .incbin: every compiler takes it.
#
# The same file, run as a script at build time, writes that source.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(tessera_embed target file namespace name header)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.cpp)
    add_custom_command(
      OUTPUT ${source}
      COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DNAMESPACE=${namespace} -DNAME=${name}
              -DHEADER=${header} -DOUTPUT=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      COMMENT "Embedding ${name}" VERBATIM)
    target_sources(${target} PRIVATE ${source})
  endfunction()
  return()
endif()

file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "(................................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {
constexpr unsigned char kBytes[] = {
${bytes}
};
}  // namespace
const std::span<const unsigned char> ${NAME}{kBytes};
}  // namespace ${NAMESPACE}
")
