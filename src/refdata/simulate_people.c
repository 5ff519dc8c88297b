/* Executives (3244) and the institutions' holdings by quarter (3240): forms by the proto files. */
#include "refdata/simulate.h"

#include <math.h>
#include <stdio.h>

enum {
    COUNT = 60,
    BEGIN = 61,
    AGE = 62,
    PAY = 63,
    SEX = 64,
    DEGREE = 65,
    HOLD = 66,
    MANY = 67,
    QUARTERS = 20,
    TOLD_AFTER_DAYS = 45
};

static const struct {
    const char *en, *chs;
} posts[] = {
    {"Chairman", "董事长"},
    {"Chief Executive Officer", "首席执行官"},
    {"Chief Financial Officer", "首席财务官"},
    {"Chief Operating Officer", "首席运营官"},
    {"Company Secretary", "公司秘书"},
    {"Executive Director", "执行董事"},
    {"Independent Director", "独立董事"},
};
static const struct {
    const char *en, *chs;
} degrees[] = {
    {"Bachelor", "本科"},
    {"Master", "硕士"},
    {"Doctor", "博士"},
};
#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

int ft_sim_executives(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    int n = 6 + (int)(ft_sim_draw(c, COUNT, 0) * 8), year = ft_date_of(c->today).year;
    /* The annual report of the spring tells of them. */
    ft_day told =
        ft_day_of(year, 3, 31) < c->today ? ft_day_of(year, 3, 31) : ft_day_of(year - 1, 3, 31);
    int told_year = ft_date_of(told).year;
    for (int who = 0; who < n; who++) {
        uint64_t k = (uint64_t)who;
        size_t post = k < COUNT_OF(posts) ? k : COUNT_OF(posts) - 1;
        size_t choices = COUNT_OF(degrees);
        size_t degree = (size_t)(ft_sim_draw(c, DEGREE, k) * (double)choices);
        ProtobufCMessage *m = ft_sim_add(s);
        if (!m)
            return -1;
        char *name =
            ft_sim_text(s, FT_SIM_TEXT(s, "Simulated Executive %02d", "模拟高管 %02d"), who + 1);
        ft_ref_set_text(m, "displayLeaderName", name);
        ft_ref_set_text(m, "leaderName", name);
        ft_ref_set_text(m, "positionName", FT_SIM_TEXT(s, posts[post].en, posts[post].chs));
        ft_sim_day(s, m, "beginDate",
                   ft_day_of(2012, 1, 1) + (ft_day)(ft_sim_draw(c, BEGIN, k) * 4000), 0);
        ft_ref_set_text(m, "leaderGender",
                        ft_sim_draw(c, SEX, k) < 0.5 ? FT_SIM_TEXT(s, "Female", "女")
                                                     : FT_SIM_TEXT(s, "Male", "男"));
        int born = 1955 + (int)(ft_sim_draw(c, AGE, k) * 28);
        ft_ref_set_text(m, "leaderAge", ft_sim_text(s, "%d", told_year - born));
        ft_ref_set_text(m, "highestEducation",
                        FT_SIM_TEXT(s, degrees[degree].en, degrees[degree].chs));
        ft_ref_set_int(m, "annualSalary", 100000 + (int64_t)(ft_sim_draw(c, PAY, k) * 90) * 50000);
        ft_sim_day(s, m, "issueDate", told, 0);
    }
    return 0;
}

/* ---- 3240 ------------------------------------------------------------------------------------------ */

/* Quarters are counted from year 0. */
static int64_t institutions(const struct ft_ref_company *c, int quarter)
{
    double level = 30 + 1500 * pow(ft_sim_draw(c, MANY, 0), 2);
    return (int64_t)(level * (0.85 + 0.3 * ft_sim_wave(c, MANY, quarter, 3)));
}

static int64_t held(const struct ft_ref_company *c, int quarter)
{
    double level = 0.15 + 0.5 * ft_sim_draw(c, HOLD, 0);
    return (int64_t)(level * (0.85 + 0.3 * ft_sim_wave(c, HOLD, quarter, 3)) * (double)c->issued);
}

static double percent(const struct ft_ref_company *c, int64_t shares)
{
    return ft_sim_round((double)shares / (double)c->issued * 100, 4);
}

static ft_day quarter_end(int quarter)
{
    int month = quarter % 4 * 3 + 3;
    return ft_day_of(quarter / 4, month, ft_days_in_month(quarter / 4, month));
}

int ft_sim_institutional(struct ft_sim_records *s)
{
    const struct ft_ref_company *c = s->c;
    struct ft_date d = ft_date_of(c->today);
    int last = d.year * 4 + (d.month - 1) / 3;
    while (quarter_end(last) + TOLD_AFTER_DAYS >= c->today)
        last--;
    for (int quarter = last; quarter > last - QUARTERS; quarter--) {
        int64_t many = institutions(c, quarter), shares = held(c, quarter);
        ProtobufCMessage *m = ft_sim_add(s);
        if (!m)
            return -1;
        ft_ref_set_text(m, "periodText", ft_sim_text(s, "%d/Q%d", quarter / 4, quarter % 4 + 1));
        ft_ref_set_int(m, "institutionQuantity", many);
        ft_ref_set_int(m, "institutionQuantityChange", many - institutions(c, quarter - 1));
        ft_ref_set_int(m, "holderQuantity", shares);
        ft_ref_set_int(m, "holderQuantityChange", shares - held(c, quarter - 1));
        ft_ref_set_real(m, "holderPct", percent(c, shares));
        ft_ref_set_real(m, "holderPctChange",
                        ft_sim_round(percent(c, shares) - percent(c, held(c, quarter - 1)), 4));
    }
    ProtobufCMessage *figures = ft_ref_new(s->s2c, s->arena);
    if (!figures)
        return -1;
    ft_day told = quarter_end(last) + TOLD_AFTER_DAYS;
    char day[11];
    ft_day_print(told, day);
    ft_ref_set_int(figures, "updateTime", ft_tz_to_utc(c->zone, told, 0));
    ft_ref_set_text(figures, "updateTimeStr", ft_sim_text(s, "%s 00:00:00", day));
    s->out->figures = figures;
    return 0;
}
