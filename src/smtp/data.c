/* SPDX-License-Identifier: MPL-2.0 */
/* Dots and line ends of the message, on the way in and out. */
#include "smtp/data.h"

typedef enum {
	AT_START, /* of a line */
	AT_BARE,  /* of a line after an LF without CR, where nothing can end */
	AT_TEXT,
	AT_CR,       /* a CR was the last octet; not passed on yet */
	AT_DOT,      /* a line began with a dot; not passed on yet */
	AT_DOT_CR,   /* and a CR followed */
	AT_BARE_DOT, /* a line after an LF without CR began with a dot; not passed on yet */
} Place;

struct SmtpData {
	BaseSink *next;
	guint64 max;
	guint64 n;
	Place place;
	SmtpDataFault fault;
};

SmtpData *
smtp_data_new(BaseSink *next, guint64 max)
{
	SmtpData *data = g_new0(SmtpData, 1);
	data->next = next;
	data->max = max;
	return data;
}

void
smtp_data_free(SmtpData *data)
{
	g_free(data);
}

static void
set_fault(SmtpData *data, SmtpDataFault fault)
{
	if (data->fault == SMTP_DATA_GOOD) {
		data->fault = fault;
	}
}

static bool
pass(SmtpData *data, BaseBytes octets, GError **error)
{
	if (octets.n > data->max - data->n) {
		set_fault(data, SMTP_DATA_LONG);
	}
	if (data->fault != SMTP_DATA_GOOD || octets.n == 0) {
		return true;
	}
	data->n += octets.n;
	return base_sink_write(data->next, octets, error);
}

/* The length of what stands before the next CR or LF. */
static size_t
text_length(BaseBytes octets)
{
	size_t n = 0;
	while (n < octets.n && octets.p[n] != '\r' && octets.p[n] != '\n') {
		n++;
	}
	return n;
}

/* One octet after a CR. */
static bool
after_cr(SmtpData *data, uint8_t octet, bool *end, GError **error)
{
	bool dot = data->place == AT_DOT_CR;
	if (octet == '\n') {
		*end = dot;
		data->place = AT_START;
		return *end || pass(data, BASE_LIT("\r\n"), error);
	}
	set_fault(data, SMTP_DATA_BARE);
	data->place = octet == '\r' ? AT_CR : AT_TEXT;
	return true;
}

/* An LF without CR ends a line, but never the message; a dot alone before it is there to make
 * somebody else believe that it does. */
static bool
bare_lf(SmtpData *data, GError **error)
{
	if (data->place == AT_DOT) {
		set_fault(data, SMTP_DATA_BARE);
	}
	data->place = AT_BARE;
	return pass(data, BASE_LIT("\r\n"), error);
}

/* After "LF .": programs that stuff dots in such lines have written two, others one. */
static bool
after_bare_dot(SmtpData *data, uint8_t octet, GError **error)
{
	data->place = AT_TEXT;
	if (octet == '\r' || octet == '\n') {
		set_fault(data, SMTP_DATA_BARE);
	}
	return octet == '.' || pass(data, BASE_LIT("."), error);
}

/* One octet elsewhere that is not plain text: CR, LF or a dot at the start. */
static bool
special(SmtpData *data, uint8_t octet, GError **error)
{
	if (octet == '\n') {
		return bare_lf(data, error);
	}
	if (octet == '\r') {
		data->place = data->place == AT_DOT ? AT_DOT_CR : AT_CR;
	} else {
		data->place = data->place == AT_BARE ? AT_BARE_DOT : AT_DOT;
	}
	return true;
}

static bool
is_special(const SmtpData *data, uint8_t octet)
{
	bool start = data->place == AT_START || data->place == AT_BARE;
	return octet == '\r' || octet == '\n' || (octet == '.' && start);
}

bool
smtp_data_feed(SmtpData *data, BaseBytes octets, size_t *used, SmtpDataState *state, GError **error)
{
	size_t i = 0;
	bool end = false;
	while (i < octets.n && !end) {
		uint8_t octet = octets.p[i];
		if (data->place == AT_CR || data->place == AT_DOT_CR) {
			if (!after_cr(data, octet, &end, error)) {
				return false;
			}
			i++;
		} else if (data->place == AT_BARE_DOT) {
			if (!after_bare_dot(data, octet, error)) {
				return false;
			}
		} else if (is_special(data, octet)) {
			if (!special(data, octet, error)) {
				return false;
			}
			i++;
		} else {
			size_t n = text_length(base_bytes_slice(octets, i, SIZE_MAX));
			data->place = AT_TEXT;
			if (!pass(data, base_bytes_slice(octets, i, n), error)) {
				return false;
			}
			i += n;
		}
	}
	*used = i;
	*state = end ? SMTP_DATA_END : SMTP_DATA_MORE;
	return true;
}

SmtpDataFault
smtp_data_fault(const SmtpData *data)
{
	return data->fault;
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	bool inside; /* a line */
} Stuffer;

static bool
stuffer_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Stuffer *self = (Stuffer *)sink;
	while (data.n > 0) {
		if (!self->inside && data.p[0] == '.' &&
		    !base_sink_write(self->next, BASE_LIT("."), error)) {
			return false;
		}
		/* Up to a dot that begins a line. */
		const uint8_t *end = data.p;
		const uint8_t *stop = data.p + data.n;
		do {
			end = memchr(end, '\n', (size_t)(stop - end));
			end = end == NULL ? stop : end + 1;
		} while (end < stop && *end != '.');
		size_t n = (size_t)(end - data.p);
		self->inside = end[-1] != '\n';
		if (!base_sink_write(self->next, base_bytes_slice(data, 0, n), error)) {
			return false;
		}
		data = base_bytes_slice(data, n, SIZE_MAX);
	}
	return true;
}

static bool
stuffer_finish(BaseSink *sink, GError **error)
{
	Stuffer *self = (Stuffer *)sink;
	return base_sink_write_str(self->next, self->inside ? "\r\n.\r\n" : ".\r\n", error);
}

static void
stuffer_free(BaseSink *sink)
{
	g_free(sink);
}

BaseSink *
smtp_data_new_stuffer(BaseSink *next)
{
	static const BaseSinkClass klass = {stuffer_write, stuffer_finish, stuffer_free};
	Stuffer *self = g_new0(Stuffer, 1);
	self->sink.klass = &klass;
	self->next = next;
	return &self->sink;
}
