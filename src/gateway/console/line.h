/* Bytes in, lines out (spec platform.md 3.1): a line ends with CR LF, LF or CR alone. Of Telnet only
 * what must be: its commands and negotiations are taken out and never answered, and control
 * characters mean nothing (RFC 854: "other codes ... have no effect"). No socket here. */
#ifndef FT_GATEWAY_CONSOLE_LINE_H
#define FT_GATEWAY_CONSOLE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_LINE_MAX = 1024 };

enum ft_telnet_state {
    FT_TELNET_DATA,
    FT_TELNET_IAC,    /* the byte after 255 */
    FT_TELNET_OPTION, /* the byte after WILL, WONT, DO or DONT */
    FT_TELNET_SUB,    /* inside SB ... IAC SE */
    FT_TELNET_SUB_IAC,
};

struct ft_line_reader {
    bool telnet; /* byte 255 is Telnet's */
    enum ft_telnet_state state;
    bool after_cr; /* LF or NUL now belongs to the line end before it */
    bool whole;    /* the line was handed out */
    bool overlong; /* more bytes came than text holds; they are dropped */
    size_t len;
    char text[FT_LINE_MAX + 1];
};

void ft_line_reader_init(struct ft_line_reader *r, bool telnet);
/* Takes bytes up to the end of the next line and returns how many. *whole tells whether the line is
 * there: r->text[0..r->len), NUL behind it, in whatever encoding came; r->overlong. It is forgotten
 * with the next call. */
size_t ft_line_read(struct ft_line_reader *r, const uint8_t *bytes, size_t n, bool *whole);

#endif
