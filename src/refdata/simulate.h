/* What the simulators of the protocols share. For this folder. */
#ifndef FT_REFDATA_SIMULATE_H
#define FT_REFDATA_SIMULATE_H

#include "refdata/field.h"
#include "refdata/refdata.h"

struct ft_sim_records {
    const struct ft_ref_company *c;
    const ProtobufCMessageDescriptor *type; /* of a record */
    const ProtobufCMessageDescriptor *s2c;
    int list;
    struct ft_arena *arena;
    struct ft_ref_rows *out;
    size_t cap;
};

/* Appends an empty record; NULL without memory, or when FT_REF_PER_SECURITY_MAX are there. */
ProtobufCMessage *ft_sim_add(struct ft_sim_records *s);
/* Sets a number field to local `second` of a day, and the text field "<name>Str" to the day. */
void ft_sim_day(struct ft_sim_records *s, ProtobufCMessage *m, const char *name, ft_day day,
                int second);
/* The day as text; "" without memory. */
char *ft_sim_day_text(struct ft_sim_records *s, ft_day day);
/* printf into the arena; "" without memory. */
char *ft_sim_text(struct ft_sim_records *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A draw of the company, [0, 1): a function of what and which. */
double ft_sim_draw(const struct ft_ref_company *c, uint64_t what, uint64_t which);
/* A series of those, smooth over about `span` steps. */
double ft_sim_wave(const struct ft_ref_company *c, uint64_t what, int64_t step, int span);
/* The last trading day up to a day: its place in c->bar; -1: before the first. */
ptrdiff_t ft_sim_bar(const struct ft_ref_company *c, ft_day day);
double ft_sim_round(double v, int decimals);
#define FT_SIM_TEXT(s, en, chs) ((s)->c->chinese ? (chs) : (en))

/* The simulators: -1 without memory. */
typedef int ft_simulator(struct ft_sim_records *s);
ft_simulator ft_sim_dividends, ft_sim_splits, ft_sim_buybacks;
ft_simulator ft_sim_executives, ft_sim_institutional;
ft_simulator ft_sim_insiders, ft_sim_insider_trades, ft_sim_short_interest, ft_sim_short_volume;

#endif
