#include "gateway/trade.h"

#include "base/log.h"
#include "broker/journal.h"
#include "market/embedded.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SETTLE_PATIENCE_MS = 10000, WRITE_BEHIND_MS = 20, SCRATCH_KEEP = 64 * 1024 };

/* @locality storage thread. */
static void committed(void *user, uint64_t commit)
{
    (void)commit;
    struct ft_trade *t = user;
    uv_async_send(&t->wake);
}

static void fail_trading(struct ft_gateway *gw, const struct ft_err *err, bool audit)
{
    struct ft_trade *t = gw->trade;
    t->failed = true;
    t->audit_failed = audit;
    snprintf(t->failure, sizeof t->failure, "%s", err->text);
    ft_error("event=%s outcome=failed reason=\"%s\"", audit ? "audit" : "store", err->text);
    ft_delay_durable(&gw->delay, UINT64_MAX, uv_hrtime());
    ft_trade_fail_held(gw);
    ft_backend_tick(gw); /* tells the clients */
}

/* Notices what the storage thread has done. */
static void look_at_store(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    if (t->gate.count == 0 || t->failed || !t->store) /* closed while the gateway goes */
        return;
    struct ft_err err = {0};
    if (ft_gate_committed(&t->gate, ft_store_committed_to(t->store))) {
        ft_delay_durable(&gw->delay, t->gate.durable, uv_hrtime());
        ft_trade_release(gw);
    }
    if (t->gate.count && ft_store_failed(t->store, &err))
        fail_trading(gw, &err, false);
}

static void on_wake(uv_async_t *handle)
{
    look_at_store(handle->data);
}

static void hand_over(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    if (t->failed || ft_gate_is_full(&t->gate) || !ft_brk_has_changes(t->brk) ||
        ft_brk_take_changes(t->brk, &t->journal))
        return;
    ft_gate_handed_over(&t->gate, ft_store_submit(t->store, gw->universe, &t->journal));
}

/* Lines of the audit log come before what they tell of: replies, and the changes for the store. */
static void write_audit(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    struct ft_err err = {0};
    if (!t->audit || t->audit_failed || !ft_audit_pending(t->audit))
        return;
    if (ft_audit_flush(t->audit, &err)) {
        fail_trading(gw, &err, true);
    } else if (t->waits_for_audit) {
        t->waits_for_audit = false;
        ft_trade_release(gw);
    }
}

void ft_trade_tick(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    if (!t || !t->brk || !t->audit || t->failed)
        return;
    ft_audit_tick(t->audit);
    /* Lines of what changed nothing (refused orders, unlocking) are brought to disk by an empty commit. */
    if (t->gate.on && ft_audit_unsynced(t->audit) && t->gate.count == 0)
        ft_gate_handed_over(&t->gate, ft_store_submit(t->store, gw->universe, &t->journal));
}

void ft_trade_turn(struct ft_gateway *gw)
{
    if (!gw->trade || !gw->trade->brk)
        return; /* the start failed before there was one */
    write_audit(gw);
    ft_trade_publish(gw);
    /* Nobody waits for what is written behind: many turns of it make one commit. */
    uint64_t now_ms = uv_now(gw->loop);
    if (gw->trade->gate.on || now_ms - gw->trade->handed_over_ms >= WRITE_BEHIND_MS) {
        gw->trade->handed_over_ms = now_ms;
        hand_over(gw);
    }
    look_at_store(gw);
}

/* The accounts of the logins of the file; *out is the caller's to free. */
static int further_owners(const struct ft_gateway *gw, struct ft_brk_owner **out, struct ft_err *err)
{
    *out = calloc(gw->logins.count, sizeof **out);
    if (!*out)
        return ft_err_set(err, FT_ENOMEM, "no memory for the logins' accounts");
    for (size_t k = 1; k < gw->logins.count; k++) {
        const struct ft_login *l = &gw->logins.all[k];
        (*out)[k - 1] = (struct ft_brk_owner){.number = l->number,
                                              .initial_cash = l->initial_cash * FT_MONEY_SCALE};
        memcpy((*out)[k - 1].firms, l->firms, sizeof l->firms);
    }
    return 0;
}

