/* SPDX-License-Identifier: MPL-2.0 */
/* What came out, as tables for people and as one JSON object for programs. */
#include "report.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

static void
clear_wait(gpointer wait)
{
	g_free(((BenchWait *)wait)->name);
}

BenchReport *
bench_report_new(void)
{
	BenchReport *report = g_new0(BenchReport, 1);

	report->rows = g_array_new(FALSE, FALSE, sizeof(BenchRow));
	report->programs = g_array_new(FALSE, FALSE, sizeof(BenchProgramRow));
	report->figures = g_array_new(FALSE, FALSE, sizeof(BenchFigure));
	report->waits = g_array_new(FALSE, FALSE, sizeof(BenchWait));
	g_array_set_clear_func(report->waits, clear_wait);
	report->notes = g_ptr_array_new_with_free_func(g_free);
	return report;
}

void
bench_report_free(BenchReport *report)
{
	g_array_unref(report->rows);
	g_array_unref(report->programs);
	g_array_unref(report->figures);
	g_array_unref(report->waits);
	g_ptr_array_unref(report->notes);
	g_free(report);
}

void
bench_report_note(BenchReport *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(report->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

static bool
row_missed(const BenchRow *row)
{
	return (row->limit > 0 && row->ratio_limit < row->want_limit) ||
	       (row->peer > 0 && row->ratio_peer < row->want_peer);
}

static bool
figure_missed(const BenchFigure *figure)
{
	return figure->bound > 0 &&
	       (figure->at_least ? figure->value < figure->bound : figure->value > figure->bound);
}

static bool
wait_missed(const BenchWait *wait)
{
	return wait->want > 0 && wait->median > wait->want;
}

guint
bench_report_missed(const BenchReport *report)
{
	guint missed = 0;

	for (guint i = 0; i < report->rows->len; i++) {
		missed += row_missed(&g_array_index(report->rows, BenchRow, i));
	}
	for (guint i = 0; i < report->figures->len; i++) {
		missed += figure_missed(&g_array_index(report->figures, BenchFigure, i));
	}
	for (guint i = 0; i < report->waits->len; i++) {
		missed += wait_missed(&g_array_index(report->waits, BenchWait, i));
	}
	return missed;
}

/* A number in @width columns, "-" for none. */
static char *
cell(double value, int width)
{
	g_autofree char *text = value > 0 ? g_strdup_printf("%.0f", value) : g_strdup("-");

	return g_strdup_printf("%*s", width, text);
}

/* 0.93 as "93 %", or 2.1 as "2.1 x"; @least before a target. */
static char *
ratio_text(double ratio, bool percent, const char *least)
{
	if (ratio <= 0) {
		return g_strdup(least[0] == '\0' ? "-" : "");
	}
	return percent ? g_strdup_printf("%s%.0f %%", least, ratio * 100)
		       : g_strdup_printf("%s%.1f x", least, ratio);
}

static char *
ratio_cell(double ratio, double want, bool percent)
{
	g_autofree char *text = ratio_text(ratio, percent, "");
	g_autofree char *target = ratio_text(want, percent, ">= ");

	return g_strdup_printf("%8s %-9s", text, target);
}

static const char *
mark(bool wanted, bool missed)
{
	return !wanted ? "" : missed ? "MISSED" : "ok";
}

static void
print_row(const BenchRow *row)
{
	g_autofree char *ours = cell(row->ours, 9);
	g_autofree char *limit = cell(row->limit, 9);
	g_autofree char *peer = cell(row->peer, 9);
	g_autofree char *of_limit = ratio_cell(row->ratio_limit, row->want_limit, true);
	g_autofree char *of_peer = ratio_cell(row->ratio_peer, row->want_peer, false);

	(void)printf("%-34s %s %-5s %s %s  %s %s %s\n", row->name, ours, row->unit, limit, peer,
		     of_limit, of_peer,
		     mark(row->want_limit > 0 || row->want_peer > 0, row_missed(row)));
}

static void
print_program(const BenchProgramRow *row)
{
	(void)printf("%-10s %-8s %-6s %9.2f ms %9.2f ms %8.1f MiB\n", row->program, row->act,
		     row->size, row->wall_ms, row->cpu_ms, row->rss_mib);
}

static void
print_waits(const BenchReport *report)
{
	if (report->waits->len > 0) {
		(void)printf("\n%-52s %12s %12s\n", "one question of a store, on the wall",
			     "median", "99 %");
	}
	for (guint i = 0; i < report->waits->len; i++) {
		const BenchWait *w = &g_array_index(report->waits, BenchWait, i);
		g_autofree char *want = w->want > 0 ? g_strdup_printf("<= %.0f", w->want) : NULL;

		(void)printf("%-52s %9.1f us %9.1f us  %s %s\n", w->name, w->median, w->high,
			     want == NULL ? "" : want, mark(w->want > 0, wait_missed(w)));
	}
}

static void
print_figure(const BenchFigure *f)
{
	g_autofree char *want =
		f->bound > 0 ? g_strdup_printf("%s %.2f", f->at_least ? ">=" : "<=", f->bound)
			     : g_strdup("");

	(void)printf("%-52s %8.2f %-4s %s  %s\n", f->name, f->value, f->unit, want,
		     mark(f->bound > 0, figure_missed(f)));
}

void
bench_report_print(const BenchReport *report)
{
	if (report->rows->len > 0) {
		(void)printf("%-34s %9s %-5s %9s %9s  %-18s %s\n",
			     "in process, CPU time of one core", "postseal", "", "limit",
			     "libcrypto", "postseal / limit", "postseal / libcrypto");
	}
	for (guint i = 0; i < report->rows->len; i++) {
		print_row(&g_array_index(report->rows, BenchRow, i));
	}
	if (report->programs->len > 0) {
		(void)printf("\n%-26s %12s %12s %12s\n", "whole programs", "wall", "CPU", "memory");
	}
	for (guint i = 0; i < report->programs->len; i++) {
		print_program(&g_array_index(report->programs, BenchProgramRow, i));
	}
	print_waits(report);
	(void)printf("\n");
	for (guint i = 0; i < report->figures->len; i++) {
		print_figure(&g_array_index(report->figures, BenchFigure, i));
	}
	for (guint i = 0; i < report->notes->len; i++) {
		(void)printf("note: %s\n", (const char *)report->notes->pdata[i]);
	}
	(void)printf("%u of %u targets missed\n", bench_report_missed(report),
		     report->rows->len + report->figures->len + report->waits->len);
}

static void
add_number(JsonBuilder *b, const char *name, double value)
{
	(void)json_builder_set_member_name(b, name);
	(void)json_builder_add_double_value(b, value);
}

static void
add_text(JsonBuilder *b, const char *name, const char *value)
{
	(void)json_builder_set_member_name(b, name);
	(void)json_builder_add_string_value(b, value);
}

static void
add_flag(JsonBuilder *b, const char *name, bool value)
{
	(void)json_builder_set_member_name(b, name);
	(void)json_builder_add_boolean_value(b, value);
}

static void
add_row(JsonBuilder *b, const BenchRow *row)
{
	(void)json_builder_begin_object(b);
	add_text(b, "name", row->name);
	add_text(b, "unit", row->unit);
	add_number(b, "ours", row->ours);
	add_number(b, "ours_p25", row->ours_low);
	add_number(b, "ours_p75", row->ours_high);
	add_number(b, "limit", row->limit);
	add_number(b, "libcrypto", row->peer);
	add_number(b, "ratio_limit", row->ratio_limit);
	add_number(b, "ratio_peer", row->ratio_peer);
	add_number(b, "want_limit", row->want_limit);
	add_number(b, "want_peer", row->want_peer);
	add_flag(b, "missed", row_missed(row));
	(void)json_builder_end_object(b);
}

static void
add_program(JsonBuilder *b, const BenchProgramRow *row)
{
	(void)json_builder_begin_object(b);
	add_text(b, "program", row->program);
	add_text(b, "act", row->act);
	add_text(b, "size", row->size);
	add_number(b, "wall_ms", row->wall_ms);
	add_number(b, "cpu_ms", row->cpu_ms);
	add_number(b, "rss_mib", row->rss_mib);
	(void)json_builder_end_object(b);
}

static void
add_figure(JsonBuilder *b, const BenchFigure *figure)
{
	(void)json_builder_begin_object(b);
	add_text(b, "name", figure->name);
	add_text(b, "unit", figure->unit);
	add_number(b, "value", figure->value);
	add_number(b, figure->at_least ? "at_least" : "at_most", figure->bound);
	add_flag(b, "missed", figure_missed(figure));
	(void)json_builder_end_object(b);
}

static void
add_wait(JsonBuilder *b, const BenchWait *wait)
{
	(void)json_builder_begin_object(b);
	add_text(b, "name", wait->name);
	add_number(b, "median_us", wait->median);
	add_number(b, "p99_us", wait->high);
	add_number(b, "at_most", wait->want);
	add_flag(b, "missed", wait_missed(wait));
	(void)json_builder_end_object(b);
}

static void
begin_list(JsonBuilder *b, const char *name)
{
	(void)json_builder_set_member_name(b, name);
	(void)json_builder_begin_array(b);
}

void
bench_report_print_json(const BenchReport *report)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL;

	(void)json_builder_begin_object(b);
	begin_list(b, "in_process");
	for (guint i = 0; i < report->rows->len; i++) {
		add_row(b, &g_array_index(report->rows, BenchRow, i));
	}
	(void)json_builder_end_array(b);
	begin_list(b, "programs");
	for (guint i = 0; i < report->programs->len; i++) {
		add_program(b, &g_array_index(report->programs, BenchProgramRow, i));
	}
	(void)json_builder_end_array(b);
	begin_list(b, "figures");
	for (guint i = 0; i < report->figures->len; i++) {
		add_figure(b, &g_array_index(report->figures, BenchFigure, i));
	}
	(void)json_builder_end_array(b);
	begin_list(b, "questions");
	for (guint i = 0; i < report->waits->len; i++) {
		add_wait(b, &g_array_index(report->waits, BenchWait, i));
	}
	(void)json_builder_end_array(b);
	begin_list(b, "notes");
	for (guint i = 0; i < report->notes->len; i++) {
		(void)json_builder_add_string_value(b, report->notes->pdata[i]);
	}
	(void)json_builder_end_array(b);
	(void)json_builder_set_member_name(b, "missed");
	(void)json_builder_add_int_value(b, bench_report_missed(report));
	(void)json_builder_end_object(b);
	root = json_builder_get_root(b);
	text = json_to_string(root, TRUE);
	(void)printf("%s\n", text);
}
