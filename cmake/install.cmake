# `cmake --install`: the program, the libraries with their headers, the model that ships, and what
# pkg-config and find_package(Tessera) read. Nothing in it names the prefix: the tree may be moved.
include(CMakePackageConfigHelpers)
include(cmake/link_flags.cmake)

file(RELATIVE_PATH bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
if(TARGET tessera_cli)
  set_target_properties(tessera_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  install(TARGETS tessera_cli)
endif()
install(TARGETS tessera EXPORT TesseraTargets)
install(FILES $<TARGET_FILE:tessera_core> TYPE LIB)
install(DIRECTORY include/tessera TYPE INCLUDE)
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/models)
install(FILES LICENSE NOTICE TYPE DOC)

set(libdir ${CMAKE_INSTALL_LIBDIR})
set(includedir ${CMAKE_INSTALL_INCLUDEDIR})
set(datadir ${CMAKE_INSTALL_DATADIR})
tessera_link_flags(tessera_core private_libs)
string(REPLACE " " ";" private_libs_list "${private_libs}")

set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_to_prefix /${pkgconfig_folder} /)
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
configure_file(cmake/tessera.pc.in ${CMAKE_BINARY_DIR}/package/tessera.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/tessera.pc DESTINATION ${pkgconfig_folder})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Tessera)
configure_package_config_file(cmake/TesseraConfig.cmake.in
  ${CMAKE_BINARY_DIR}/package/TesseraConfig.cmake
  INSTALL_DESTINATION ${package_folder} PATH_VARS libdir includedir datadir)
# While the version begins with 0, the second number counts what is no longer compatible.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/TesseraConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT TesseraTargets NAMESPACE tessera:: DESTINATION ${package_folder})
install(FILES ${CMAKE_BINARY_DIR}/package/TesseraConfig.cmake
              ${CMAKE_BINARY_DIR}/package/TesseraConfigVersion.cmake
        DESTINATION ${package_folder})
