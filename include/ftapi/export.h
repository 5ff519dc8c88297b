/* Marks what the library exports. Every public function is declared with FT_API at the line's
 * beginning: the linker's list of exported names is read off these headers. */
#ifndef FTAPI_EXPORT_H
#define FTAPI_EXPORT_H

/* Exported by the library. */
#if defined(__GNUC__)
#define FT_API __attribute__((visibility("default")))
#else
#define FT_API
#endif

/* FT_BEGIN_DECLS and FT_END_DECLS stand around declarations that C++ is to read as C's. */
#ifdef __cplusplus
#define FT_BEGIN_DECLS extern "C" {
#define FT_END_DECLS   }
#else
/* Begins such declarations. */
#define FT_BEGIN_DECLS
/* Ends them. */
#define FT_END_DECLS
#endif

#endif
