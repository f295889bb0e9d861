/* SPDX-License-Identifier: MPL-2.0 */
/* Noting messages in the store of the benchmark. */
#pragma once

#include "suite.h"

/* In the store that bench_people_make() made in @dir. */
void bench_sightings(const BenchOptions *options, const char *dir, BenchReport *report);
