/* SPDX-License-Identifier: MPL-2.0 */
/* What the user's own mail server found out about a message: Authentication-Results (RFC 8601). */
#pragma once

#include "mime/header.h"

#define MIME_AUTHRES_NAME "Authentication-Results"

typedef struct {
	bool found; /* a field of that server is there and well formed */
	bool dmarc_pass;
	bool dmarc_fail;
	bool dkim_aligned; /* dkim=pass for a domain of the From domain's organisation */
} MimeAuthres;

/* Whether two domains (A-labels, lower case) belong to one organisation. */
typedef bool (*MimeSameOrganization)(const char *a, const char *b);

/*
 * @domain: the From domain (A-labels, lower case). @authserv_id is compared without case.
 * @same_organization NULL: equal, or one below the other, which has at least two labels.
 *
 * The field says the truth only if the server that wrote it removes what strangers wrote in its
 * name (RFC 8601 section 5). Not every server does, so that only these fields count:
 *  - with any above the topmost Received field: all of those, since every server prepends and
 *    strangers cannot reach above a Received field of ours;
 *  - else (deliverers put their Received above it, some servers put the field below their own) the
 *    topmost field of @authserv_id with those that follow it directly. Of several of those only
 *    the first that reports a method decides about it, so that a field forged right below the true
 *    one adds nothing to a method that the server checks.
 * The id must be written plainly: in quotes or behind a comment, where filters that remove it may
 * not see it, it is another id. A field that is malformed, of another version or without results
 * tells nothing, but keeps its place: it does not let a lower one become the topmost.
 *
 * Methods, results and properties other than dmarc, dkim, header.from, header.d and header.i are
 * ignored. dmarc counts if header.from, where present, is @domain; dmarc_pass needs all results
 * that count to be pass, dmarc_fail one that is fail. header.d decides before header.i.
 */
void mime_authres_read(const MimeHeader *header, const char *authserv_id, const char *domain,
		       MimeSameOrganization same_organization, MimeAuthres *out);
