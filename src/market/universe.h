/* Inside of instrument.h: the universe as it is loaded. For the files of this folder only. */
#ifndef FT_MARKET_UNIVERSE_H
#define FT_MARKET_UNIVERSE_H

#include "base/csv.h"
#include "market/instrument.h"

enum { FT_TICK_NAME_MAX = 31, FT_TICK_TABLES_MAX = 1024 };

/* Bands of a tick table from a day on. */
struct ft_tick_version {
    uint16_t table;
    ft_day from;
    uint8_t count;
    ft_price bound[FT_TICK_BANDS_MAX];
    ft_price tick[FT_TICK_BANDS_MAX];
};

/* A list of lists: items of key k are item[start[k]] to item[start[k + 1]]. */
struct ft_groups {
    uint32_t *start; /* keys + 1 of them */
    ft_inst *item;
};

struct ft_universe {
    struct ft_instrument *inst;
    size_t count, cap;
    char *text; /* names, NUL-terminated; offset 0 is "" */
    size_t text_len, text_cap;
    uint32_t *slot; /* open addressing: index + 1, 0 is empty */
    size_t slots;   /* power of two */

    struct ft_calendars *calendars;
    struct ft_timetables *timetables;
    ft_day today, as_of;

    char (*tick_name)[FT_TICK_NAME_MAX + 1];
    size_t tick_names;
    struct ft_tick_version *tick_version; /* by table, then date */
    size_t tick_versions;
    uint32_t *tick_first; /* table -> its first version; tick_names + 1 of them */

    struct ft_groups members; /* plate -> instruments */
    struct ft_groups plates;  /* instrument -> plates */
    struct ft_groups derivatives;

    struct ft_broker *broker;
    size_t brokers;
};

/* A future's continuous contract that waits for its months. */
struct ft_continuous {
    ft_inst inst;
    char root[12];
    uint8_t which; /* 0 main, 1 current, 2 next */
};

/* An issuer of structured products (data/issuers.csv). */
struct ft_issuer {
    char code[4];
    uint8_t number; /* Qot_Common.Issuer */
    char short_sc[16], short_tc[16];
};

/* What a loader needs besides the universe. */
struct ft_loader {
    struct ft_universe *u;
    ft_read_data *read;
    void *user;
    struct ft_err *err;
    struct ft_csv csv; /* of the file under way */
    struct ft_continuous *continuous;
    size_t continuous_count, continuous_cap;
    struct ft_issuer *issuer;
    size_t issuers;
};

/* All return 0, or -1 with the loader's err set. */
int ft_load_open(struct ft_loader *l, const char *file, const char *const *columns);
int ft_load_ticks(struct ft_loader *l);
int ft_load_issuers(struct ft_loader *l);
int ft_load_instruments(struct ft_loader *l, const char *extra, size_t extra_len);
int ft_load_futures(struct ft_loader *l);
int ft_load_options(struct ft_loader *l);
int ft_load_warrants(struct ft_loader *l);
int ft_load_plates(struct ft_loader *l);
int ft_load_brokers(struct ft_loader *l);

/* Adds a copy of *inst (index is filled in; the code must not be there): its index, or FT_NO_INST
 * with the loader's err set. */
ft_inst ft_universe_add(struct ft_universe *u, const struct ft_instrument *inst,
                        struct ft_err *err);
/* Offset of a copy of the text; 0 for "". -1 with err. */
int ft_universe_text(struct ft_universe *u, const char *s, uint32_t *offset, struct ft_err *err);
/* Three names at once, equal ones stored once. */
int ft_universe_names(struct ft_universe *u, struct ft_instrument *inst, const char *en,
                      const char *sc, const char *tc, struct ft_err *err);
/* Sorts pairs (key, item) into lists, keeping their order; *pairs is consumed. */
struct ft_pair {
    uint32_t key;
    ft_inst item;
};
int ft_groups_build(struct ft_groups *g, const struct ft_pair *pairs, size_t n, size_t keys,
                    struct ft_err *err);

const struct ft_issuer *ft_issuer_find(const struct ft_loader *l, const char *code);
/* An instrument with nothing set: no days, no underlying. */
struct ft_instrument ft_instrument_blank(void);
/* Words of the data, -1 when unknown. */
int ft_market_number(const char *word);
const char *ft_market_word(int market);
/* Table by name, or -1. */
int ft_tick_table_find(const struct ft_universe *u, const char *name);

/* Columns that several files share; a fault names the column. */
int ft_load_market(struct ft_loader *l, int column, uint8_t *out);
int ft_load_exchange(struct ft_loader *l, int column, uint8_t *out);
int ft_load_currency(struct ft_loader *l, int column, uint8_t *out);
int ft_load_tick_table(struct ft_loader *l, int column, uint16_t *out);
int ft_load_profile(struct ft_loader *l, int column, int8_t *out);
/* A decimal above 0, at most 1e9. */
int ft_load_positive(struct ft_loader *l, int column, int decimals, int64_t *out);

#endif
