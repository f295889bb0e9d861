/* SPDX-License-Identifier: MPL-2.0 */
/* The local post: from one account's outbox into the others' Maildirs. */
#include "mail/maildir.h"
#include "mail/outlet_private.h"

typedef struct {
	MailOutlet base;
	GHashTable *boxes; /* address -> path */
} Post;

static const char *
box_of(const Post *post, const char *address)
{
	g_autofree char *key = g_utf8_strdown(address, -1);
	return g_hash_table_lookup(post->boxes, key);
}

/* Refuses whom nobody knows; whether somebody was. */
static bool
refuse_strangers(const Post *post, GPtrArray *fates)
{
	bool any = false;
	for (guint i = 0; i < fates->len; i++) {
		MailDelivery *delivery = g_ptr_array_index(fates, i);
		if (box_of(post, delivery->address) == NULL) {
			mail_delivery_set(delivery, MAIL_FATE_REFUSED, 550,
					  "5.1.1 nobody here by that name");
			any = true;
		}
	}
	return any;
}

/* With the lines of a delivery agent before it (RFC 5321 section 4.4). */
static GBytes *
delivered_octets(const MailEnvelope *envelope, const char *to, GBytes *octets)
{
	g_autoptr(GByteArray) all = g_byte_array_new();
	BaseBytes message = base_bytes_of(octets);
	const uint8_t *lf = memchr(message.p, '\n', message.n);
	const char *end = lf != NULL && lf > message.p && lf[-1] == '\r' ? "\r\n" : "\n";
	g_autofree char *lines = g_strdup_printf("Return-Path: <%s>%sDelivered-To: %s%s",
						 envelope->from, end, to, end);
	g_byte_array_append(all, (const guint8 *)lines, (guint)strlen(lines));
	g_byte_array_append(all, message.p, (guint)message.n);
	return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static void
deliver(const Post *post, const MailEnvelope *envelope, MailDelivery *delivery, GBytes *octets)
{
	g_autoptr(GError) trouble = NULL;
	g_autoptr(GBytes) copy = delivered_octets(envelope, delivery->address, octets);
	if (mail_maildir_deliver(box_of(post, delivery->address), copy, &trouble)) {
		mail_delivery_set(delivery, MAIL_FATE_TAKEN, 250, "2.1.5 delivered");
	} else {
		mail_delivery_set(delivery, MAIL_FATE_LATER, 451, trouble->message);
	}
}

static bool
post_send(MailOutlet *outlet, const MailEnvelope *envelope, GBytes *octets, GPtrArray *fates,
	  G_GNUC_UNUSED GCancellable *stop, G_GNUC_UNUSED GError **error)
{
	const Post *post = (const Post *)outlet;
	bool strangers = refuse_strangers(post, fates);
	for (guint i = 0; i < fates->len; i++) {
		MailDelivery *delivery = g_ptr_array_index(fates, i);
		if (delivery->fate == MAIL_FATE_REFUSED) {
			continue;
		}
		if (strangers && envelope->all) {
			mail_delivery_set(delivery, MAIL_FATE_SKIPPED, 0, NULL);
		} else {
			deliver(post, envelope, delivery, octets);
		}
	}
	return true;
}

static void
post_free(MailOutlet *outlet)
{
	Post *post = (Post *)outlet;
	g_hash_table_unref(post->boxes);
	g_free(post);
}

MailOutlet *
mail_outlet_new_local(GHashTable *boxes)
{
	static const MailOutletClass klass = {post_send, NULL, post_free};
	Post *post = g_new0(Post, 1);
	mail_outlet_init(&post->base, &klass);
	post->boxes = boxes;
	return &post->base;
}
