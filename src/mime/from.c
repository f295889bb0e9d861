/* SPDX-License-Identifier: MPL-2.0 */
/* Who a message is from, as far as a signature may be bound to it. */
#include "mime/address.h"

const char *
mime_from_state_name(MimeFromState state)
{
	static const char *const names[] = {
		[MIME_FROM_OK] = "ok",
		[MIME_FROM_MISSING] = "missing",
		[MIME_FROM_SEVERAL_FIELDS] = "several-fields",
		[MIME_FROM_SEVERAL_MAILBOXES] = "several-mailboxes",
		[MIME_FROM_GROUP] = "group",
		[MIME_FROM_ODD] = "odd",
	};
	return names[state];
}

/* Controls that the unfolded value no longer shows; blanks before the colon, which others read
 * otherwise. */
static bool
is_raw_odd(const MimeField *f)
{
	const uint8_t *p = f->raw.p;
	for (size_t i = 0; i < f->raw.n; i++) {
		bool fold = p[i] == '\n' || (p[i] == '\r' && i + 1 < f->raw.n && p[i + 1] == '\n');
		if ((p[i] < ' ' && p[i] != '\t' && !fold) || p[i] == 0x7f) {
			return true;
		}
	}
	return f->raw.p[strlen(f->name)] != ':';
}

static bool
has_bare_cr(const MimeHeader *header)
{
	for (guint i = 0; i < mime_header_length(header); i++) {
		BaseBytes raw = mime_header_at(header, i)->raw;
		for (size_t at = 0; at < raw.n; at++) {
			if (raw.p[at] == '\r' && (at + 1 == raw.n || raw.p[at + 1] != '\n')) {
				return true;
			}
		}
	}
	return false;
}

static MimeFromState
from_state(const MimeField *f, guint n, MimeAddressFlags flags)
{
	if ((flags & MIME_ADDRESS_GROUP) != 0) {
		return MIME_FROM_GROUP;
	}
	if (n > 1) {
		return MIME_FROM_SEVERAL_MAILBOXES;
	}
	if ((flags & (MIME_ADDRESS_ODD | MIME_ADDRESS_CUT)) != 0 || is_raw_odd(f)) {
		return MIME_FROM_ODD;
	}
	return n == 0 ? MIME_FROM_MISSING : MIME_FROM_OK;
}

MimeFrom
mime_from_read(const MimeHeader *header)
{
	guint fields = mime_header_count(header, "From");
	if (fields != 1) {
		return (MimeFrom){fields == 0 ? MIME_FROM_MISSING : MIME_FROM_SEVERAL_FIELDS, NULL};
	}
	const MimeField *f = mime_header_find(header, "From");
	MimeAddressFlags flags = 0;
	g_autoptr(GPtrArray) list = mime_addresses_parse(f->value, &flags);
	MimeFromState state = from_state(f, list->len, flags);
	if (state == MIME_FROM_OK && has_bare_cr(header)) {
		state = MIME_FROM_ODD; /* programs that end lines at CR see other fields */
	}
	if (state != MIME_FROM_OK) {
		return (MimeFrom){state, NULL};
	}
	return (MimeFrom){state, g_ptr_array_steal_index(list, 0)};
}

void
mime_from_clear(MimeFrom *from)
{
	g_clear_pointer(&from->mailbox, mime_mailbox_free);
}
