/* SPDX-License-Identifier: MPL-2.0 */
/* Inside the folder only: statements with typed arguments over one SQLite connection. */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

#define STORE_FILE           "postseal.db"
#define STORE_APPLICATION_ID INT64_C(0x5073656c) /* "Psel" */
#define STORE_BUSY_MS        5000

struct Store {
	sqlite3 *db;
	GHashTable *statements; /* address of the SQL literal -> sqlite3_stmt */
	unsigned depth;         /* of nested transactions */
	bool doomed;            /* a nested transaction was rolled back */
	bool reading;           /* the outermost transaction only reads */
	bool read_only;
};

/* What a failed call means, in PS_ERROR and one sentence. */
bool store_fail(sqlite3 *db, int code, GError **error);

/* One argument of a statement; borrowed until the statement has run. */
typedef struct {
	enum {
		STORE_ARG_END,
		STORE_ARG_INT,
		STORE_ARG_TEXT,
		STORE_ARG_BLOB,
		STORE_ARG_HEX
	} type;

	int64_t number;
	const char *text;
	BaseBytes bytes;
} StoreArg;

#define INT(v)    ((StoreArg){.type = STORE_ARG_INT, .number = (v)})
#define TEXT(v)   ((StoreArg){.type = STORE_ARG_TEXT, .text = (v)})  /* NULL is NULL */
#define BLOB(v)   ((StoreArg){.type = STORE_ARG_BLOB, .bytes = (v)}) /* p NULL is NULL */
#define BYTES(v)  BLOB(base_bytes_of(v))                             /* of a GBytes */
#define HEX(v)    ((StoreArg){.type = STORE_ARG_HEX, .text = (v)})   /* hex text kept as octets */
#define ARGS(...) ((const StoreArg[]){__VA_ARGS__, {.type = STORE_ARG_END}})
#define NO_ARGS   ((const StoreArg[]){{.type = STORE_ARG_END}})

/* A running statement; the guard resets it. A statement is prepared once for the life of its Store,
 * keyed by the address of @sql, which is therefore a string that never goes. */
typedef struct sqlite3_stmt StoreRows;
void store_rows_reset(StoreRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreRows, store_rows_reset)

typedef enum {
	STORE_ROW,
	STORE_END,
	STORE_FAILED,
} StoreStep;

StoreRows *store_query(Store *store, const char *sql, const StoreArg *args, GError **error);
StoreStep store_next(StoreRows *rows, GError **error);

/* Runs a statement that gives no rows. */
bool store_run(Store *store, const char *sql, const StoreArg *args, GError **error);
/* The same with the number of rows it changed. */
bool store_run_count(Store *store, const char *sql, const StoreArg *args, int64_t *changed,
		     GError **error);
/* One number; 0 if there is no row or it is NULL. */
bool store_number(Store *store, const char *sql, const StoreArg *args, int64_t *out,
		  GError **error);
/* Several statements without arguments or results. */
bool store_script(sqlite3 *db, const char *sql, GError **error);

/* Columns; NULL for NULL. */
char *store_column_text(StoreRows *rows, int column);
char *store_column_hex(StoreRows *rows, int column);
GBytes *store_column_bytes(StoreRows *rows, int column);
int64_t store_column_int(StoreRows *rows, int column);
bool store_column_bool(StoreRows *rows, int column);

/* Enums are kept by name, so that the file explains itself; an unknown name reads as 0. */
unsigned store_column_enum(StoreRows *rows, int column, const char *const *names, size_t n);
bool store_name_parse(const char *const *names, size_t n, const char *name, unsigned *out);

/* 16 octets that stand for @text. */
GBytes *store_digest(const char *text);

/* Runs a query and collects one element per row. */
typedef gpointer (*StoreRead)(StoreRows *row);
GPtrArray *store_collect(StoreRows *rows, StoreRead read, GDestroyNotify destroy, GError **error);
/* The first row, *out NULL without one. */
bool store_first(StoreRows *rows, StoreRead read, gpointer *out, GError **error);

/* schema.c: brings @db to the newest version; PS_ERROR_UNSUPPORTED, PS_ERROR_MALFORMED (not ours).
 */
int64_t store_schema_version(void);
bool store_migrate(sqlite3 *db, GError **error);
/* The version of @db if it is ours and known to us; 0 for an empty one. */
bool store_version(sqlite3 *db, int64_t *out, GError **error);
/* For tests of migrations: as store_migrate(), but stops at @version. */
bool store_migrate_to(sqlite3 *db, int64_t version, GError **error);

/* open.c */
void store_configure(sqlite3 *db);
Store *store_wrap(sqlite3 *db, bool read_only);
/* A new database in memory. */
bool store_memory(sqlite3 **out, GError **error);

/* leaf.c: the certificates (of int64_t) that an identity refers to, and the end of those nobody
 * needs. */
GArray *store_certificates_of(Store *store, int64_t identity, GError **error);
bool store_certificates_sweep(Store *store, const GArray *certificates, GError **error);
