#include "market/embedded.h"

#include <string.h>

/* Symbols of the generated assembler file. */
#define FT_DATA(index, name) extern const char ft_data_##index[], ft_data_##index##_end[];
#include "embedded_files.def"
#undef FT_DATA

const char *ft_embedded_data(void *user, const char *name, size_t *len)
{
    static const struct {
        const char *name, *begin, *end;
    } files[] = {
#define FT_DATA(index, name) {name, ft_data_##index, ft_data_##index##_end},
#include "embedded_files.def"
#undef FT_DATA
    };
    (void)user;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(files[i].name, name) == 0) {
            *len = (size_t)(files[i].end - files[i].begin);
            return files[i].begin;
        }
    }
    return NULL;
}
