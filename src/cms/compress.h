/* SPDX-License-Identifier: MPL-2.0 */
/* CompressedData of RFC 3274: zlib, bounded. */
#pragma once

#include "base/sink.h"

/*
 * A filter from the octets of a zlib stream (RFC 1950) to what they mean. PS_ERROR_LIMIT when more
 * than BASE_LIMIT_COMPRESSION octets come out for each that went in (a bomb), or more than
 * BASE_LIMIT_MESSAGE; PS_ERROR_MALFORMED if it is no zlib stream, or from finish() if it was cut
 * short. Octets behind the end of the stream are ignored.
 */
BaseSink *cms_inflate_new(BaseSink *next);
