#include "gateway/console/line.h"

enum { CR = 13, LF = 10, TAB = 9, DEL = 127 };
enum { SE = 240, SB = 250, WILL = 251, DONT = 254, IAC = 255 }; /* RFC 854 */

void ft_line_reader_init(struct ft_line_reader *r, bool telnet)
{
    *r = (struct ft_line_reader){.telnet = telnet};
}

/* True: the byte is Telnet's. */
static bool negotiation(struct ft_line_reader *r, uint8_t b)
{
    switch (r->state) {
    case FT_TELNET_DATA:
        if (b != IAC)
            return false;
        r->state = FT_TELNET_IAC;
        return true;
    case FT_TELNET_IAC:
        r->state = b == SB                   ? FT_TELNET_SUB
                   : b >= WILL && b <= DONT ? FT_TELNET_OPTION
                                            : FT_TELNET_DATA;
        return b != IAC; /* IAC IAC is the byte itself */
    case FT_TELNET_OPTION: r->state = FT_TELNET_DATA; return true;
    case FT_TELNET_SUB:
        if (b == IAC)
            r->state = FT_TELNET_SUB_IAC;
        return true;
    case FT_TELNET_SUB_IAC: r->state = b == SE ? FT_TELNET_DATA : FT_TELNET_SUB; return true;
    }
    return true;
}

static void add(struct ft_line_reader *r, uint8_t b)
{
    if (b == TAB)
        b = ' ';
    if (b < ' ' || b == DEL)
        return;
    if (r->len == FT_LINE_MAX)
        r->overlong = true;
    else
        r->text[r->len++] = (char)b;
}

size_t ft_line_read(struct ft_line_reader *r, const uint8_t *bytes, size_t n, bool *whole)
{
    if (r->whole) {
        r->len = 0;
        r->whole = r->overlong = false;
    }
    *whole = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = bytes[i];
        if (r->telnet && negotiation(r, b))
            continue;
        bool second = r->after_cr && b == LF;
        r->after_cr = b == CR || (r->after_cr && b == 0);
        if (second)
            continue;
        if (b != CR && b != LF) {
            add(r, b);
            continue;
        }
        *whole = r->whole = true;
        r->text[r->len] = '\0';
        return i + 1;
    }
    return n;
}
