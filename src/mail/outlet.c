/* SPDX-License-Identifier: MPL-2.0 */
/* Outlets of any kind. */
#include "mail/outlet_private.h"

#include "mail/login.h"
#include "mail/store_private.h"

#define ADDRESS_MAX    320U /* octets: commands are cut at 512 */
#define RECIPIENTS_MAX 1000U
#define REPLY_MAX      500U /* octets of a server's words that are kept */

const char *
mail_fate_name(MailFate fate)
{
	static const char *const names[] = {
		[MAIL_FATE_TAKEN] = "taken",   [MAIL_FATE_REFUSED] = "refused",
		[MAIL_FATE_LATER] = "later",   [MAIL_FATE_SKIPPED] = "skipped",
		[MAIL_FATE_UNSURE] = "unsure",
	};
	return names[fate];
}

void
mail_outlet_init(MailOutlet *outlet, const MailOutletClass *klass)
{
	outlet->klass = klass;
	mail_turn_init(&outlet->turn);
}

void
mail_outlet_free(MailOutlet *outlet)
{
	if (outlet != NULL) {
		mail_turn_clear(&outlet->turn);
		outlet->klass->free(outlet);
	}
}

void
mail_delivery_free(MailDelivery *delivery)
{
	if (delivery != NULL) {
		g_free(delivery->address);
		g_free(delivery->reply);
		g_free(delivery);
	}
}

static void
free_delivery(gpointer delivery)
{
	mail_delivery_free(delivery);
}

void
mail_delivery_set(MailDelivery *delivery, MailFate fate, guint code, const char *reply)
{
	g_autofree char *cut = g_strndup(reply == NULL ? "" : reply, REPLY_MAX);
	g_autofree char *valid = g_utf8_make_valid(cut, -1);
	for (char *p = valid; *p != '\0'; p++) {
		*p = g_ascii_iscntrl(*p) ? ' ' : *p;
	}
	g_free(delivery->reply);
	delivery->reply = g_strstrip(g_steal_pointer(&valid));
	delivery->fate = fate;
	delivery->code = code;
}

/* Nothing that could end the command it is put into. */
static bool
is_address(const char *address)
{
	if (!g_utf8_validate(address, -1, NULL) || strlen(address) > ADDRESS_MAX) {
		return false;
	}
	for (const char *p = address; *p != '\0'; p = mail_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (g_unichar_iscntrl(c) || g_unichar_isspace(c) || c == '<' || c == '>') {
			return false;
		}
	}
	return true;
}

static bool
check_envelope(const MailEnvelope *envelope, GBytes *octets, GError **error)
{
	guint n = 0;
	bool good = is_address(envelope->from);
	for (; good && envelope->recipients[n] != NULL; n++) {
		good = strchr(envelope->recipients[n], '@') != NULL &&
		       is_address(envelope->recipients[n]);
	}
	if (!good || n == 0) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "There is no recipient, or an address "
				 "cannot be sent to");
	}
	return (n <= RECIPIENTS_MAX && g_bytes_get_size(octets) <= MAIL_MESSAGE_MAX) ||
	       base_fail(error, PS_ERROR_LIMIT,
			 "The message is too large or has too many "
			 "recipients");
}

GPtrArray *
mail_outlet_send(MailOutlet *outlet, const MailEnvelope *envelope, GBytes *octets,
		 GCancellable *stop, GError **error)
{
	if (!check_envelope(envelope, octets, error)) {
		return NULL;
	}
	g_autoptr(GPtrArray) fates = g_ptr_array_new_with_free_func(free_delivery);
	for (guint i = 0; envelope->recipients[i] != NULL; i++) {
		MailDelivery *delivery = g_new0(MailDelivery, 1);
		delivery->address = g_strdup(envelope->recipients[i]);
		mail_delivery_set(delivery, MAIL_FATE_LATER, 0, NULL);
		g_ptr_array_add(fates, delivery);
	}
	g_autoptr(MailTurn) turn = mail_turn_take(&outlet->turn, stop, error);
	return turn != NULL && outlet->klass->send(outlet, envelope, octets, fates, stop, error)
		       ? g_steal_pointer(&fates)
		       : NULL;
}

bool
mail_outlet_check(MailOutlet *outlet, GCancellable *stop, GError **error)
{
	g_autoptr(MailTurn) turn = mail_turn_take(&outlet->turn, stop, error);
	return turn != NULL &&
	       (outlet->klass->check == NULL || outlet->klass->check(outlet, stop, error));
}
