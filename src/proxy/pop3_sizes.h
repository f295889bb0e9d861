/* SPDX-License-Identifier: MPL-2.0 */
/* What RETR sends of each message, as far as it is known: in the session by number, in the daemon
 * by unique-id. */
#pragma once

#include "base/bytes.h"

#define POP3_SIZE_UNKNOWN 0U
#define POP3_SIZE_AS_IS   1U /* the provider's size; every other number is that of a view */

typedef struct Pop3Sizes Pop3Sizes;

/* @mailbox names the mailbox for all sessions of the daemon. */
Pop3Sizes *pop3_sizes_new(const char *mailbox);
void pop3_sizes_free(Pop3Sizes *sizes);

/* Message @number has this unique-id: what other sessions found out counts from now on. */
void pop3_sizes_name(Pop3Sizes *sizes, guint32 number, BaseBytes id);

/* There are @count messages whose unique-ids are not known. */
void pop3_sizes_reserve(Pop3Sizes *sizes, guint32 count);

/* Messages that are numbered so far. */
guint32 pop3_sizes_count(const Pop3Sizes *sizes);

guint64 pop3_sizes_get(const Pop3Sizes *sizes, guint32 number);
void pop3_sizes_set(Pop3Sizes *sizes, guint32 number, guint64 size);

/* Whether any message is shown with another size than the provider's. */
bool pop3_sizes_differ(const Pop3Sizes *sizes);
