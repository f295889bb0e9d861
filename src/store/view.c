/* SPDX-License-Identifier: MPL-2.0 */
/* How a message is shown. */
#include "store/view.h"

#include "store/sqlite.h"

void
store_view_free(StoreView *view)
{
	if (view == NULL) {
		return;
	}
	g_free(view->status);
	g_free(view->summary);
	g_free(view);
}

static gpointer
read_view(StoreRows *row)
{
	StoreView *view = g_new0(StoreView, 1);
	view->opened = store_column_bool(row, 0);
	view->outer_from = store_column_bool(row, 1);
	view->status = store_column_text(row, 2);
	view->summary = store_column_text(row, 3);
	view->size = store_column_int(row, 4);
	view->time = store_column_int(row, 5);
	view->taught = store_column_bool(row, 6);
	return view;
}

bool
store_view_get(Store *store, BaseBytes message, const char *account, StoreView **out,
	       GError **error)
{
	static const char sql[] = "SELECT opened, outer_from, status, summary, size, time, taught"
				  " FROM view WHERE message=? AND account=?";
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(BLOB(message), TEXT(account)), error);
	gpointer view = NULL;
	if (rows == NULL || !store_first(rows, read_view, &view, error)) {
		return false;
	}
	*out = view;
	return true;
}

bool
store_view_put(Store *store, BaseBytes message, const char *account, const StoreView *view,
	       GError **error)
{
	static const char sql[] =
		"INSERT INTO view(message, account, opened, outer_from, status, summary, size,"
		" time, taught) VALUES(?,?,?,?,?,?,?,?,?)";
	return store_run(store, sql,
			 ARGS(BLOB(message), TEXT(account), INT(view->opened),
			      INT(view->outer_from), TEXT(view->status), TEXT(view->summary),
			      INT(view->size), INT(view->time), INT(view->taught)),
			 error);
}

bool
store_view_teach(Store *store, BaseBytes message, GError **error)
{
	return store_run(store, "UPDATE view SET taught=1 WHERE message=?", ARGS(BLOB(message)),
			 error);
}
