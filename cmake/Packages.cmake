# Man pages, and packages by CPack: a .deb a component (opend, libftapi, libftapi-dev, ftcli), of those
# that have something to install. `./dev package` makes them, packaging/test_deb.sh tries them.

# ft_man_page(NAME SECTION): packaging/man/NAME.SECTION.in with the program's own list of keys.
function(ft_man_page name section)
  set(man_in ${CMAKE_SOURCE_DIR}/packaging/man)
  set(man_out ${CMAKE_BINARY_DIR}/man/${name}.${section}.gz)
  add_custom_command(
    OUTPUT ${man_out}
    COMMAND ${man_in}/make_man.sh ${PROJECT_VERSION} ${man_in}/${name}.${section}.in ${man_out}
      ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:opend>
    DEPENDS opend ${man_in}/make_man.sh ${man_in}/keys.awk ${man_in}/${name}.${section}.in
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY ft_man_pages ${man_out})
  install(FILES ${man_out} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT opend)
endfunction()

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/man)
ft_man_page(opend 1)
ft_man_page(opend.xml 5)
get_property(man_pages GLOBAL PROPERTY ft_man_pages)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/man/changelog.gz
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md >${CMAKE_BINARY_DIR}/man/changelog.gz
  DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
add_custom_target(man ALL DEPENDS ${man_pages} ${CMAKE_BINARY_DIR}/man/changelog.gz)

install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_BINARY_DIR}/man/changelog.gz
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT opend)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/opend.xml
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT opend)
# Where the system looks for them, whatever the prefix: in packages only.
install(FILES ${CMAKE_SOURCE_DIR}/packaging/opend.xml DESTINATION /etc/opend
  COMPONENT opend-system EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/opend.service DESTINATION /lib/systemd/system
  COMPONENT opend-system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The opend developers <packages@opend.invalid>")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_SET_DESTDIR ON) # files outside of the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/lib) # of a package to another
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(debian ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_OPEND_PACKAGE_NAME opend)
set(CPACK_DEBIAN_OPEND_DESCRIPTION "gateway of the Futu/moomoo OpenAPI, markets simulated
Programs written for the official OpenD connect to it unchanged.
Exchanges, quotes and accounts behind it are simulated: nothing in it is real.")
# The zones of exchanges come from the system's database; the user of the service from adduser.
set(CPACK_DEBIAN_OPEND_PACKAGE_DEPENDS "tzdata, adduser")
set(CPACK_DEBIAN_OPEND_PACKAGE_CONTROL_EXTRA
  "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")
set(CPACK_DEBIAN_LIBFTAPI_PACKAGE_NAME libftapi${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBFTAPI_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBFTAPI_DESCRIPTION "C library for the Futu/moomoo OpenAPI
Every protocol of the gateway, typed; for opend and for the official OpenD.")
set(CPACK_DEBIAN_LIBFTAPI-DEV_PACKAGE_NAME libftapi-dev)
set(CPACK_DEBIAN_LIBFTAPI-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBFTAPI-DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_LIBFTAPI-DEV_PACKAGE_DEPENDS
  "libftapi${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION}), libprotobuf-c-dev, libssl-dev")
set(CPACK_DEBIAN_LIBFTAPI-DEV_DESCRIPTION "C library for the Futu/moomoo OpenAPI, headers
What a program that uses libftapi is built with.")
set(CPACK_DEBIAN_FTCLI_PACKAGE_NAME ftcli)
set(CPACK_DEBIAN_FTCLI_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_FTCLI_DESCRIPTION "command line for the Futu/moomoo OpenAPI
Quotes, charts and orders on the terminal, from opend or the official OpenD.")

# A component is a group of its name, so that opend-system joins opend.
get_cmake_property(defined COMPONENTS)
set(CPACK_COMPONENTS_ALL)
foreach(component opend opend-system libftapi libftapi-dev ftcli)
  if(component IN_LIST defined)
    list(APPEND CPACK_COMPONENTS_ALL ${component})
    if(NOT component STREQUAL opend-system)
      install(FILES ${CMAKE_SOURCE_DIR}/packaging/copyright COMPONENT ${component}
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${component})
    endif()
  endif()
endforeach()
include(CPack)
foreach(component ${CPACK_COMPONENTS_ALL})
  string(REPLACE -system "" group ${component})
  cpack_add_component(${component} GROUP ${group})
  cpack_add_component_group(${group})
endforeach()
