/* SPDX-License-Identifier: MPL-2.0 */
/* Memory for keys and plaintext that must not stay behind. */
#pragma once

#include "base/bytes.h"

/* Wipes in a way the compiler cannot drop. */
void base_wipe(void *p, size_t n);

/* A GBytes whose memory is wiped when the last reference goes; the data is copied. */
GBytes *base_secret_bytes(BaseBytes data);

/* Frees a NUL-terminated string after wiping it; NULL is fine. */
void base_secret_free(char *s);

typedef char BaseSecretString;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BaseSecretString, base_secret_free)

/* Compares without telling by its time where the difference is. */
bool base_secret_equal(BaseBytes a, BaseBytes b);
