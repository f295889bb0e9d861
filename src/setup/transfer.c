/* SPDX-License-Identifier: MPL-2.0 */
/* One-time codes, and the message that waits for one. */
#include "setup/transfer.h"

#include "base/base64.h"
#include "base/clock.h"
#include <string.h>
#include <sys/random.h>

#define CODE_LENGTH 25U /* letters of 5 bits */
#define LINE_LENGTH 76U

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

char *
setup_code_new(void)
{
	uint8_t random[CODE_LENGTH];
	GString *code = g_string_new(NULL);
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		g_error("the system gives no random numbers");
	}
	for (size_t i = 0; i < CODE_LENGTH; i++) {
		if (i > 0 && i % 5 == 0) {
			g_string_append_c(code, '-');
		}
		g_string_append_c(code, ALPHABET[random[i] % 32]);
	}
	base_wipe(random, sizeof(random));
	return g_string_free(code, FALSE);
}

/* What people write for a letter of the alphabet; 0: none. */
static char
letter_of(char c)
{
	char upper = g_ascii_toupper(c);
	if (upper == 'O') {
		return '0';
	}
	if (upper == 'I' || upper == 'L') {
		return '1';
	}
	return upper != '\0' && strchr(ALPHABET, upper) != NULL ? upper : '\0';
}

char *
setup_code_normalise(const char *text)
{
	char code[CODE_LENGTH + 1] = {0};
	size_t n = 0;
	bool good = true;
	for (const char *p = text; *p != '\0' && good; p++) {
		if (*p == '-' || g_ascii_isspace(*p)) {
			continue;
		}
		char letter = letter_of(*p);
		good = letter != '\0' && n < CODE_LENGTH;
		if (good) {
			code[n++] = letter;
		}
	}
	char *out = good && n == CODE_LENGTH ? g_strdup(code) : NULL;
	base_wipe(code, sizeof(code));
	return out;
}

GBytes *
setup_transfer_write(const char *address, GBytes *backup)
{
	g_autofree char *date = base_clock_format_mail(base_clock_now());
	g_autofree char *uuid = g_uuid_string_random();
	g_autofree char *base64 = base64_encode_string(base_bytes_of(backup));
	GString *message = g_string_new(NULL);
	g_string_append_printf(
		message,
		"From: <%s>\r\nTo: <%s>\r\nSubject: Keys for your other device\r\nDate: %s\r\n"
		"Message-ID: <%s@postseal.invalid>\r\n" SETUP_TRANSFER_FIELD ": v=1; addr=%s\r\n"
		"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		"Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n"
		"--%s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
		"The keys of this account, locked with the one-time code that `postseal setup\r\n"
		"--share` showed. On the other device: postseal setup %s --join-code CODE\r\n"
		"This message is deleted when they were taken; otherwise delete it.\r\n\r\n"
		"--%s\r\nContent-Type: application/octet-stream\r\n"
		"Content-Disposition: attachment; filename=\"keys.postseal\"\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n",
		address, address, date, uuid, address, uuid, uuid, address, uuid);
	for (size_t i = 0, n = strlen(base64); i < n; i += LINE_LENGTH) {
		g_string_append_printf(message, "%.*s\r\n", (int)LINE_LENGTH, base64 + i);
	}
	g_string_append_printf(message, "--%s--\r\n", uuid);
	return g_string_free_to_bytes(message);
}

/* A server may have folded nothing of ours: what we wrote is found as we wrote it. */
GBytes *
setup_transfer_read(BaseBytes message, const char *address)
{
	g_autofree char *field =
		g_strdup_printf("\r\n" SETUP_TRANSFER_FIELD ": v=1; addr=%s\r\n", address);
	size_t head = base_bytes_find(message, BASE_LIT("\r\n\r\n"));
	size_t mark = base_bytes_find(message, base_bytes_str(field));
	size_t part =
		base_bytes_find(message, BASE_LIT("\r\nContent-Transfer-Encoding: base64\r\n\r\n"));
	if (head == SIZE_MAX || mark == SIZE_MAX || mark > head || part == SIZE_MAX ||
	    part < head) {
		return NULL;
	}
	size_t begin = part + strlen("\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	BaseBytes body = base_bytes_slice(message, begin, SIZE_MAX);
	size_t end = base_bytes_find(body, BASE_LIT("\r\n--"));
	return end == SIZE_MAX ? NULL : base64_decode_bytes(base_bytes_slice(body, 0, end), true);
}
