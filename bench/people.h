/* SPDX-License-Identifier: MPL-2.0 */
/* A store full of people, made without the layers above it: the same person by the same number. */
#pragma once

#include "base/clock.h"

#include <glib.h>
#include <stdbool.h>

/* Every tenth has a key, three signed messages and two certificates. */
#define BENCH_PEOPLE_KEYED 10
#define BENCH_PEOPLE_NOW   INT64_C(1790000000)

/* Makes the store in @dir with @n people, or ends the program. */
void bench_people_make(const char *dir, guint64 n);

/* (transfer full) The address of number @i; beyond the @n of the store it is a stranger's. */
char *bench_people_address(guint64 i);
char *bench_people_domain(guint64 i);
/* (transfer full) The root's fingerprint of number @i, in hex. */
char *bench_people_root(guint64 i);

/* A number that looks like any other, the same for the same @seed. */
guint64 bench_mix(guint64 seed);
