/* Company data in the gateway: where the records of an instrument come from, and their import.
 *
 * For each protocol and instrument the first of these that has records: what the user imported (in
 * the store), what is shipped (data/refdata/), what is invented from the world's seed. */
#ifndef FT_GATEWAY_REFDATA_H
#define FT_GATEWAY_REFDATA_H

#include "gateway/config.h"
#include "market/universe.h"
#include "refdata/refdata.h"
#include "store/store.h"

struct ft_gateway;

struct ft_refdata {
    struct ft_store *store;
    struct ft_store *own; /* the same when it was opened here */
    struct ft_ref_records shipped;
};

/* After the market: reads what is shipped. `store` is where imports are and must outlive the last
 * request; NULL: the one of data_dir is opened here. -1 with a reason; ft_refdata_free cleans up. */
int ft_refdata_start(struct ft_gateway *gw, struct ft_store *store, struct ft_err *err);
void ft_refdata_free(struct ft_gateway *gw);

/* All records of an instrument for a list of a declared protocol, in gw->arena. */
int ft_refdata_rows(struct ft_gateway *gw, const struct ft_ref_decl *d, int list,
                    const struct ft_instrument *inst, struct ft_ref_rows *out, struct ft_err *err);

/* `opend -import_refdata=FILE`: all records of the file into the store of data_dir, or none. Tells each
 * fault on stderr with its line. Exit code. */
int ft_refdata_import(const struct ft_config *config);

#endif
