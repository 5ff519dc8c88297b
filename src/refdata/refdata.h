/* The reference-data engine: protocols that answer a list of records of one security are served from
 * declarations, not from code (spec protocol-catalogue.md 6.1 and 6.2).
 *
 * A record is a message of the type that the reply's list holds. Everything here is driven by the
 * descriptors; nothing reads a clock, a file or a socket. Errors for clients come in English or
 * Chinese, as `chinese` says. */
#ifndef FT_REFDATA_REFDATA_H
#define FT_REFDATA_REFDATA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/tz.h"
#include "wire/protocol.h"

#include "Qot_Common.pb-c.h"

#include <stdbool.h>

/* ---- Declarations (declare.c) ------------------------------------------------------------------- */

enum ft_ref_market { FT_REF_HK = 1, FT_REF_US = 2, FT_REF_CN = 4, FT_REF_SG = 8, FT_REF_JP = 16 };
#define FT_REF_ANY (FT_REF_HK | FT_REF_US | FT_REF_CN | FT_REF_SG | FT_REF_JP)

enum ft_ref_paging {
    FT_REF_ALL,       /* everything at once: no nextKey, no num */
    FT_REF_BY_OFFSET, /* nextKey is the number of rows before the page */
    FT_REF_BY_KEY,    /* nextKey is the value of the last row's first sort field, which is unique */
};

enum { FT_REF_LISTS_MAX = 2, FT_REF_FIGURES_MAX = 4, FT_REF_SORT_MAX = 2, FT_REF_NUM_DEFAULT = 10 };

struct ft_ref_list {
    const char *field; /* repeated messages of S2C; NULL: no such list */
    unsigned markets;  /* whose securities it serves: enum ft_ref_market */
    /* Keys, first the most important: "-field" newest or largest first, "+field" the other way. Rows
     * without the field come before all others; equal rows stay in the file's order. */
    const char *sort[FT_REF_SORT_MAX];
};

struct ft_ref_decl {
    uint32_t protocol;
    struct ft_ref_list lists[FT_REF_LISTS_MAX];
    enum ft_ref_paging paging;
    int32_t num_max;    /* rows a page, at most */
    const char *filter; /* field of the request and of the record: only equal ones; NULL: none */
    const char *total;  /* field of S2C: rows on all pages; NULL: none */
    const char *figures[FT_REF_FIGURES_MAX]; /* fields of S2C that a file gives beside the list */
};

extern const struct ft_ref_decl ft_ref_decls[]; /* ascending protocols */
extern const size_t ft_ref_decls_count;

/* The declaration, or NULL. */
const struct ft_ref_decl *ft_ref_decl_find(uint32_t protocol);
/* The list that serves a market (a Qot_Common.QotMarket number), or -1. */
int ft_ref_list_of(const struct ft_ref_decl *d, int market);
/* Markets that it serves, for messages: "HK, US". */
const char *ft_ref_markets_text(const struct ft_ref_decl *d, char *out, size_t size);
/* S2C of the reply, C2S of the request, and the record of a list. */
const ProtobufCMessageDescriptor *ft_ref_s2c(const struct ft_ref_decl *d);
const ProtobufCMessageDescriptor *ft_ref_c2s(const struct ft_ref_decl *d);
const ProtobufCMessageDescriptor *ft_ref_record_type(const struct ft_ref_decl *d, int list);
/* 0 when every name of the declaration is a field of a fitting type; else -1 with the name. */
int ft_ref_decl_check(const struct ft_ref_decl *d, struct ft_err *err);

/* ---- Answers (answer.c) -------------------------------------------------------------------------- */

/* All records of a security for one protocol, in the order of their file. */
struct ft_ref_rows {
    ProtobufCMessage **row;
    size_t count;
    const ProtobufCMessage *figures; /* an S2C with nothing but figures; NULL: none */
};

/* The C2S message of a request of a declared protocol, and its security. */
const ProtobufCMessage *ft_ref_c2s_of(const ProtobufCMessage *request);
const QotCommon__Security *ft_ref_security_of(const ProtobufCMessage *request);

/* The Response for `request` from the rows of its security: filtered, sorted (rows->row is put in
 * order), paged. In the arena, sharing the rows. NULL with a reason for the client: a number of rows
 * out of range, a page key that is not ours, a filter that cannot be. */
ProtobufCMessage *ft_ref_answer(const struct ft_ref_decl *d, int list,
                                const ProtobufCMessage *request, struct ft_ref_rows *rows,
                                bool chinese, struct ft_arena *arena, struct ft_err *err);

