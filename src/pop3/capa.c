/* SPDX-License-Identifier: MPL-2.0 */
/* The table of capabilities. */
#include "pop3/capa.h"

/*
 * PASS: the provider's word goes on as it is. NOTE: it is for us; what we tell the client is ours.
 * Hidden, like everything unknown: UTF8 and LANG (RFC 6856: views are made for readers without),
 * IMPLEMENTATION (it is us who answer), APOP (it is in the greeting: no password for the provider).
 */
enum {
	PASS = 1 << 0,
	NOTE = 1 << 1,
};

static const struct {
	const char *keyword;
	guint what;
	size_t flag; /* offset of what notes it */
} table[] = {
	{"TOP", PASS | NOTE, offsetof(Pop3Capa, top)},
	{"UIDL", PASS | NOTE, offsetof(Pop3Capa, uidl)},
	{"USER", PASS | NOTE, offsetof(Pop3Capa, user)},
	{"PIPELINING", NOTE, offsetof(Pop3Capa, pipelining)},
	{"STLS", NOTE, offsetof(Pop3Capa, stls)},
	{"SASL", NOTE, offsetof(Pop3Capa, sasl)},
	{"RESP-CODES", PASS, 0},
	{"AUTH-RESP-CODE", PASS, 0},
	{"LOGIN-DELAY", PASS, 0},
	{"EXPIRE", PASS, 0},
};

G_STATIC_ASSERT(offsetof(Pop3Capa, top) == 0);

/* Lines of the provider's that we keep: the table's, each once or so. */
#define PASS_MAX 1024U

Pop3Capa *
pop3_capa_new(void)
{
	Pop3Capa *capa = g_new0(Pop3Capa, 1);

	capa->pass = g_string_new(NULL);
	return capa;
}

void
pop3_capa_free(Pop3Capa *capa)
{
	if (capa != NULL) {
		g_free(capa->sasl);
		g_string_free(capa->pass, TRUE);
		g_free(capa);
	}
}

void
pop3_capa_read(Pop3Capa *capa, BaseBytes line)
{
	const uint8_t *blank = line.n == 0 ? NULL : memchr(line.p, ' ', line.n);
	size_t n = blank == NULL ? line.n : (size_t)(blank - line.p);
	BaseBytes word = base_bytes(line.p, n);

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		if (!base_bytes_equal_nocase(word, base_bytes_str(table[i].keyword))) {
			continue;
		}
		if (table[i].flag == offsetof(Pop3Capa, sasl)) {
			g_free(capa->sasl);
			capa->sasl = base_bytes_strdup(base_bytes_slice(line, n + 1, SIZE_MAX));
		} else if ((table[i].what & NOTE) != 0) {
			*(bool *)(gpointer)((char *)capa + table[i].flag) = true;
		}
		if ((table[i].what & PASS) != 0 && capa->pass->len + line.n + 2 <= PASS_MAX) {
			g_string_append_len(capa->pass, (const char *)line.p, (gssize)line.n);
			g_string_append(capa->pass, "\r\n");
		}
		return;
	}
}

char *
pop3_capa_answer(const Pop3Capa *upstream, bool stls, const char *sasl)
{
	const char *before =
		stls ? "TOP\r\nUIDL\r\nRESP-CODES\r\n" : "TOP\r\nUIDL\r\nUSER\r\nRESP-CODES\r\n";
	GString *answer = g_string_new(upstream == NULL ? before : upstream->pass->str);

	g_string_append(answer, "PIPELINING\r\n");
	if (*sasl != '\0') {
		g_string_append_printf(answer, "SASL %s\r\n", sasl);
	}
	g_string_append(answer, stls ? "STLS\r\n.\r\n" : ".\r\n");
	return g_string_free(answer, FALSE);
}
