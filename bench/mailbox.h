/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes made for the benchmark. */
#pragma once

#include <glib.h>

/* A Maildir @dir/@name with @n messages of 10 KB from 500 people; of a hundred, @per_cent are
 * signed by accounts of a postseal home @dir/senders. Ends the program if that fails. */
void bench_mailbox_make(const char *dir, const char *name, guint n, guint per_cent);

/* (transfer full) One signed message of the kind that is in such a mailbox. */
GBytes *bench_mailbox_signed(const char *dir);