static int start_broker(struct ft_gateway *gw, struct ft_err *err)
{
    struct ft_trade *t = gw->trade;
    const struct ft_config *c = &gw->config;
    int64_t now = gw->clock.world_start_ns;
    struct ft_brk_options options = {
        .initial_cash = c->initial_cash * FT_MONEY_SCALE,
        .paper = c->official_paper ? FT_PAPER_OFFICIAL : FT_PAPER_FULL,
        .chinese = c->lang == FT_LANG_CHS,
        .pdt_protection = c->pdt_protection,
        .dtcall_confirmation = c->dtcall_confirmation,
    };
    memcpy(options.firms, c->firm_list, sizeof options.firms);
    t->rules = ft_rulebook_load(ft_embedded_data, NULL, gw->universe, err);
    if (!t->rules || !(t->venue = ft_sim_venue_new(gw->world, err)))
        return -1;
    t->port = ft_sim_venue_port(t->venue);
    struct ft_brk_owner *owners;
    if (further_owners(gw, &owners, err))
        return -1;
    options.owners = owners;
    options.owner_count = gw->logins.count - 1;
    struct ft_brk *brk = ft_brk_new(gw->universe, t->rules, &t->port, &options, err);
    t->brk = brk;
    int bad = !brk || ft_store_load(t->store, gw->universe, brk, now - FT_RECENT_NS, err) ||
              ft_brk_begin(brk, now, err);
    free(owners);
    if (bad)
        return -1;
    if (ft_trade_push_start(t))
        return ft_err_set(err, FT_ENOMEM, "no memory for the accounts");
    hand_over(gw);
    return 0;
}

/* @locality storage thread. */
static int sync_audit(void *user, struct ft_err *err)
{
    return ft_audit_sync(user, err);
}

int ft_trade_open(struct ft_gateway *gw, struct ft_err *err)
{
    const struct ft_config *c = &gw->config;
    struct ft_trade *t = gw->trade = calloc(1, sizeof *t);
    if (!t)
        return ft_err_set(err, FT_ENOMEM, "no memory to start");
    ft_journal_init(&t->journal);
    ft_list_init(&t->holding);
    ft_buf_init(&t->scratch, FT_FRAME_HEADER + FT_FRAME_REPLY_MAX);
    ft_gate_init(&t->gate, gw->config.durability);
    uv_async_init(gw->loop, &t->wake, on_wake);
    t->wake.data = gw;
    /* It also keeps a second gateway off the same directory. */
    t->store = ft_store_open(c->data_dir, c->durability ? FT_DURABLE_FULL : FT_DURABLE_OFF,
                             committed, t, err);
    if (!t->store)
        return -1;
    t->audit = ft_audit_open(c->data_dir, (uint64_t)c->audit_max_size << 20, err);
    if (!t->audit)
        return -1;
    ft_store_sync_with(t->store, sync_audit, t->audit);
    return 0;
}

int ft_trade_start(struct ft_gateway *gw, struct ft_err *err)
{
    return start_broker(gw, err);
}

void ft_trade_settle(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    if (!t || !t->brk)
        return;
    for (int waited = 0; waited < SETTLE_PATIENCE_MS && !t->failed; waited++) {
        ft_trade_turn(gw);
        if (!t->gate.on || (t->gate.count == 0 && !ft_brk_has_changes(t->brk)))
            return;
        usleep(1000);
    }
    ft_warn("event=stop outcome=\"not everything is on disk yet\"");
}

void ft_trade_close_store(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    if (!t)
        return;
    if (t->brk && t->store)
        hand_over(gw);
    ft_store_close(t->store);
    t->store = NULL;
    ft_audit_close(t->audit);
    t->audit = NULL;
}

void ft_trade_free(struct ft_gateway *gw)
{
    struct ft_trade *t = gw->trade;
    if (!t)
        return;
    ft_brk_free(t->brk);
    ft_sim_venue_free(t->venue);
    ft_rulebook_free(t->rules);
    ft_journal_free(&t->journal);
    ft_buf_free(&t->scratch);
    free(t->pushed_to);
    free(t);
    gw->trade = NULL;
}

static void say(void *user, const char *line)
{
    (void)user;
    printf("%s\n", line);
}

int ft_trade_check(const struct ft_config *config)
{
    struct ft_err err = {0};
    int faults = ft_store_check(config->data_dir, say, NULL, &err);
    int of_audit = faults < 0 ? 0 : ft_audit_check(config->data_dir, say, NULL, &err);
    faults = of_audit < 0 ? -1 : faults + of_audit;
    if (faults < 0)
        fprintf(stderr, "opend: %s\n", err.text);
    else
        printf("%s: %d fault%s\n", config->data_dir, faults, faults == 1 ? "" : "s");
    return faults != 0;
}
