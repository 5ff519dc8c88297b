/* The operation console with a host of its own: whatever bytes come, in whatever pieces, every line that
 * is one gets a whole answer in the session's encoding, within the bounds; how the bytes are cut changes
 * nothing of what is said. */
#include "fuzz.h"
#include "gateway/console/core.h"

enum { DATA_MAX = 64 << 10 };

static size_t calls, much_calls;
static struct ft_gb2312 gb2312;

static void say_values(struct ft_console_call *call)
{
    calls++;
    for (size_t k = 0; k < FT_CONSOLE_PARAMS && call->command->param[k].name; k++)
        if (call->value[k]) {
            FUZZ_MUST(strlen(call->value[k]) <= 3 * FT_LINE_MAX / 2, "%zu", strlen(call->value[k]));
            ft_console_say(call->session, "%s", call->value[k]);
        }
}

static void defer(struct ft_console_call *call)
{
    calls++;
    ft_console_say(call->session, "a line that is taken back");
    ft_console_defer(call->session);
}

static void much(struct ft_console_call *call)
{
    calls++;
    for (int k = 0; k < 40 && much_calls < 2; k++) /* past FT_CONSOLE_OUT_WAIT with a few of them */
        ft_console_say(call->session, "%1000d", k);
    much_calls++;
}

static const struct ft_console_command commands[] = {
    {"s", say_values, "says", "说", {{"a", true, "a", "甲"}, {"b", false, "b", "乙"}}, 0, 0},
    {"l", say_values, "is limited", "限制", {{"a", false, "a", "甲"}}, 3, 10},
    {"d", defer, "defers", "延后", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"m", much, "much", "大量", FT_CONSOLE_NO_PARAMS, 0, 0},
    {"help", ft_console_help, "help", "帮助", {{"cmd", false, "c", "命令"}}, 0, 0},
};

struct run {
    struct ft_console console;
    struct ft_console_session s;
    struct ft_buf said;
};

static void send_all(struct run *r)
{
    struct ft_buf *out = &r->s.out;
    FUZZ_MUST(ft_buf_len(out) < FT_CONSOLE_OUT_WAIT + FT_CONSOLE_OUT_MAX, "%zu", ft_buf_len(out));
    if (ft_buf_len(out))
        FUZZ_MUST(ft_buf_append(&r->said, ft_buf_head(out), ft_buf_len(out)) == 0, "%zu bytes",
                  ft_buf_len(out));
    ft_buf_consume(out, ft_buf_len(out));
}

/* Does for the session what its owner does until it wants input. */
static void serve(struct run *r)
{
    while (!ft_console_wants_input(&r->s)) {
        if (r->s.deferred) {
            ft_console_take_back(&r->s);
            ft_console_say(&r->s, "done");
            ft_console_finish(&r->s, 1);
        } else {
            send_all(r);
            ft_console_pump(&r->s, 1);
        }
    }
    send_all(r);
}

static void run(struct run *r, const uint8_t *data, size_t size, uint8_t how, size_t piece)
{
    much_calls = 0;
    ft_console_init(&r->console, NULL, how & 1, true);
    if (!gb2312.to)
        ft_gb2312_open(&gb2312);
    r->console.gb2312 = gb2312;
    for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++)
        FUZZ_MUST(ft_console_add(&r->console, &commands[k]) == 0, "no memory%s", "");
    ft_console_session_init(&r->s, &r->console, how & 2 ? FT_CHARSET_UTF8 : FT_CHARSET_GB2312, how & 4);
    ft_buf_init(&r->said, (size_t)1 << 30);
    for (size_t at = 0; at < size;) {
        size_t n = size - at < piece ? size - at : piece;
        uint8_t *copy = malloc(n); /* exact, so that reading past it is found out */
        FUZZ_MUST(copy != NULL, "no memory%s", "");
        memcpy(copy, data + at, n);
        FUZZ_MUST(ft_console_feed(&r->s, copy, n, 1) == 0, "%zu bytes", n);
        free(copy);
        serve(r);
        at += n;
    }
}

static void end(struct run *r)
{
    ft_buf_free(&r->said);
    ft_console_session_done(&r->s);
    r->console.gb2312 = (struct ft_gb2312){0}; /* opened once: it costs more than all the rest */
    ft_console_done(&r->console);
}

/* Lines end with CR LF, hold no other control character, and read back in the encoding. */
static void check_said(struct run *r)
{
    const char *text = (const char *)fuzz_bytes(&r->said);
    size_t n = ft_buf_len(&r->said);
    static char utf8[8 << 10];
    for (size_t at = 0; at < n;) {
        const char *cr = memchr(text + at, '\r', n - at);
        FUZZ_MUST(cr && cr + 1 < text + n && cr[1] == '\n', "a line without its end at %zu", at);
        size_t len = (size_t)(cr - text) - at;
        for (size_t k = 0; k < len; k++)
            FUZZ_MUST((unsigned char)text[at + k] >= ' ', "control %d", text[at + k]);
        FUZZ_MUST(ft_charset_read(&r->console.gb2312, r->s.charset, text + at, len, utf8,
                                  sizeof utf8) == 0, "%zu bytes not in the encoding", len);
        at += len + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run whole, pieces; /* first byte: language, encoding, Telnet; second: piece */
    if (size < 2 || size > DATA_MAX)
        return 0;
    calls = 0;
    run(&whole, data + 2, size - 2, data[0], FT_CONSOLE_READ);
    size_t calls_whole = calls;
    check_said(&whole);
    run(&pieces, data + 2, size - 2, data[0], data[1] % 64 + 1);
    FUZZ_MUST(calls - calls_whole == calls_whole, "%zu and %zu calls", calls_whole, calls - calls_whole);
    FUZZ_MUST(fuzz_same(&whole.said, &pieces.said), "%zu and %zu bytes", ft_buf_len(&whole.said),
              ft_buf_len(&pieces.said));
    end(&whole);
    end(&pieces);
    return 0;
}
