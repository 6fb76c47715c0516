# The Debian package of all that `cmake --install` installs: `make deb`. What it needs of other
# packages is found out by dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "Tessera")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The authors of Tessera <tessera@localhost>")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Speech to text with Whisper models, on a plain CPU
Turns recordings into text and subtitles with OpenAI's Whisper models, as a
program, as a library for C and C++, and as a server with the HTTP interfaces
of OpenAI and whisper.cpp. A small model comes with it.")
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)  # for `tessera download`
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/debian/postinst
  ${PROJECT_SOURCE_DIR}/packaging/debian/prerm
  ${PROJECT_SOURCE_DIR}/packaging/debian/postrm
  ${PROJECT_SOURCE_DIR}/packaging/debian/triggers)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
add_custom_target(deb COMMAND ${CMAKE_CPACK_COMMAND} USES_TERMINAL
  DEPENDS tessera_cli tessera $<TARGET_NAME_IF_EXISTS:tessera-npu-xrt>)

# What only the system's own place has: the unit, which names the program's, and Debian's papers.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  install(FILES packaging/tessera.service DESTINATION lib/systemd/system)
  set(changelog ${CMAKE_BINARY_DIR}/package/changelog)
  configure_file(packaging/debian/changelog.in ${changelog} @ONLY)
  execute_process(COMMAND gzip -9nkf ${changelog})
  install(FILES packaging/debian/copyright ${changelog}.gz TYPE DOC)
  install(FILES packaging/debian/lintian-overrides RENAME tessera
          DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides)
endif()
