/* Corporate events that no price follows from: new issues, holders and their changes, temporary
 * codes. All of it is invented from the seed (names too: none is a real one), the same every time. */
#ifndef FT_SIM_CORPORATE_H
#define FT_SIM_CORPORATE_H

#include "sim/model.h"

/* A company that is about to list, or has just done so. Days are trading days of the market. */
struct ft_ipo {
    char code[FT_CODE_MAX + 1]; /* none that the universe has */
    char name_en[48], name_sc[48];
    ft_day list_day, apply_start, apply_end, winning_day, approval_day, confirm_day;
    ft_price price_min, price_max, list_price; /* list_price: 0 before it lists */
    int32_t lot;
    int64_t shares, online_shares;
    double issue_pe, industry_pe, winning_ratio; /* percent */
    uint64_t draw; /* further invented numbers are made of it */
};
enum { FT_IPOS_MAX = 8 };
/* Issues of a market around a local day, by listing day; returns the count. */
size_t ft_model_ipos(const struct ft_model *m, int market, ft_day today,
                     struct ft_ipo out[FT_IPOS_MAX]);

/* A holder's newest report of a span. `category`: Qot_Common.HolderCategory. */
struct ft_holding {
    char name[48];
    double quantity, ratio;         /* shares; percent of the company */
    double change, change_ratio;    /* shares against the report before; percent of that holding */
    ft_day day;                     /* published */
};
enum { FT_HOLDINGS_MAX = 100 };
/* At most the 100 largest with a report in [from, to], largest first. */
size_t ft_model_holdings(const struct ft_model *m, ft_inst i, int category, ft_day from, ft_day to,
                         struct ft_holding out[FT_HOLDINGS_MAX]);

/* A split of a Hong Kong stock, during which a temporary code trades beside it. */
struct ft_code_change {
    char temporary[FT_CODE_MAX + 1];
    ft_day announced, effective, end;
};
/* False: the stock had none that was announced by `until`. */
bool ft_model_code_change(const struct ft_model *m, ft_inst i, ft_day until,
                          struct ft_code_change *out);

#endif
