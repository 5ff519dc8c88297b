/* The schema of the database file and its versions. For this folder and its tests. */
#ifndef FT_STORE_SCHEMA_H
#define FT_STORE_SCHEMA_H

#include "base/err.h"

#include <sqlite3.h>
#include <stdbool.h>

/* PRAGMA application_id: "ftod" as a number, so that file(1) and we know the file. */
enum { FT_STORE_APP_ID = 0x66746F64 };

/* The version that this program reads and writes. */
int ft_schema_latest(void);

/* The file's version: 0 for an empty one. -1 with a reason: not SQLite, another program's, damaged.
 * Changes nothing. */
int ft_schema_version(sqlite3 *db, struct ft_err *err);

/* Brings the file to `version` (at most the latest), each step in a transaction of its own: after a
 * crash the next start goes on. A version above the latest is refused. */
int ft_schema_migrate(sqlite3 *db, int version, struct ft_err *err);

#endif
