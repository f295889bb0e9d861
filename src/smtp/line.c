/* SPDX-License-Identifier: MPL-2.0 */
/* line = *( %x01-09 / %x0B-0C / %x0E-FF ) CRLF */
#include "smtp/line.h"

#include "base/secret.h"

struct SmtpLine {
	size_t max;
	size_t n; /* octets in text */
	bool cr;  /* the last octet was a CR */
	bool is_long;
	bool broken;
	bool over; /* the state was told: the next octet begins a new line */
	char *text;
};

SmtpLine *
smtp_line_new(size_t max)
{
	SmtpLine *line = g_new0(SmtpLine, 1);
	line->max = max;
	line->text = g_malloc0(max + 1);
	return line;
}

void
smtp_line_free(SmtpLine *line)
{
	if (line != NULL) {
		base_wipe(line->text, line->max + 1);
		g_free(line->text);
		g_free(line);
	}
}

static void
begin(SmtpLine *line)
{
	line->n = 0;
	line->cr = line->is_long = line->broken = line->over = false;
}

static void
append(SmtpLine *line, char octet)
{
	if (line->n + 2 >= line->max) {
		line->is_long = true;
	} else {
		line->text[line->n++] = octet;
	}
}

static SmtpLineState
end(SmtpLine *line)
{
	line->text[line->n] = '\0';
	line->over = true;
	return line->broken ? SMTP_LINE_BROKEN : line->is_long ? SMTP_LINE_LONG : SMTP_LINE_READY;
}

SmtpLineState
smtp_line_feed(SmtpLine *line, BaseBytes data, size_t *used)
{
	if (line->over && data.n > 0) {
		begin(line);
	}
	for (size_t i = 0; i < data.n; i++) {
		char octet = (char)data.p[i];
		if (octet == '\n') {
			line->broken = line->broken || !line->cr;
			*used = i + 1;
			return end(line);
		}
		line->broken = line->broken || line->cr || octet == '\0';
		line->cr = octet == '\r';
		if (!line->cr) {
			append(line, octet);
		}
	}
	*used = data.n;
	return SMTP_LINE_MORE;
}

const char *
smtp_line_text(const SmtpLine *line)
{
	return line->text;
}
