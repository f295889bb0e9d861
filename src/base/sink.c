/* SPDX-License-Identifier: MPL-2.0 */
/* The small sinks: nowhere, memory, an array, counting, two at once. */
#include "base/sink.h"

#include "base/error.h"

static bool
null_write(BaseSink *sink G_GNUC_UNUSED, BaseBytes data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
	return true;
}

BaseSink *
base_sink_null(void)
{
	static const BaseSinkClass klass = {null_write, NULL, NULL};
	static BaseSink sink = {&klass};

	return &sink;
}

typedef struct {
	BaseSink sink;
	GByteArray *array;
	size_t max;
} ArraySink;

static bool
array_write(BaseSink *sink, BaseBytes data, GError **error)
{
	ArraySink *self = (ArraySink *)sink;
	size_t max = MIN(self->max, G_MAXUINT);

	if (self->array->len > max || data.n > max - self->array->len) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "more than %" G_GSIZE_FORMAT " octets for one part", max);
	}
	if (data.n > 0) {
		g_byte_array_append(self->array, data.p, (guint)data.n);
	}
	return true;
}

static void
memory_free(BaseSink *sink)
{
	g_byte_array_unref(((ArraySink *)sink)->array);
	g_free(sink);
}

static void
plain_free(BaseSink *sink)
{
	g_free(sink);
}

static const BaseSinkClass memory_class = {array_write, NULL, memory_free};
static const BaseSinkClass array_class = {array_write, NULL, plain_free};

static BaseSink *
array_sink_new(const BaseSinkClass *klass, GByteArray *array, size_t max)
{
	ArraySink *self = g_new0(ArraySink, 1);

	self->sink.klass = klass;
	self->array = array;
	self->max = max;
	return &self->sink;
}

BaseSink *
base_sink_new_memory(size_t max)
{
	return array_sink_new(&memory_class, g_byte_array_new(), max);
}

GBytes *
base_sink_take_bytes(BaseSink *memory)
{
	ArraySink *self = (ArraySink *)memory;
	GByteArray *full = self->array;

	self->array = g_byte_array_new();
	return g_byte_array_free_to_bytes(full);
}

BaseBytes
base_sink_peek_bytes(BaseSink *memory)
{
	return base_bytes_of_array(((ArraySink *)memory)->array);
}

BaseSink *
base_sink_new_array(GByteArray *array, size_t max)
{
	return array_sink_new(&array_class, array, max);
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	uint64_t count;
} CountSink;

static bool
count_write(BaseSink *sink, BaseBytes data, GError **error)
{
	CountSink *self = (CountSink *)sink;

	self->count += data.n;
	return self->next == NULL || base_sink_write(self->next, data, error);
}

BaseSink *
base_sink_new_count(BaseSink *next)
{
	static const BaseSinkClass klass = {count_write, NULL, plain_free};
	CountSink *self = g_new0(CountSink, 1);

	self->sink.klass = &klass;
	self->next = next;
	return &self->sink;
}

uint64_t
base_sink_count(BaseSink *count)
{
	return ((CountSink *)count)->count;
}

typedef struct {
	BaseSink sink;
	BaseSink *a;
	BaseSink *b;
} TeeSink;

static bool
tee_write(BaseSink *sink, BaseBytes data, GError **error)
{
	TeeSink *self = (TeeSink *)sink;

	return base_sink_write(self->a, data, error) && base_sink_write(self->b, data, error);
}

BaseSink *
base_sink_new_tee(BaseSink *a, BaseSink *b)
{
	static const BaseSinkClass klass = {tee_write, NULL, plain_free};
	TeeSink *self = g_new0(TeeSink, 1);

	self->sink.klass = &klass;
	self->a = a;
	self->b = b;
	return &self->sink;
}
