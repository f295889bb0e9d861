/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The cryptographic envelope of a message: the unbroken chain of layers from the MIME root to the
 * payload (RFC 9787 section 4). Octets are pushed through all layers at once, so memory does not
 * grow with the message. A message is read at least twice: to check, then to release.
 */
#pragma once

#include "base/source.h"
#include "cms/reader.h"
#include "engine/core.h"
#include "mime/header.h"
#include "mime/links.h"

typedef enum {
	LAYER_FORM_OPAQUE,      /* application/pkcs7-mime */
	LAYER_FORM_MULTIPART,   /* multipart/signed */
	LAYER_FORM_UNOBTRUSIVE, /* a Sig field */
} LayerForm;

/* One layer, outermost first. */
typedef struct {
	LayerForm form;
	CmsKind kind;
	bool malformed;
	bool too_large;
	bool several_parts; /* a multipart/signed without exactly two parts */
	CmsSignedData *signed_data;
	guint wanted; /* CMS_DIGEST_BIT of each digest to compute over a detached content */
	guint digests;
	uint8_t digest[CMS_N_DIGESTS][CMS_DIGEST_MAX];
	CmsReaderEncryption encryption;
	CmsRecall *recall;
} Layer;

typedef struct {
	PsEngine *engine;
	bool deep; /* look into the text for content that would be loaded from the network */
	GPtrArray *layers;     /* Layer */
	MimeHeader *outer;     /* of the message as it came */
	MimeHeader *payload;   /* root of the payload; NULL if it was not reached */
	MimeHeader *embedded;  /* of the message inside, if the payload is message/rfc822 */
	GPtrArray *structure;  /* char *: the layers and then the payload's tree */
	bool errant_signed;    /* a signed part below something that is no layer */
	bool errant_encrypted; /* the same, encrypted */
	bool list_footer;      /* multipart/mixed of exactly a signed message and a text */
	bool remote_content;   /* the main text refers to the network */
	bool openpgp;          /* the root is OpenPGP/MIME */
	MimeLinks *links;      /* where links in the main text lead */
} Layers;

Layers *layers_new(PsEngine *engine);
void layers_free(Layers *layers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Layers, layers_free)

/* Reads @source as often as needed until all is known; gives nothing away. PS_ERROR_LIMIT,
 * PS_ERROR_IO. */
bool layers_check(Layers *layers, BaseSource *source, GError **error);

/* Reads it once more; the raw octets of the payload's body go to @body, which is neither finished
 * nor freed. Only after layers_check(), and only if every encryption was found ok. */
bool layers_release(Layers *layers, BaseSource *source, BaseSink *body, GError **error);

/* The signature that counts: of the innermost signing layer; NULL if there is none. */
const Layer *layers_signature(const Layers *layers);
/* The encryption that counts: the first that failed, else the weakest one; NULL if there is none.
 */
const Layer *layers_encryption(const Layers *layers);
/* Whether the signing layer lies inside every encrypting one. */
bool layers_signed_inside(const Layers *layers);
/* Whether the content of an encrypting layer may be shown: what is weak is shown, and called weak.
 */
bool layer_is_open(const Layer *layer);
/* What was decrypted turns out not to be authentic: it is closed again, as if its padding had not
 * held. */
void layers_close(Layers *layers);
/* Nothing below the layer at @depth was ever seen. */
void layers_forget_inside(Layers *layers, guint depth);
/* Whether the payload was reached, so that there is something to show. */
bool layers_is_open(const Layers *layers);
