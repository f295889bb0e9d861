/* SPDX-License-Identifier: MPL-2.0 */
/* Which fields each CMS structure has, in which order, and what the reader does with each. */
#pragma once

#include "cms/ber.h"

typedef enum {
	CMS_PLACE_TOP,
	CMS_PLACE_INFO,
	CMS_PLACE_CONTENT,
	CMS_PLACE_SIGNED,
	CMS_PLACE_ENVELOPED,
	CMS_PLACE_AUTH_ENVELOPED,
	CMS_PLACE_COMPRESSED,
	CMS_PLACE_ENCAPSULATED,
	CMS_PLACE_OCTETS,
	CMS_PLACE_ENCRYPTED,
	CMS_PLACE_BODY, /* whichever of the four above the content type says */
	CMS_N_PLACES
} CmsPlace;

typedef enum {
	CMS_FIELD_NONE, /* checked for its place only */
	CMS_FIELD_TYPE,
	CMS_FIELD_VERSION,
	CMS_FIELD_INNER,
	CMS_FIELD_DIGESTS,
	CMS_FIELD_CERTIFICATES,
	CMS_FIELD_CRLS,
	CMS_FIELD_SIGNERS,
	CMS_FIELD_RECIPIENTS,
	CMS_FIELD_ALGORITHM,
	CMS_FIELD_AUTH_ATTRS,
	CMS_FIELD_MAC,
	CMS_FIELD_CONTENT,
	CMS_N_FIELDS
} CmsField;

typedef struct {
	uint8_t tag;
	bool optional;
	bool string; /* may be constructed as well */
	CmsBerAction action;
	CmsField field;
	CmsPlace inside;
} CmsStep;

#define CMS_MAX_STEPS 8

/* By place; a step without tag ends the list. */
extern const CmsStep cms_steps[CMS_N_PLACES][CMS_MAX_STEPS];
