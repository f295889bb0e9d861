/* SPDX-License-Identifier: MPL-2.0 */
#include "engine/keyfield.h"

#include "base/hex.h"
#include "cert/address.h"
#include "mime/keyfield.h"

bool
keyfield_read(const Judgement *j, CertInfo **leaf, CertInfo **root)
{
	MimeKeyfieldReason reason;
	const MimeHeader *header = j->layers->outer;
	g_autoptr(MimeKeyfield) field = mime_keyfield_read(header, &reason);
	const char *message_id = mime_header_value(header, "Message-ID");
	const char *date = mime_header_value(header, "Date");
	if (field == NULL || message_id == NULL || date == NULL ||
	    mime_header_count(header, "Message-ID") != 1 ||
	    mime_header_count(header, "Date") != 1 || !cert_address_equal(field->addr, j->from)) {
		return false;
	}
	g_autoptr(CertInfo) leaf_info = cert_info_new_bytes(field->leaf, NULL);
	g_autoptr(CertInfo) root_info = cert_info_new_bytes(field->root, NULL);
	if (leaf_info == NULL || root_info == NULL || !leaf_info->may_sign_mail ||
	    !cert_info_names(leaf_info, j->from) ||
	    cert_personal_check(leaf_info, root_info, core_now(j->layers->engine)) !=
		    CERT_CHAIN_PINNED) {
		return false;
	}
	g_autoptr(GBytes) hash = base_hex_parse(root_info->fingerprint);
	g_autoptr(GBytes) proof =
		mime_keyfield_proof_input(field->addr, base_bytes_of(hash), message_id, date, NULL);
	g_autoptr(CmsKey) key = cms_key_new_certificate(base_bytes_of(field->leaf), NULL);
	if (proof == NULL || key == NULL ||
	    !cms_raw_verify(key, base_bytes_of(proof), base_bytes_of(field->pop))) {
		return false;
	}
	*leaf = g_steal_pointer(&leaf_info);
	*root = g_steal_pointer(&root_info);
	return true;
}
