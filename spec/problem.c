#include "spec/problem.h"

#include <string.h>

#include "spec/characters.h"

typedef struct {
    Problem problem;
    guint text_order; /* of its text: the order of first mention */
    guint sequence;   /* of adding; makes the sort stable */
} Entry;

struct Problems {
    GArray *entries;         /* Entry */
    GHashTable *text_orders; /* text -> its order */
    guint errors;
    guint dropped;
    guint kept_warnings;
    guint sequence;
};

static void entry_clear(gpointer data)
{
    g_free(((Entry *)data)->problem.message);
}

Problems *problems_new(void)
{
    Problems *problems = g_new0(Problems, 1);
    problems->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(problems->entries, entry_clear);
    problems->text_orders = g_hash_table_new(NULL, NULL);
    return problems;
}

void problems_free(Problems *problems)
{
    if (problems == NULL) {
        return;
    }
    g_hash_table_unref(problems->text_orders);
    g_array_unref(problems->entries);
    g_free(problems);
}

static guint text_order(Problems *problems, const TrustedText *text)
{
    gpointer key = (gpointer)text;
    gpointer order = NULL;
    if (!g_hash_table_lookup_extended(problems->text_orders, key, NULL, &order)) {
        order = GUINT_TO_POINTER(g_hash_table_size(problems->text_orders));
        g_hash_table_insert(problems->text_orders, key, order);
    }
    return GPOINTER_TO_UINT(order);
}

static void drop_last_warning(Problems *problems)
{
    guint index = problems->entries->len;
    do {
        index--;
    } while (g_array_index(problems->entries, Entry, index).problem.severity != PROBLEM_WARNING);
    g_array_remove_index(problems->entries, index);
    problems->kept_warnings--;
    problems->dropped++;
}

/* Counts the problem. FALSE: there is no room to keep it. */
static gboolean make_room(Problems *problems, ProblemSeverity severity)
{
    gboolean is_error = severity == PROBLEM_ERROR;
    problems->errors += is_error ? 1 : 0;
    if (problems->entries->len < PROBLEMS_MAX) {
        return TRUE;
    }
    if (is_error && problems->kept_warnings > 0) {
        drop_last_warning(problems);
        return TRUE;
    }
    problems->dropped++;
    return FALSE;
}

/* Takes over MESSAGE, for which there is room. */
static void keep(Problems *problems, ProblemSeverity severity, Position where, char *message)
{
    Entry entry = {
        .problem = {severity, where, message},
        .text_order = text_order(problems, where.text),
        .sequence = problems->sequence++,
    };
    g_array_append_val(problems->entries, entry);
    problems->kept_warnings += severity == PROBLEM_WARNING ? 1 : 0;
}

G_GNUC_PRINTF(4, 0)
static void add(Problems *problems, ProblemSeverity severity, Position where, const char *format,
                va_list arguments)
{
    /* Before the formatting, so that a flood of problems costs nothing. */
    if (!make_room(problems, severity)) {
        return;
    }
    g_autofree char *raw = g_strdup_vprintf(format, arguments);
    GString *message = g_string_new(NULL);
    characters_append_escaped(message, raw, strlen(raw), PROBLEM_MESSAGE_MAX);
    keep(problems, severity, where, g_string_free(message, FALSE));
}

void problems_move(Problems *from, Problems *to)
{
    guint errors = from->errors;
    for (guint i = 0; i < from->entries->len; i++) {
        Problem *problem = &g_array_index(from->entries, Entry, i).problem;
        errors -= problem->severity == PROBLEM_ERROR ? 1 : 0;
        if (make_room(to, problem->severity)) {
            keep(to, problem->severity, problem->where, g_steal_pointer(&problem->message));
        }
    }
    to->errors += errors;
    to->dropped += from->dropped;
    g_array_set_size(from->entries, 0);
    from->errors = from->dropped = from->kept_warnings = 0;
}

gboolean problems_add(Problems *problems, Position where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(problems, PROBLEM_ERROR, where, format, arguments);
    va_end(arguments);
    return FALSE;
}

void problems_add_warning(Problems *problems, Position where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(problems, PROBLEM_WARNING, where, format, arguments);
    va_end(arguments);
}

guint problems_count(const Problems *problems)
{
    return problems->entries->len;
}

guint problems_count_errors(const Problems *problems)
{
    return problems->errors;
}

guint problems_count_dropped(const Problems *problems)
{
    return problems->dropped;
}

const Problem *problems_get(const Problems *problems, guint index)
{
    g_return_val_if_fail(index < problems->entries->len, NULL);
    return &g_array_index(problems->entries, Entry, index).problem;
}

static int compare_numbers(guint32 a, guint32 b)
{
    return (a > b) - (a < b);
}

static int compare_entries(gconstpointer a, gconstpointer b)
{
    const Entry *left = a;
    const Entry *right = b;
    int order = compare_numbers(left->text_order, right->text_order);
    if (order == 0) {
        order = compare_numbers(left->problem.where.line, right->problem.where.line);
    }
    if (order == 0) {
        order = compare_numbers(left->problem.where.column, right->problem.where.column);
    }
    return order != 0 ? order : compare_numbers(left->sequence, right->sequence);
}

void problems_sort(Problems *problems)
{
    g_array_sort(problems->entries, compare_entries);
}
