/* SPDX-License-Identifier: MPL-2.0 */
/* Looking things up in the knowledge base. */
#include "howto/data.h"

#include "base/language.h"

const HowtoProgram *
howto_program(const char *id)
{
	if (strcmp(id, HOWTO_ANY.id) == 0) {
		return &HOWTO_ANY;
	}
	for (guint i = 0; i < HOWTO_N_PROGRAMS; i++) {
		if (strcmp(HOWTO_PROGRAMS[i].id, id) == 0) {
			return &HOWTO_PROGRAMS[i];
		}
	}
	return NULL;
}

static bool
covers(HowtoVersions versions, guint version)
{
	bool all = versions.first == 0 && versions.last == G_MAXUINT;
	return all || (version != 0 && version >= versions.first && version <= versions.last);
}

/* The last one that fits; those for all versions stand behind no other that does. */
static bool
is_better(HowtoVersions now, HowtoVersions best)
{
	bool plain = now.first == 0 && now.last == G_MAXUINT;
	return !plain || (best.first == 0 && best.last == G_MAXUINT);
}

const HowtoFact *
howto_fact(const HowtoProgram *program, const char *name, guint version)
{
	const HowtoFact *best = NULL;
	for (guint i = 0; i < program->n_facts; i++) {
		const HowtoFact *fact = &program->facts[i];
		if (strcmp(fact->name, name) == 0 && covers(fact->versions, version) &&
		    (best == NULL || is_better(fact->versions, best->versions))) {
			best = fact;
		}
	}
	return best;
}

const char *
howto_value(const HowtoProgram *program, const char *name, guint version)
{
	const HowtoFact *fact = howto_fact(program, name, version);
	return fact == NULL ? "unknown" : fact->value;
}

const HowtoTask *
howto_task(const HowtoProgram *program, const char *name, guint version)
{
	const HowtoTask *best = NULL;
	for (guint i = 0; i < program->n_tasks; i++) {
		const HowtoTask *task = &program->tasks[i];
		if (strcmp(task->name, name) == 0 && covers(task->versions, version) &&
		    (best == NULL || is_better(task->versions, best->versions))) {
			best = task;
		}
	}
	return best;
}

static guint
language_index(void)
{
	guint i = 0;
	while (i < HOWTO_LANGUAGES && strcmp(HOWTO_CODES[i], base_language_code()) != 0) {
		i++;
	}
	return i < HOWTO_LANGUAGES ? i : HOWTO_EN;
}

const char *
howto_text(const HowtoText *text)
{
	return text->in[language_index()];
}
