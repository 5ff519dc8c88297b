#include "gateway/account_info.h"

#include "Qot_Common.pb-c.h"

enum {
    LV1 = QOT__COMMON__QOT_RIGHT__QotRight_Level1,
    LV2 = QOT__COMMON__QOT_RIGHT__QotRight_Level2,
    NONE = QOT__COMMON__QOT_RIGHT__QotRight_No,
};

/* The highest right that exists for what the embedded market offers (platform.md 11.3); "no" for
 * markets that it does not have. Rows: field of both messages, right. */
#define RIGHTS(ROW)                                                                                \
    ROW(hkoptionqotright, LV2)                                                                     \
    ROW(hkfutureqotright, LV2)                                                                     \
    ROW(usfutureqotright, LV2)                                                                     \
    ROW(usoptionqotright, LV1)                                                                     \
    ROW(usindexqotright, LV1)                                                                      \
    ROW(usotcqotright, LV1)                                                                        \
    ROW(uscmefutureqotright, LV2)                                                                  \
    ROW(uscbotfutureqotright, LV2)                                                                 \
    ROW(usnymexfutureqotright, LV2)                                                                \
    ROW(uscomexfutureqotright, LV2)                                                                \
    ROW(uscboefutureqotright, LV2)                                                                 \
    ROW(sgfutureqotright, LV2)                                                                     \
    ROW(jpfutureqotright, LV2)                                                                     \
    ROW(shqotright, LV1)                                                                           \
    ROW(szqotright, LV1)                                                                           \
    ROW(ccqotright, NONE)                                                                          \
    ROW(sgstockqotright, LV2)                                                                      \
    ROW(mystockqotright, NONE)                                                                     \
    ROW(jpstockqotright, LV2)                                                                      \
    ROW(ecqotright, NONE)

#define SET(field, right) out->has_##field = 1, out->field = (right);

void ft_account_quote_rights(Notify__QotRight *out)
{
    out->hkqotright = LV2;
    out->usqotright = LV2;
    out->cnqotright = LV1;
    out->has_hasusoptionqotright = out->hasusoptionqotright = 1;
    RIGHTS(SET)
}

void ft_account_user_rights(GetUserInfo__S2C *out)
{
    SET(hkqotright, LV2)
    SET(usqotright, LV2)
    SET(cnqotright, LV1)
    SET(hasusoptionqotright, 1)
    RIGHTS(SET)
}
