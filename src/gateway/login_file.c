/* The file of the key `accounts`: a row of a table (base/csv.h) for each login but the default one. */
#include "gateway/login.h"

#include "base/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 4 << 20, NAME_LEN_MAX = 32, USER_ID_DIGITS = 18 };

enum column { NAME, USER_ID, PASSWORD, FIRMS, CASH, READ_ONLY, CLIENT_IDS, IP, PORT, RSA };
static const char *const columns[] = {
    "name",        "user_id",     "?password", "?firms",    "?initial_cash",
    "?read_only",  "?client_ids", "?api_ip",   "?api_port", "?rsa_private_key",
    NULL,
};

static int read_name(struct ft_csv *c, struct ft_login *l, struct ft_err *err)
{
    const char *text = ft_csv_text(c, NAME);
    size_t n = strlen(text);
    for (size_t k = 0; k < n; k++) {
        char x = (char)(text[k] | 0x20);
        if (!(x >= 'a' && x <= 'z') && !(text[k] >= '0' && text[k] <= '9') && !strchr("._-+@", text[k]))
            n = 0;
    }
    if (n < 1 || n > NAME_LEN_MAX)
        return ft_csv_fault(c, NAME, err, "'%.64s': allowed are 1 to %d letters, digits and . _ - + @",
                            text, NAME_LEN_MAX);
    memcpy(l->name, text, n + 1);
    return 0;
}

static int read_user_id(struct ft_csv *c, struct ft_login *l, struct ft_err *err)
{
    const char *text = ft_csv_text(c, USER_ID);
    size_t n = strspn(text, "0123456789");
    if (n < 1 || n > USER_ID_DIGITS || text[n] || !(l->user_id = strtoull(text, NULL, 10)))
        return ft_csv_fault(c, USER_ID, err, "'%.64s': allowed are 1 to %d digits, not 0", text,
                            USER_ID_DIGITS);
    return 0;
}

/* The words of a field, which blanks separate: up to `max` of them, in `out`. Their number, -1. */
static int words_of(struct ft_csv *c, enum column column, char out[][FT_NAME_MAX], int max,
                    struct ft_err *err)
{
    int count = 0;
    for (const char *p = ft_csv_text(c, column); *(p += strspn(p, " ")); count++) {
        size_t n = strcspn(p, " ");
        if (count == max || n >= FT_NAME_MAX)
            return ft_csv_fault(c, column, err, "at most %d words of at most %d bytes are allowed", max,
                                FT_NAME_MAX - 1);
        memcpy(out[count], p, n);
        out[count][n] = '\0';
        p += n;
    }
    return count;
}

static int read_firms(struct ft_csv *c, const struct ft_config *config, struct ft_login *l,
                      struct ft_err *err)
{
    const char *text = ft_csv_text(c, FIRMS);
    struct ft_err why = {0};
    if (!*text)
        text = config->firms;
    if (strlen(text) >= sizeof l->firm_names)
        return ft_csv_fault(c, FIRMS, err, "it is too long");
    for (size_t k = 0; text[k]; k++)
        l->firm_names[k] = text[k] == ' ' ? ',' : text[k];
    if (ft_config_firms(l->firm_names, l->firms, &why))
        return ft_csv_fault(c, FIRMS, err, "%s", why.text);
    return 0;
}

static int read_password(struct ft_csv *c, struct ft_login *l, struct ft_err *err)
{
    const char *text = ft_csv_text(c, PASSWORD);
    if (!*text && l->read_only)
        return 0;
    if (!*text)
        return ft_csv_fault(c, PASSWORD, err, "it is empty: real accounts are unlocked with it, or the "
                                              "login is read_only");
    struct ft_err why = {0};
    if (ft_password_parse(text, &l->password, &why))
        return ft_csv_fault(c, PASSWORD, err, "%s", why.text);
    return 0;
}

static int read_listener(struct ft_csv *c, const struct ft_config *config, struct ft_login *l,
                         struct ft_err *err)
{
    const char *ip = ft_csv_text(c, IP), *rsa = ft_csv_text(c, RSA);
    l->api_port = -1;
    if (*ft_csv_text(c, PORT) && ft_csv_int(c, PORT, 0, 65535, &l->api_port, err))
        return -1;
    if (l->api_port < 0 && (*ip || *rsa))
        return ft_csv_fault(c, *ip ? IP : RSA, err, "it is of the login's own listener: api_port is "
                                                    "missing");
    if (strlen(ip) >= sizeof l->api_ip || strlen(rsa) >= sizeof l->rsa_private_key)
        return ft_csv_fault(c, strlen(ip) >= sizeof l->api_ip ? IP : RSA, err, "it is too long");
    memcpy(l->api_ip, *ip ? ip : config->api_ip, strlen(*ip ? ip : config->api_ip) + 1);
    memcpy(l->rsa_private_key, rsa, strlen(rsa) + 1);
    if (l->api_port > 0 && l->api_port == config->api_port && strcmp(l->api_ip, config->api_ip) == 0)
        return ft_csv_fault(c, PORT, err, "%lld is the port of the default login (api_port)",
                            (long long)l->api_port);
    return 0;
}

