/* SPDX-License-Identifier: MPL-2.0 */
/* Names of outcomes, and the memory between passes. */
#include "cms/recipient.h"

#include "base/secret.h"
#include "cms/oid.h"

static const char *const names[] = {
	[CMS_ENCRYPTION_OK] = "ok",
	[CMS_ENCRYPTION_NONE] = "none",
	[CMS_ENCRYPTION_NO_KEY] = "no-key",
	[CMS_ENCRYPTION_NOT_AUTHENTICATED] = "not-authenticated",
	[CMS_ENCRYPTION_MALFORMED] = "malformed",
	[CMS_ENCRYPTION_WEAK_ALGORITHM] = "weak-algorithm",
	[CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM] = "unsupported-algorithm",
	[CMS_ENCRYPTION_NOT_AT_ROOT] = "not-at-root",
	[CMS_ENCRYPTION_TOO_LARGE] = "too-large",
};

const char *
cms_encryption_reason_name(CmsEncryptionReason reason)
{
	return names[reason];
}

CmsRecall *
cms_recall_new(void)
{
	return g_new0(CmsRecall, 1);
}

void
cms_recall_free(CmsRecall *recall)
{
	if (recall != NULL) {
		g_clear_pointer(&recall->aad, g_bytes_unref);
		base_wipe(recall, sizeof(*recall));
		g_free(recall);
	}
}

/* ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, ... } */
bool
cms_starts_enveloped(BaseBytes start)
{
	if (start.n < 4 || start.p[0] != 0x30) {
		return false;
	}
	size_t length_octets = start.p[1] <= 0x80 ? 1 : 1 + (start.p[1] & 0x7fU);
	BaseBytes rest = base_bytes_slice(start, 1 + length_octets, SIZE_MAX);
	if (rest.n < 2 || rest.p[0] != 0x06 || rest.p[1] >= 0x80 || rest.n - 2 < rest.p[1]) {
		return false;
	}
	CmsOid oid = cms_oid_find(base_bytes_slice(rest, 2, rest.p[1]));
	return oid == CMS_OID_ENVELOPED_DATA || oid == CMS_OID_AUTH_ENVELOPED_DATA;
}
