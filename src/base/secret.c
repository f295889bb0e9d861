/* SPDX-License-Identifier: MPL-2.0 */
/* Memory that is wiped before it is given back. */
#include "base/secret.h"

typedef struct {
	size_t n;
	uint8_t data[];
} Secret;

void
base_wipe(void *p, size_t n)
{
	if (n > 0) {
		explicit_bzero(p, n);
	}
}

static void
secret_free(void *user_data)
{
	Secret *secret = user_data;

	base_wipe(secret->data, secret->n);
	g_free(secret);
}

GBytes *
base_secret_bytes(BaseBytes data)
{
	Secret *secret = g_malloc(sizeof *secret + data.n);

	secret->n = data.n;
	if (data.n > 0) {
		memcpy(secret->data, data.p, data.n);
	}
	return g_bytes_new_with_free_func(secret->data, data.n, secret_free, secret);
}

void
base_secret_free(char *s)
{
	if (s != NULL) {
		base_wipe(s, strlen(s));
		g_free(s);
	}
}

bool
base_secret_equal(BaseBytes a, BaseBytes b)
{
	volatile uint8_t differing = 0;

	if (a.n != b.n) {
		return false;
	}
	for (size_t i = 0; i < a.n; i++) {
		differing = (uint8_t)(differing | (a.p[i] ^ b.p[i]));
	}
	return differing == 0;
}
