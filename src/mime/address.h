/* SPDX-License-Identifier: MPL-2.0 */
/* Address fields (RFC 5322 section 3.4, 6532) and the one question that binding a signature needs:
 * who is From? */
#pragma once

#include "mime/header.h"

typedef struct {
	char *display; /* UTF-8, RFC 2047 decoded, controls and direction marks gone; "" if none */
	char *address; /* addr-spec as written, without comments and blanks around it */
	bool display_is_other; /* the display name shows an address that is not @address */
} MimeMailbox;

void mime_mailbox_free(MimeMailbox *mailbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeMailbox, mime_mailbox_free)

typedef enum {
	MIME_ADDRESS_GROUP = 1 << 0,    /* group syntax was used */
	MIME_ADDRESS_EMPTY = 1 << 1,    /* no mailbox at all */
	MIME_ADDRESS_MULTIPLE = 1 << 2, /* more than one mailbox */
	MIME_ADDRESS_ODD = 1 << 3, /* breaks the grammar, or uses it in a way only tricksters do */
	MIME_ADDRESS_CUT = 1 << 4, /* more than BASE_LIMIT_ADDRESSES; the rest was not read */
} MimeAddressFlags;

/*
 * The mailboxes of an address field's unfolded value, groups flattened; what cannot be read is left
 * out and flagged. @flags may be NULL. (transfer full), free with g_ptr_array_unref().
 */
GPtrArray *mime_addresses_parse(const char *value, MimeAddressFlags *flags);
/* The mailboxes of all fields called @name. */
GPtrArray *mime_addresses_of(const MimeHeader *header, const char *name, MimeAddressFlags *flags);

/* True for dot-atom or quoted-string "@" domain or literal, UTF-8 allowed, nothing else around it.
 */
bool mime_address_is_valid(const char *address);

typedef enum {
	MIME_FROM_OK,
	MIME_FROM_MISSING, /* no From field, or an empty one */
	MIME_FROM_SEVERAL_FIELDS,
	MIME_FROM_SEVERAL_MAILBOXES,
	MIME_FROM_GROUP,
	MIME_FROM_ODD,
} MimeFromState;

const char *mime_from_state_name(MimeFromState state);

typedef struct {
	MimeFromState state;
	MimeMailbox *mailbox; /* NULL unless state is OK */
} MimeFrom;

/* Exactly one From field with exactly one plain mailbox, or the reason why a signature cannot be
 * bound to it (spoofing classes I1 to I3 of "Johnny, you are fired", standards digest 18.2). */
MimeFrom mime_from_read(const MimeHeader *header);
void mime_from_clear(MimeFrom *from);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MimeFrom, mime_from_clear)
