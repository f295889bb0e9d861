/* SPDX-License-Identifier: MPL-2.0 */
/*
 * BER readers (X.690 section 8), for definite and indefinite lengths and constructed strings.
 * The first half reads what lies in memory and borrows from it; the second half is a push tokenizer
 * that never holds more than one header, or one value that it was told to collect.
 * High tag numbers (> 30) occur nowhere in CMS and are refused. Nothing recurses.
 */
#pragma once

#include "base/limits.h"
#include "base/sink.h"
#include "cms/der.h"

typedef struct {
	uint8_t tag; /* the identifier octet: class, constructed bit, number; 0: nothing there */
	BaseBytes value; /* content octets, without end-of-contents */
	BaseBytes whole; /* from the tag to the last octet, end-of-contents included */
} CmsTlv;

/* Takes one value off the front of @in. False at the end of @in and on malformed input; tell them
 * apart by in->n == 0. */
bool cms_ber_next(BaseBytes *in, CmsTlv *out);

/* The tag in front, 0 at the end. */
uint8_t cms_ber_peek(BaseBytes in);

/* Takes the value in front if its tag is @tag, else leaves @in alone and is false. */
bool cms_ber_take(BaseBytes *in, uint8_t tag, CmsTlv *out);

/* The same, wanting only the content octets; @value may be NULL to skip. */
bool cms_ber_value(BaseBytes *in, uint8_t tag, BaseBytes *value);

/* True if @in is exactly one value of tag @tag; gives its content octets. */
bool cms_ber_only(BaseBytes in, uint8_t tag, BaseBytes *value);

/* OBJECT IDENTIFIER: content octets (1..128). */
bool cms_ber_oid(BaseBytes *in, BaseBytes *oid);

/* A non-negative INTEGER that fits. */
bool cms_ber_uint(BaseBytes *in, uint64_t *out);

/* AlgorithmIdentifier: the OID's content octets and the parameters' whole TLV (empty if absent). */
bool cms_ber_algorithm(BaseBytes *in, BaseBytes *oid, BaseBytes *parameters);

/* UTCTime or GeneralizedTime in UTC with seconds ("Z"), the forms of RFC 5652 section 11.3. */
bool cms_ber_time(BaseBytes *in, int64_t *out);

/*
 * The octets of an OCTET STRING whose primitive tag is @tag (0x04, or 0x80 when implicit),
 * primitive or constructed (segments joined). Takes it off @in; NULL if it is not one. (transfer
 * full)
 */
GBytes *cms_ber_octets(BaseBytes *in, uint8_t tag);

/* One header: tag and length field. */
typedef struct {
	uint8_t tag;
	bool indefinite;
	uint64_t length; /* 0 if indefinite */
	size_t size;     /* octets of the header itself; at most CMS_BER_HEADER_MAX */
} CmsBerHeader;

#define CMS_BER_HEADER_MAX 10

typedef enum {
	CMS_BER_HEADER_READ,
	CMS_BER_HEADER_SHORT, /* more octets are needed */
	CMS_BER_HEADER_BAD,
} CmsBerHeaderStatus;

/* Reads the header in front of @in; end-of-contents is tag 0 with length 0. */
CmsBerHeaderStatus cms_ber_header(BaseBytes in, CmsBerHeader *out);

/* ------------------------------------------------------------------------------------------------
 */

typedef struct CmsBerPush CmsBerPush;

/* What the user wants done with a value whose header has just been read. */
typedef enum {
	CMS_BER_BAD,     /* not expected here: stop, the input is malformed */
	CMS_BER_ENTER,   /* a constructed value: tell me each value inside, then leave() */
	CMS_BER_COLLECT, /* keep it whole (up to the limit) and give it to collected() */
	CMS_BER_STREAM,  /* a string, primitive or constructed: give its octets to octets(), then
			    leave() */
} CmsBerAction;

typedef enum {
	CMS_BER_MORE,   /* all is well, the value is not complete */
	CMS_BER_DONE,   /* the one top-level value is complete; further input is ignored */
	CMS_BER_BROKEN, /* malformed, or over a limit; further input is ignored */
	CMS_BER_FAILED, /* a hook failed and set the error */
} CmsBerStatus;

typedef struct {
	/* A header was read; @constructed as its tag says. @tag still holds the constructed bit.
	 * @length is the definite length or UINT64_MAX. */
	CmsBerAction (*enter)(void *user, uint8_t tag, uint64_t length);
	/* An entered or streamed value has ended. False: malformed. May set @error for a failure.
	 */
	bool (*leave)(void *user, GError **error);
	/* A collected value, tag to end; borrowed. The same returns. */
	bool (*collected)(void *user, BaseBytes whole, GError **error);
	/* Octets of a streamed string. False with @error set is a failure. */
	bool (*octets)(void *user, BaseBytes data, GError **error);
} CmsBerHooks;

/* @max: octets of one collected value. */
CmsBerPush *cms_ber_push_new(const CmsBerHooks *hooks, void *user, size_t max);
void cms_ber_push_free(CmsBerPush *push);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CmsBerPush, cms_ber_push_free)

/* Any chunking; the outcome does not depend on it. */
CmsBerStatus cms_ber_push(CmsBerPush *push, BaseBytes data, GError **error);

/* After CMS_BER_BROKEN: was it a limit (a value too large, nesting too deep)? */
bool cms_ber_push_over_limit(const CmsBerPush *push);
