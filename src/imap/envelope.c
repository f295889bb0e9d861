/* SPDX-License-Identifier: MPL-2.0 */
/* Builds ENVELOPE from the fields as they stand: encoded words stay raw. */
#include "imap/envelope.h"
#include "imap/fields.h"
#include "imap/nstring.h"

/* In the order of the answer. */
enum {
	DATE,
	SUBJECT,
	FROM,
	SENDER,
	REPLY_TO,
	TO,
	CC,
	BCC,
	IN_REPLY_TO,
	MESSAGE_ID,
	N_MEMBERS,
};

typedef enum {
	KIND_STRING,
	KIND_TEXT,
	KIND_ADDRESSES,
} Kind;

static const struct {
	const char *name;
	Kind kind;
} members[N_MEMBERS] = {
	[DATE] = {"Date", KIND_STRING},
	[SUBJECT] = {"Subject", KIND_TEXT},
	[FROM] = {"From", KIND_ADDRESSES},
	[SENDER] = {"Sender", KIND_ADDRESSES},
	[REPLY_TO] = {"Reply-To", KIND_ADDRESSES},
	[TO] = {"To", KIND_ADDRESSES},
	[CC] = {"Cc", KIND_ADDRESSES},
	[BCC] = {"Bcc", KIND_ADDRESSES},
	[IN_REPLY_TO] = {"In-Reply-To", KIND_STRING},
	[MESSAGE_ID] = {"Message-ID", KIND_STRING},
};

static void
take(GString *value, Kind kind, const ImapField *field, guint *budget)
{
	if (kind == KIND_ADDRESSES) {
		g_autoptr(GString) raw = imap_field_value(field);
		imap_addresses_write(value, base_bytes(raw->str, raw->len), budget);
		return;
	}
	g_autofree char *text = imap_field_text(field);
	g_string_truncate(value, 0);
	(kind == KIND_TEXT ? imap_string_write_text : imap_string_write_unfolded)(value, text);
}

static void
collect(GString *values[], BaseBytes header, guint *budget)
{
	ImapField field;
	while (imap_field_next(&header, &field)) {
		for (guint i = 0; i < N_MEMBERS; i++) {
			if (imap_field_is(&field, members[i].name)) {
				take(values[i], members[i].kind, &field, budget);
			}
		}
	}
}

static void
write_member(GString *out, GString *const values[], guint i)
{
	const GString *value = values[i];
	if (value->len == 0 && (i == SENDER || i == REPLY_TO)) {
		value = values[FROM];
	}
	if (value->len == 0) {
		g_string_append(out, "NIL");
	} else if (members[i].kind == KIND_ADDRESSES) {
		g_string_append_printf(out, "(%s)", value->str);
	} else {
		g_string_append_len(out, value->str, (gssize)value->len);
	}
}

void
imap_envelope_write(GString *out, BaseBytes header, guint *budget)
{
	GString *values[N_MEMBERS];
	for (guint i = 0; i < N_MEMBERS; i++) {
		values[i] = g_string_new(NULL);
	}
	collect(values, header, budget);
	g_string_append_c(out, '(');
	for (guint i = 0; i < N_MEMBERS; i++) {
		if (i > 0) {
			g_string_append_c(out, ' ');
		}
		write_member(out, values, i);
	}
	g_string_append_c(out, ')');
	for (guint i = 0; i < N_MEMBERS; i++) {
		g_string_free(values[i], TRUE);
	}
}
