/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The signed attributes of one identity, encoded once. DER order compares lengths before values,
 * and the lengths do not change from message to message: so neither does the order.
 */
#include "cms/attr.h"
#include "cms/signer.h"

#define UTC_TIME_FIRST (INT64_C(-631152000)) /* 1950 */
#define UTC_TIME_LAST  (INT64_C(2524607999)) /* end of 2049 */

bool
cms_sign_time_is_utc(int64_t time)
{
	return time >= UTC_TIME_FIRST && time <= UTC_TIME_LAST;
}

/* Where the digest and the time lie within their whole attributes: at their ends. */
static void
find_places(CmsSignTemplate *t, BaseBytes digest, BaseBytes time)
{
	BaseBytes set = base_bytes_of_array(t->set);
	size_t digest_end = base_bytes_find(set, digest) + digest.n;
	size_t time_end = base_bytes_find(set, time) + time.n;
	t->digest_at = (guint)digest_end;
	t->time_at = (guint)time_end;
}

CmsSignTemplate
cms_sign_template_new(const CmsSigner *signer, int64_t time)
{
	static const uint8_t zeros[CMS_DIGEST_MAX];
	CmsSignTemplate t = {g_byte_array_new(), 0, 0};
	g_autoptr(GByteArray) changing = g_byte_array_new();
	cms_attr_put_message_digest(changing,
				    base_bytes(zeros, cms_digest_size(signer->alg.digest)));
	guint split = changing->len;
	cms_attr_put_signing_time(changing, time);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(BaseBytes));
	BaseBytes digest = base_bytes(changing->data, split);
	BaseBytes when = base_bytes(changing->data + split, changing->len - split);
	g_array_append_val(list, digest);
	g_array_append_val(list, when);
	BaseBytes fixed = base_bytes_of_array(signer->attributes);
	CmsTlv tlv;
	while (cms_ber_next(&fixed, &tlv)) {
		g_array_append_val(list, tlv.whole);
	}
	for (guint i = 0; signer->extra != NULL && i < signer->extra->len; i++) {
		BaseBytes one = base_bytes_of(g_ptr_array_index(signer->extra, i));
		g_array_append_val(list, one);
	}
	cms_der_set_of(t.set, CMS_TAG_SET, (BaseBytes *)(void *)list->data, list->len);
	find_places(&t, digest, when);
	return t;
}

void
cms_sign_template_clear(CmsSignTemplate *t)
{
	g_clear_pointer(&t->set, g_byte_array_unref);
}

/* The text of the time, at the end of its attribute. */
static void
fill_time(CmsSignTemplate *t, int64_t time)
{
	g_autoptr(GByteArray) value = g_byte_array_sized_new(32);
	cms_der_time(value, time);
	guint text = value->len - 2;
	memcpy(t->set->data + t->time_at - text, value->data + 2, text);
}

void
cms_sign_template_fill(CmsSignTemplate *t, int64_t time, BaseBytes content_digest)
{
	fill_time(t, time);
	memcpy(t->set->data + t->digest_at - content_digest.n, content_digest.p, content_digest.n);
}
