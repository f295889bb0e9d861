/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One header block: its fields in order, each with its exact octets. What nobody touches is written
 * back octet for octet, junk lines, odd folding and mixed line ends included.
 */
#pragma once

#include "base/error.h"
#include "mime/field.h"

typedef struct MimeHeader MimeHeader;

/* No fields; CRLF; written with the empty line that ends a header. */
MimeHeader *mime_header_new(void);

/*
 * @block: a header block with or without the empty line that ends it; what follows an empty line is
 * ignored. CRLF and LF are accepted, also mixed. A first line "From ..." or ">From ..." (mbox) is
 * kept aside as the envelope line. Lines that are no field are kept as fields with the name "".
 * PS_ERROR_LIMIT beyond BASE_LIMIT_HEADER octets or BASE_LIMIT_FIELDS fields; nothing else fails.
 */
bool mime_header_parse(BaseBytes block, MimeHeader **out, GError **error);

/*
 * Where the header block of the entity @data ends, empty line included: true and *@n once that is
 * decided by what is there, false if more octets may change it. With @last (nothing follows) always
 * true. The block ends
 *  - after the first empty line (CRLF or LF alone);
 *  - before a line that starts with "--", which begins no field but a multipart that lacks its
 * empty line;
 *  - at once if the first line (after an mbox line, which is then body too) is no field: no header
 * at all;
 *  - at the end of the input.
 * *@from: 0 at the first call for an entity; kept between calls on the same, grown data.
 */
bool mime_header_find_end(BaseBytes data, bool last, size_t *from, size_t *n);

MimeHeader *mime_header_copy(const MimeHeader *header); /* shares the fields, which are immutable */
void mime_header_free(MimeHeader *header);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeHeader, mime_header_free)

/* Iterate: for (guint i = 0; i < mime_header_length(h); i++) mime_header_at(h, i). Borrowed until
 * the next change of the header. */
guint mime_header_length(const MimeHeader *header);
const MimeField *mime_header_at(const MimeHeader *header, guint i);

/* The first field called @name (ASCII case ignored) or NULL; its value or NULL; how many there are.
 */
const MimeField *mime_header_find(const MimeHeader *header, const char *name);
const char *mime_header_value(const MimeHeader *header, const char *name);
guint mime_header_count(const MimeHeader *header, const char *name);

/* New fields, folded by mime_field_new() with its rules for names and values. */
void mime_header_append(MimeHeader *header, const char *name, const char *value);
void mime_header_prepend(MimeHeader *header, const char *name, const char *value);
/* Replaces the first field called @name where it stands and removes the others; appends if there is
 * none. */
void mime_header_set(MimeHeader *header, const char *name, const char *value);
/* Field objects (e.g. of another header), shared with their exact octets. */
void mime_header_append_field(MimeHeader *header, const MimeField *field);
void mime_header_prepend_field(MimeHeader *header, const MimeField *field);
void mime_header_replace_at(MimeHeader *header, guint i, const MimeField *field);

typedef bool (*MimeFieldPredicate)(const MimeField *field, void *user);

/* How many were removed. */
guint mime_header_remove(MimeHeader *header, const char *name);
guint mime_header_remove_if(MimeHeader *header, MimeFieldPredicate predicate, void *user);

/* The mbox line with its line end, empty if there was none; and away with it. */
BaseBytes mime_header_envelope(const MimeHeader *header);
void mime_header_drop_envelope(MimeHeader *header);

/* Whether the first line end of the block was CRLF (true for a new or empty header). */
bool mime_header_is_crlf(const MimeHeader *header);
/* Whether the empty line was there. */
bool mime_header_has_end(const MimeHeader *header);

/*
 * Appends envelope line, fields and empty line to @out. Fields that were read are written with
 * their exact octets; @crlf chooses the line ends of fields made here, of a missing line end
 * between fields, and of an added empty line. An empty line that the input lacked is added only if
 * the header was changed.
 */
void mime_header_write(const MimeHeader *header, bool crlf, GByteArray *out);
/* The fields alone, each with a line end; no envelope line, no empty line. */
void mime_header_write_fields(const MimeHeader *header, bool crlf, GByteArray *out);
