# A part of the product is a folder of src/ and a static library ft_<folder>. What it may include
# is what it links here; tests/check_arrows.sh holds the same arrows against the sources.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET libcrypto libssl)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)

add_library(ft_options INTERFACE)
target_compile_definitions(ft_options INTERFACE _GNU_SOURCE)
target_include_directories(ft_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
target_compile_options(ft_options INTERFACE $<$<COMPILE_LANGUAGE:ASM>:-Wno-unused-command-line-argument>
  -Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wno-unused-parameter
  -fno-strict-aliasing $<$<BOOL:${FT_WERROR}>:-Werror>)
if(FT_SANITIZE)
  add_compile_options(-fsanitize=${FT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FT_SANITIZE})
endif()

# ft_part(name deps...): library ft_<name> from every .c file of this folder.
function(ft_part name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(ft_${name} STATIC ${sources})
  target_link_libraries(ft_${name} PRIVATE ft_options PUBLIC ${ARGN})
endfunction()

# ft_program(name sources... LINK libs...): an executable in bin/.
function(ft_program name)
  cmake_parse_arguments(P "" "" "LINK" ${ARGN})
  add_executable(${name} ${P_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ft_options ${P_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