/* ---- Records (records.c, read_file.c) ------------------------------------------------------------- */

enum {
    FT_REF_SECURITY_MAX = 39,        /* bytes of "HK.00700" */
    FT_REF_RECORD_MAX = 16384,       /* bytes of one record, packed */
    FT_REF_LINE_MAX = 65536,         /* bytes of one line of a file */
    FT_REF_RECORDS_MAX = 1000000,    /* of one file */
    FT_REF_PER_SECURITY_MAX = 10000, /* of one protocol and security */
    FT_REF_FAULTS_MAX = 100,         /* of one file that are told */
};

enum { FT_REF_FIGURES = -1 };
struct ft_ref_record {
    uint32_t protocol;
    uint32_t seq; /* 0: figures; records from 1 */
    int8_t list;  /* FT_REF_FIGURES for those */
    uint32_t line;
    uint32_t len;
    size_t at; /* in `bytes`: the packed message */
    char security[FT_REF_SECURITY_MAX + 1];
};

/* Records of one file, by protocol, security, seq. All zero is an empty set. */
struct ft_ref_records {
    struct ft_ref_record *record;
    size_t count, cap;
    struct ft_buf bytes;
};
void ft_ref_records_init(struct ft_ref_records *r);
void ft_ref_records_free(struct ft_ref_records *r);
/* Appends a message of a list, or figures; it is sorted in by ft_ref_records_finish. -1: FT_ENOMEM,
 * FT_ELIMIT. */
int ft_ref_records_add(struct ft_ref_records *r, const struct ft_ref_decl *d, const char *security,
                       int list, uint32_t line, const ProtobufCMessage *msg, struct ft_err *err);
/* A fault of a line, told as it is found. */
typedef void ft_ref_say(void *user, uint32_t line, const char *text);
/* Puts them in order and numbers them; tells of what must not be twice. Returns the number of faults. */
size_t ft_ref_records_finish(struct ft_ref_records *r, ft_ref_say *say, void *user);
/* Records of a protocol and security: the first of *count, or NULL. */
const struct ft_ref_record *ft_ref_records_find(const struct ft_ref_records *r, uint32_t protocol,
                                                const char *security, size_t *count);
/* The packed bytes of a record as a message in the arena; seq 0 as figures. NULL with a reason. */
ProtobufCMessage *ft_ref_unpack(const struct ft_ref_decl *d, int list, uint32_t seq,
                                const void *bytes, size_t len, struct ft_arena *arena,
                                struct ft_err *err);

/* What a file may name: a Qot_Common.QotMarket number for "HK.00700" when such a stock or fund is
 * known; 0 when nothing is known by that name; -1 when it is another kind of instrument. */
typedef int ft_ref_lookup(void *user, const char *security);

struct ft_ref_reader {
    ft_ref_lookup *lookup;
    ft_ref_say *say;
    /* Bytes of the text that are done; NULL: nobody wants to know. */
    void (*progress)(void *user, size_t done, size_t total);
    void *user;
};

/* The records of a file's text (docs/refdata.md). Returns the number of faults, each told with its
 * line (the first FT_REF_FAULTS_MAX of them; then it stops); `out` is of use only with none. */
size_t ft_ref_read(const struct ft_ref_reader *reader, const char *text, size_t len,
                   struct ft_ref_records *out);

/* ---- Simulation (simulate.c, simulate_*.c) -------------------------------------------------------- */

struct ft_ref_bar {
    ft_day day;
    double open, high, low, close, last_close, volume, turnover;
};
/* A dividend per share, or a split of `from` shares into `to`. */
struct ft_ref_action {
    ft_day ex_day;
    double dividend;
    int from, to;
};

/* A company as its world knows it: what is invented must agree with it. */
struct ft_ref_company {
    uint64_t seed; /* of the world and the instrument */
    int market;    /* Qot_Common.QotMarket */
    const char *code;
    bool chinese;
    ft_day today; /* local; it is not over */
    const struct ft_tz *zone;
    int64_t issued;               /* > 0 */
    int64_t lot;                  /* > 0 */
    const struct ft_ref_bar *bar; /* daily, ascending, before today */
    size_t bars;
    const struct ft_ref_action *action; /* ascending, ex-day up to today */
    size_t actions;
};

/* Invented records of a company, newest first, and figures; empty when there is nothing to tell. The
 * same company gives the same records; a later day adds to them. -1 without memory. */
int ft_ref_simulate(const struct ft_ref_decl *d, int list, const struct ft_ref_company *c,
                    struct ft_arena *arena, struct ft_ref_rows *out, struct ft_err *err);

#endif
