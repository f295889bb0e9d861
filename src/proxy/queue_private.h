/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of the queue. */
#pragma once

#include "proxy/queue.h"

#define QUEUE_HELD       ".held"
#define QUEUE_DUE        ".due"
#define QUEUE_SENT       ".sent"
#define QUEUE_UNANSWERED "unanswered"

/* HOME/queue/LOGIN; (transfer full). */
char *queue_folder(const Login *login);
/* Makes it. PS_ERROR_CREATE. */
bool queue_make_folder(const char *path, GError **error);
/* The folder's names with this ending, in order; (transfer full). */
GPtrArray *queue_list(const char *folder, const char *ending);
/* Removes receipts that nobody will ask for any more. */
void queue_receipts_prune(const char *folder);
/* New files and names of @folder survive a power cut. */
bool queue_sync(const char *folder, GError **error);
/* Whether @path is older than a mail program would try again. */
bool queue_is_old(const char *path);
