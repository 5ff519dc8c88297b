#include "gateway/bounds.h"

#include <math.h>

/* Cut, not rounded; a hair is added so that 1.001, which no double is, stays 1.001. */
static double cut(double v, int decimals)
{
    double scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    double scaled = v * scale, hair = fabs(scaled) * 1e-12 + 1e-9;
    return trunc(scaled + (v < 0 ? -hair : hair)) / scale;
}

static bool number(struct ft_gateway *gw, struct ft_request *req, const char *name, double v)
{
    if (!isnan(v))
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED, FT_TEXT(gw, "%s is not a number", "%s 不是数字"), name);
    return false;
}

bool ft_bound_settle(struct ft_gateway *gw, struct ft_request *req, struct ft_bound *b,
                     int decimals)
{
    if ((b->has_min && !number(gw, req, b->min_name, b->min)) ||
        (b->has_max && !number(gw, req, b->max_name, b->max)))
        return false;
    if (b->has_min)
        b->min = isinf(b->min) ? b->min : cut(b->min, decimals);
    if (b->has_max)
        b->max = isinf(b->max) ? b->max : cut(b->max, decimals);
    if (!b->has_min || !b->has_max || b->min <= b->max)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s %.10g is above %s %.10g", "%s %.10g 大于 %s %.10g"),
                   b->min_name, b->min, b->max_name, b->max);
    return false;
}

bool ft_need_number(struct ft_gateway *gw, struct ft_request *req, const char *name, int64_t value,
                    int64_t low, int64_t high)
{
    if (value >= low && value <= high)
        return true;
    ft_reply_error(gw, req, FT_RET_FAILED,
                   FT_TEXT(gw, "%s %lld: allowed are %lld to %lld",
                           "%s %lld 无效：可用 %lld 至 %lld"),
                   name, (long long)value, (long long)low, (long long)high);
    return false;
}
