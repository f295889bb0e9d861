/* SPDX-License-Identifier: MPL-2.0 */
/* GIO streams as sinks. */
#pragma once

#include "base/sink.h"
#include <gio/gio.h>

/* Writes to @stream (referenced), in large blocks; finish() flushes what is held back. PS_ERROR_IO.
 */
BaseSink *stream_sink_new(GOutputStream *stream);
