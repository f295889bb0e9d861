/* SPDX-License-Identifier: MPL-2.0 */
/* What every kind of store brings along; and what the kinds share. */
#pragma once

#include "mail/store.h"
#include "mail/turn.h"

#define MAIL_SEARCH_OCTETS  (1U << 20)            /* of each message that are looked at */
#define MAIL_SEARCH_SECONDS (10 * G_USEC_PER_SEC) /* how long one search may take */

/* The calls of mail/store.h; arguments are there, the limit of a page holds. The turn of the store
 * is the caller's, but for search(), and for reading if @reads_aside: these wait for nobody. */
typedef struct {
	bool reads_aside;
	GPtrArray *(*folders)(MailStore *store, GCancellable *stop, GError **error);
	bool (*make)(MailStore *store, const char *name, GCancellable *stop, GError **error);
	MailPage *(*list)(MailStore *store, const char *folder, const MailQuery *query,
			  GCancellable *stop, GError **error);
	MailPage *(*search)(MailStore *store, const char *folder, const MailQuery *query,
			    GCancellable *stop, GError **error);
	GBytes *(*read)(MailStore *store, const char *folder, const char *id, MailFlags *flags,
			GCancellable *stop, GError **error);
	bool (*flag)(MailStore *store, const char *folder, const char *id, MailChange change,
		     GCancellable *stop, GError **error);
	char *(*move)(MailStore *store, const char *folder, const char *id, const char *to,
		      GCancellable *stop, GError **error);
	bool (*remove)(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		       GError **error);
	char *(*append)(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
			GCancellable *stop, GError **error);
	void (*free)(MailStore *store);
} MailStoreClass;

struct MailStore {
	const MailStoreClass *klass;
	MailTurn turn;
};

/* The next character of valid UTF-8. */
static inline const char *
mail_next(const char *p)
{
	return p + g_utf8_skip[(uint8_t)*p];
}

void mail_store_init(MailStore *store, const MailStoreClass *klass);

/* What a folder is for, by its name for people, in a dozen languages. */
MailRole mail_role_of(const char *name);
/* Inbox first, then those with a role, then by name; each role once. */
void mail_folders_sort(GPtrArray *folders);

/* Whether @text can be an id or a part of one: UTF-8 without control characters, not empty. */
bool mail_is_clean(const char *text);

GPtrArray *mail_folders_new(void);
MailPage *mail_page_new(void);
MailEntry *mail_entry_new(const char *id, MailFlags flags);

/* The header at the begin of @octets, without the empty line. */
GBytes *mail_header_of(BaseBytes octets);

/* Whether all words are in the raw octets, ASCII letters without case. */
bool mail_has_words(BaseBytes octets, const char *words);
