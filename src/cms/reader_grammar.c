/* SPDX-License-Identifier: MPL-2.0 */
/* The grammar of CMS as a table. */
#include "cms/reader_grammar.h"

#define ENTER(tag, inside)                                               \
	{                                                                \
		tag, false, false, CMS_BER_ENTER, CMS_FIELD_NONE, inside \
	}
#define ENTER_OPTIONAL(tag, inside)                                     \
	{                                                               \
		tag, true, false, CMS_BER_ENTER, CMS_FIELD_NONE, inside \
	}
#define KEEP(tag, field)                                                 \
	{                                                                \
		tag, false, false, CMS_BER_COLLECT, field, CMS_PLACE_TOP \
	}
#define KEEP_OPTIONAL(tag, field)                                       \
	{                                                               \
		tag, true, false, CMS_BER_COLLECT, field, CMS_PLACE_TOP \
	}

const CmsStep cms_steps[CMS_N_PLACES][CMS_MAX_STEPS] = {
	[CMS_PLACE_TOP] = {ENTER(CMS_TAG_SEQUENCE, CMS_PLACE_INFO)},
	/* ContentInfo, RFC 5652 section 3 */
	[CMS_PLACE_INFO] = {KEEP(CMS_TAG_OID, CMS_FIELD_TYPE), ENTER(0xa0, CMS_PLACE_CONTENT)},
	[CMS_PLACE_CONTENT] = {ENTER(CMS_TAG_SEQUENCE, CMS_PLACE_BODY)},
	/* SignedData, section 5.1 */
	[CMS_PLACE_SIGNED] = {KEEP(CMS_TAG_INTEGER, CMS_FIELD_VERSION),
			      KEEP(CMS_TAG_SET, CMS_FIELD_DIGESTS),
			      ENTER(CMS_TAG_SEQUENCE, CMS_PLACE_ENCAPSULATED),
			      KEEP_OPTIONAL(0xa0, CMS_FIELD_CERTIFICATES),
			      KEEP_OPTIONAL(0xa1, CMS_FIELD_CRLS),
			      KEEP(CMS_TAG_SET, CMS_FIELD_SIGNERS)},
	/* EnvelopedData, section 6.1 */
	[CMS_PLACE_ENVELOPED] = {KEEP(CMS_TAG_INTEGER, CMS_FIELD_VERSION),
				 KEEP_OPTIONAL(0xa0, CMS_FIELD_NONE),
				 KEEP(CMS_TAG_SET, CMS_FIELD_RECIPIENTS),
				 ENTER(CMS_TAG_SEQUENCE, CMS_PLACE_ENCRYPTED),
				 KEEP_OPTIONAL(0xa1, CMS_FIELD_NONE)},
	/* AuthEnvelopedData, RFC 5083 section 2.1 */
	[CMS_PLACE_AUTH_ENVELOPED] = {KEEP(CMS_TAG_INTEGER, CMS_FIELD_VERSION),
				      KEEP_OPTIONAL(0xa0, CMS_FIELD_NONE),
				      KEEP(CMS_TAG_SET, CMS_FIELD_RECIPIENTS),
				      ENTER(CMS_TAG_SEQUENCE, CMS_PLACE_ENCRYPTED),
				      KEEP_OPTIONAL(0xa1, CMS_FIELD_AUTH_ATTRS),
				      {CMS_TAG_OCTET_STRING, false, true, CMS_BER_COLLECT,
				       CMS_FIELD_MAC, CMS_PLACE_TOP},
				      KEEP_OPTIONAL(0xa2, CMS_FIELD_NONE)},
	/* CompressedData, RFC 3274 section 1.1 */
	[CMS_PLACE_COMPRESSED] = {KEEP(CMS_TAG_INTEGER, CMS_FIELD_VERSION),
				  KEEP(CMS_TAG_SEQUENCE, CMS_FIELD_ALGORITHM),
				  ENTER(CMS_TAG_SEQUENCE, CMS_PLACE_ENCAPSULATED)},
	[CMS_PLACE_ENCAPSULATED] = {KEEP(CMS_TAG_OID, CMS_FIELD_INNER),
				    ENTER_OPTIONAL(0xa0, CMS_PLACE_OCTETS)},
	[CMS_PLACE_OCTETS] = {{CMS_TAG_OCTET_STRING, false, true, CMS_BER_STREAM, CMS_FIELD_CONTENT,
			       CMS_PLACE_TOP}},
	[CMS_PLACE_ENCRYPTED] = {KEEP(CMS_TAG_OID, CMS_FIELD_INNER),
				 KEEP(CMS_TAG_SEQUENCE, CMS_FIELD_ALGORITHM),
				 {0x80, true, true, CMS_BER_STREAM, CMS_FIELD_CONTENT,
				  CMS_PLACE_TOP}},
};
