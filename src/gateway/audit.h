/* The audit log: one line for every trade write, who, what and with which result (docs/observability.md).
 *
 * Files data_dir/audit/audit-yyyy-MM.jsonl (UTC), owner-only, only ever appended to, never deleted here.
 * Lines gather during a turn of the loop and are written at its end; no reply to a write leaves before its
 * line is written (trade_hold.c), and with durability on none to a write that took effect before its line
 * is on disk (the storage thread syncs, before it tells a commit). A log that cannot be written ends
 * trading as a failed store does: it cannot be switched off.
 *
 * Loop thread, except where another is named. */
#ifndef FT_GATEWAY_AUDIT_H
#define FT_GATEWAY_AUDIT_H

#include "base/err.h"
#include "wire/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_audit;

struct ft_audit_entry {
    uint64_t user, conn;  /* platform user, connection; conn 0: none, the operation console */
    const char *peer, *client;
    const struct ft_protocol *proto;
    uint64_t serial;      /* of the request's frame */
    const ProtobufCMessage *request; /* NULL: it was refused before it was read */
    int32_t ret;          /* enum ft_ret_type of the reply */
    uint64_t order;       /* that it has placed; 0: none */
    const char *reason;   /* words of the reply to a refused one */
};

/* Opens the newest file of the folder `audit` in `data_dir`, or the first, and goes on behind its last
 * line; an end that a crash has torn is kept in a line of its own. Files end past `max_bytes`. NULL with a
 * reason. */
struct ft_audit *ft_audit_open(const char *data_dir, uint64_t max_bytes, struct ft_err *err);
/* Writes what is pending. NULL does nothing. No other thread is in ft_audit_sync any more. */
void ft_audit_close(struct ft_audit *a);

/* Of refused requests of one protocol at most so many have a line of their own in one second, so that a
 * client cannot fill the disk; how many more there were is told in one line. */
enum { FT_AUDIT_REFUSED_PER_SECOND = 200 };

/* Takes a line. After a failure nothing is taken. */
void ft_audit_add(struct ft_audit *a, const struct ft_audit_entry *e);
/* The same for an operation that came by the console. */
void ft_audit_operation(struct ft_audit *a, uint64_t user, const char *peer, const char *command,
                        const char *params, int32_t ret, const char *reason);
/* A reply that was held, to this request, told that the store had failed: its line says otherwise. */
void ft_audit_not_stored(struct ft_audit *a, uint64_t conn, uint32_t proto, uint64_t serial);

/* Lines wait for ft_audit_flush, or it would fail. */
bool ft_audit_pending(const struct ft_audit *a);
/* Writes them: 0, or -1 with a reason, now and from then on; whole lines are in the file even then. */
int ft_audit_flush(struct ft_audit *a, struct ft_err *err);
/* About once a second: lines about what was left out become due. */
void ft_audit_tick(struct ft_audit *a);

/* @locality any thread. What was flushed before the call is on disk after it. -1 with a reason. */
int ft_audit_sync(struct ft_audit *a, struct ft_err *err);
/* Something was flushed and not synced yet. */
bool ft_audit_unsynced(const struct ft_audit *a);

/* Lines written since the start; for figures. */
uint64_t ft_audit_lines(const struct ft_audit *a);

/* audit_check.c, for `opend -check`: the lines of all files follow each other without a gap. Each fault is
 * told by `say`; returns their number, -1 when it could not be read. */
int ft_audit_check(const char *data_dir, void say(void *user, const char *line), void *user,
                   struct ft_err *err);

#endif
