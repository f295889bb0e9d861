/* SPDX-License-Identifier: MPL-2.0 */
/* Content-Type, Content-Disposition, Content-Transfer-Encoding (RFC 2045 section 5, 2183, 2231). */
#pragma once

#include "mime/header.h"

typedef struct {
	char *name;  /* lower case, without RFC 2231 marks */
	char *value; /* unquoted; RFC 2231 values decoded to UTF-8, others as written (may be 8-bit)
		      */
} MimeParam;

typedef struct {
	char *type;        /* lower case; "text" if missing or unreadable */
	char *subtype;     /* lower case; "plain" if missing or unreadable */
	GPtrArray *params; /* of MimeParam, in order */
	bool defaulted;    /* no readable type/subtype: RFC 2045 section 5.2 applies */
	bool duplicate;    /* a parameter came twice; the first one counts */
	bool odd;          /* other syntax trouble that was read over */
} MimeContentType;

/* Tolerant: comments, quotes, missing semicolons at the end, RFC 2231 continuations. NULL is a
 * missing field. Never NULL, never fails; at most 100 parameters are read. */
MimeContentType *mime_content_type_parse(const char *value);
/* The same from the header's first Content-Type; @def, e.g. "message/rfc822" inside a digest, or
 * NULL for text/plain, stands in for a missing field. */
MimeContentType *mime_content_type_of(const MimeHeader *header, const char *def);
MimeContentType *mime_content_type_copy(const MimeContentType *ct);
void mime_content_type_free(MimeContentType *ct);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeContentType, mime_content_type_free)

/* Lower-case comparison; @subtype NULL matches any. */
bool mime_content_type_is(const MimeContentType *ct, const char *type, const char *subtype);
/* "text/plain"; (transfer full). */
char *mime_content_type_name(const MimeContentType *ct);

/* A parameter or NULL (ASCII case ignored). */
const char *mime_content_type_get(const MimeContentType *ct, const char *name);
/* Replaces or appends; NULL removes. */
void mime_content_type_set(MimeContentType *ct, const char *name, const char *value);
/* The field value on one line (mime_header_set() folds it): quoted where RFC 2045 asks, RFC 2231
 * with continuations where octets are not ASCII or a value is too long for a line. (transfer full)
 */
char *mime_content_type_to_string(const MimeContentType *ct);

typedef enum {
	MIME_CTE_7BIT,
	MIME_CTE_8BIT,
	MIME_CTE_BINARY,
	MIME_CTE_QP,
	MIME_CTE_BASE64,
	MIME_CTE_OTHER, /* unknown: the octets are taken as they are */
} MimeCte;

/* NULL is 7bit (RFC 2045 section 6.1). */
MimeCte mime_cte_parse(const char *value);
MimeCte mime_cte_of(const MimeHeader *header);
/* The name on the wire; "binary" for OTHER. */
const char *mime_cte_name(MimeCte cte);

/* Content-Disposition as the same record: type is the disposition ("inline" when the field is
 * missing, as RFC 2183 section 2.8 has unknown ones "attachment"), subtype "". */
MimeContentType *mime_disposition_of(const MimeHeader *header);
bool mime_is_attachment(const MimeHeader *header);
/* filename of Content-Disposition, else name of Content-Type, decoded (also RFC 2047, which people
 * send) to UTF-8 without controls and without any path; NULL if none. (transfer full) */
char *mime_filename_of(const MimeHeader *header);

/* RFC 8551 section 3.2, 3.10 (standards digest 2.2). The CMS inside decides; this only says where
 * to look. */
typedef enum {
	MIME_SMIME_NONE,
	MIME_SMIME_SIGNED_MULTIPART, /* multipart/signed, protocol application/(x-)pkcs7-signature
				      */
	MIME_SMIME_PKCS7_MIME, /* application/(x-)pkcs7-mime, or octet-stream *.p7m, *.p7c, *.p7z */
	MIME_SMIME_PKCS7_SIGNATURE, /* application/(x-)pkcs7-signature, or octet-stream *.p7s */
} MimeSmimeKind;

/* @filename may be NULL. The hint "smime-type" is mime_content_type_get(ct, "smime-type"). */
MimeSmimeKind mime_type_is_smime(const MimeContentType *ct, const char *filename);
const char *mime_smime_kind_name(MimeSmimeKind kind);