static int read_client_ids(struct ft_csv *c, struct ft_login *l, struct ft_err *err)
{
    int n = words_of(c, CLIENT_IDS, l->client_ids, FT_CLIENT_PATTERNS_MAX, err);
    if (n < 0)
        return -1;
    l->client_id_count = (size_t)n;
    for (int k = 0; k < n; k++) {
        const char *star = strchr(l->client_ids[k], '*');
        if (star && (star[1] || star == l->client_ids[k]))
            return ft_csv_fault(c, CLIENT_IDS, err, "'%s': a * stands at the end only, behind at least one "
                                                    "character", l->client_ids[k]);
    }
    if (!n && l->api_port < 0)
        return ft_csv_fault(c, -1, err, "login %s has neither client_ids nor an api_port: nobody could be "
                                        "it", l->name);
    return 0;
}

static int read_row(struct ft_csv *c, const struct ft_config *config, struct ft_login *l,
                    struct ft_err *err)
{
    static const char *const yes[] = {"0", "1", NULL};
    int read_only = 0;
    l->initial_cash = config->initial_cash;
    if (read_name(c, l, err) || read_user_id(c, l, err) ||
        (*ft_csv_text(c, READ_ONLY) && ft_csv_word(c, READ_ONLY, yes, &read_only, err)) ||
        (*ft_csv_text(c, CASH) && ft_csv_int(c, CASH, 0, FT_INITIAL_CASH_MAX, &l->initial_cash, err)))
        return -1;
    l->read_only = read_only == 1;
    return read_password(c, l, err) || read_firms(c, config, l, err) ||
                   read_listener(c, config, l, err) || read_client_ids(c, l, err)
               ? -1
               : 0;
}

/* What two logins may not both have. */
static int compare(struct ft_csv *c, const struct ft_login *l, const struct ft_login *other,
                   struct ft_err *err)
{
    if (strcmp(l->name, other->name) == 0)
        return ft_csv_fault(c, NAME, err, "%s is there already", l->name);
    if (l->user_id == other->user_id)
        return ft_csv_fault(c, USER_ID, err, "%llu is login %s already", (unsigned long long)l->user_id,
                            other->name);
    if (l->api_port > 0 && l->api_port == other->api_port && strcmp(l->api_ip, other->api_ip) == 0)
        return ft_csv_fault(c, PORT, err, "%lld is login %s's already", (long long)l->api_port,
                            other->name);
    for (size_t k = 0; k < l->client_id_count; k++)
        for (size_t i = 0; i < other->client_id_count; i++)
            if (strcmp(l->client_ids[k], other->client_ids[i]) == 0)
                return ft_csv_fault(c, CLIENT_IDS, err, "%s is login %s's already", l->client_ids[k],
                                    other->name);
    return 0;
}

int ft_logins_read(struct ft_logins *logins, const struct ft_config *config, const char *file,
                   const char *text, size_t len, struct ft_err *err)
{
    struct ft_csv c;
    int more;
    if (ft_csv_open(&c, file, text, len, columns, true, err))
        return -1;
    while ((more = ft_csv_next(&c, err)) > 0) {
        size_t n = logins->count; /* room is doubled whenever it is a power of two */
        struct ft_login *all = logins->all;
        if (n > FT_LOGINS_MAX)
            return ft_csv_fault(&c, -1, err, "at most %d logins are allowed", FT_LOGINS_MAX);
        if ((n & (n - 1)) == 0 && !(all = realloc(all, 2 * n * sizeof *all)))
            return ft_err_set(err, FT_ENOMEM, "%s: no memory for the logins", file);
        logins->all = all;
        struct ft_login *l = &all[n];
        *l = (struct ft_login){0};
        if (read_row(&c, config, l, err))
            return -1;
        for (size_t k = 0; k < logins->count; k++)
            if (compare(&c, l, &all[k], err))
                return -1;
        logins->count++;
    }
    return more;
}

/* Opens the file if nobody but its owner may read or change it: it has secrets in it. */
static int open_secret(const char *path, size_t *size, struct ft_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st)) {
        ft_err_set(err, FT_EIO, "accounts=%s: %s", path, strerror(errno));
    } else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES) {
        ft_err_set(err, FT_EINVAL, "accounts=%s: a file of at most %d bytes is needed", path,
                   FILE_MAX_BYTES);
    } else if ((st.st_mode & 077) || (st.st_uid != geteuid() && st.st_uid != 0)) {
        ft_err_set(err, FT_EINVAL, "accounts=%s: it has password hashes, and others than you may read or "
                                   "change it (mode %03o): chmod 600 it, as its owner", path,
                   (unsigned)st.st_mode & 0777);
    } else {
        *size = (size_t)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

int ft_logins_read_file(struct ft_logins *logins, const struct ft_config *config, struct ft_err *err)
{
    size_t size, n = 0;
    int fd = open_secret(config->accounts, &size, err);
    if (fd < 0)
        return -1;
    char *text = malloc(size + 1);
    ssize_t got = 1;
    while (text && n < size && (got = read(fd, text + n, size - n)) > 0)
        n += (size_t)got;
    close(fd);
    int bad = !text    ? ft_err_set(err, FT_ENOMEM, "accounts=%s: no memory", config->accounts)
              : got < 0 ? ft_err_set(err, FT_EIO, "accounts=%s: %s", config->accounts, strerror(errno))
                        : ft_logins_read(logins, config, config->accounts, text, n, err);
    free(text);
    return bad;
}
