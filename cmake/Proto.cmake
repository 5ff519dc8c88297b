# proto/*.proto -> C, by protoc-c, into the build folder; and the list of all message descriptors,
# which the JSON mapping's tests, the fuzz targets and the conformance test walk.
find_program(PROTOC_C protoc-c REQUIRED)
file(GLOB FT_PROTO_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/*.proto)
# Laid out as the SDK installs them: <ftapi/proto/X.pb-c.h> below build/include.
set(FT_PROTO_DIR ${CMAKE_BINARY_DIR}/include/ftapi/proto)
file(MAKE_DIRECTORY ${FT_PROTO_DIR})
set(FT_PROTO_C)
set(FT_PROTO_H)
foreach(file ${FT_PROTO_FILES})
  get_filename_component(stem ${file} NAME_WE)
  list(APPEND FT_PROTO_C ${FT_PROTO_DIR}/${stem}.pb-c.c)
  list(APPEND FT_PROTO_H ${FT_PROTO_DIR}/${stem}.pb-c.h)
endforeach()
add_custom_command(
  OUTPUT ${FT_PROTO_C} ${FT_PROTO_H}
  COMMAND ${PROTOC_C} --proto_path=${CMAKE_SOURCE_DIR}/proto --c_out=${FT_PROTO_DIR} ${FT_PROTO_FILES}
  DEPENDS ${FT_PROTO_FILES}
  COMMENT "protoc-c: 182 packages"
  VERBATIM)
add_custom_command(
  OUTPUT ${FT_PROTO_DIR}/all_messages.c
  COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/all_messages.sh ${FT_PROTO_DIR} ${FT_PROTO_DIR}/all_messages.c
  DEPENDS ${FT_PROTO_H} ${CMAKE_SOURCE_DIR}/cmake/all_messages.sh
  VERBATIM)
add_library(ft_proto STATIC ${FT_PROTO_C} ${FT_PROTO_DIR}/all_messages.c)
target_include_directories(ft_proto SYSTEM PUBLIC ${FT_PROTO_DIR})
target_include_directories(ft_proto PUBLIC ${CMAKE_BINARY_DIR}/include)
target_include_directories(ft_proto PRIVATE ${CMAKE_SOURCE_DIR}/src)
# Tables and thin wrappers: every file alone would read the same few headers 182 times, and an
# optimizer or a debugger has nothing to find in them.
set_target_properties(ft_proto PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
target_compile_options(ft_proto PRIVATE -w -O1 -g0)
target_link_libraries(ft_proto PUBLIC PkgConfig::PROTOBUF_C)

# The made part of the SDK's headers.
configure_file(${CMAKE_SOURCE_DIR}/include/ftapi/version.h.in
  ${CMAKE_BINARY_DIR}/include/ftapi/version.h @ONLY)
set(FT_PROTOCOL_IDS_H ${CMAKE_BINARY_DIR}/include/ftapi/protocol_ids.h)
add_custom_command(
  OUTPUT ${FT_PROTOCOL_IDS_H}
  COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/protocol_ids.sh ${CMAKE_SOURCE_DIR}/src/wire/protocols.def
    ${FT_PROTOCOL_IDS_H}
  DEPENDS ${CMAKE_SOURCE_DIR}/src/wire/protocols.def ${CMAKE_SOURCE_DIR}/cmake/protocol_ids.sh
  VERBATIM)
target_sources(ft_proto PRIVATE ${FT_PROTOCOL_IDS_H})
