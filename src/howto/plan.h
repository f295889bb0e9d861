/* SPDX-License-Identifier: MPL-2.0 */
/* What a page says about each state, and who does what. Texts are English; _() translates them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define HOWTO_BLOCKS_MAX 4U
#define HOWTO_TASKS_MAX  5U

typedef struct {
	bool recipient;            /* the recipient does it, in TO; else the sender, in FROM */
	const char *brief;         /* what, in the summary: "sends you one signed message." */
	const char *text;          /* what and why; NULL: no more blocks */
	const char *with_postseal; /* what it is where postseal stands behind the program */
	const char *tasks[HOWTO_TASKS_MAX]; /* names of tasks; ended by NULL */
} HowtoBlock;

typedef struct {
	const char *state;
	const char *name;    /* in lists: "no key yet" */
	const char *kind;    /* how it looks: "good", "warn", "bad", "plain" */
	const char *meaning; /* one or two sentences */
	HowtoBlock blocks[HOWTO_BLOCKS_MAX + 1];
} HowtoPlan;

/* One for each of howto_states(), in their order. */
extern const HowtoPlan HOWTO_PLANS[];
extern const guint HOWTO_N_PLANS;

const HowtoPlan *howto_plan(const char *state);
/* "encrypt" -> "Encrypt the message". */
const char *howto_task_title(const char *task);
/* "needs-trust" -> "..."; NULL: not told on pages. */
const char *howto_fact_title(const char *fact);
/* All that are told on pages; NULL behind the last. */
const char *howto_fact_name(guint i);
/* "yes" -> "yes", "managed" -> "where an organisation has set it up". */
const char *howto_value_text(const char *value);
