/* xm list, brief and long. */
#include "xenbackend/sim/sim_xm.h"

#include <string.h>

#define DOM0_UUID        "00000000-0000-0000-0000-000000000000"
#define DOM0_MAXIMUM_MIB 16777215

/* What both lists say of a domain. */
typedef struct {
    const char *name;
    gint64 domid; /* -1: it does not run */
    const char *uuid;
    gint64 memory_mib, maximum_mib;
    gint64 vcpus, maximum_vcpus; /* online, configured */
    gint64 weight, cap;
    char letters[7];
    double cpu_seconds;
    const SimDomain *domain; /* NULL: dom0, or it does not run */
} Row;

/* xend/XendAPIConstants.py. */
typedef enum { STATUS_HALTED, STATUS_PAUSED, STATUS_RUNNING, STATUS_CRASHED = 5 } Status;

/* xm's fifth letter is a crash or nothing, and a crash takes away the fourth. */
static void xm_letters(const SimHost *host, const SimDomain *domain, gint64 now_ms, char letters[7])
{
    sim_state_letters(host, domain, now_ms, letters);
    gboolean has_crashed = letters[3] == 's' && letters[4] == 'c';
    letters[3] = letters[3] == 's' && !has_crashed ? 's' : '-';
    letters[4] = has_crashed ? 'c' : '-';
}

static Row dom0_row(const SimHost *host, gint64 now_ms)
{
    const SimSettings *settings = &host->settings;
    return (Row){.name = DOM0_NAME,
                 .uuid = DOM0_UUID,
                 .memory_mib = settings->dom0_memory_mib,
                 .maximum_mib = DOM0_MAXIMUM_MIB,
                 .vcpus = settings->dom0_cpus,
                 .maximum_vcpus = settings->dom0_cpus,
                 .weight = 256,
                 .letters = "r-----",
                 .cpu_seconds = (double)sim_dom0_cpu_seconds(host, now_ms)};
}

/* Mem is what the domain was given, not what it holds: xend/XendConfig.py:to_sxp. */
static Row domain_row(const SimHost *host, const SimDomain *domain, gint64 now_ms)
{
    Row row = {.name = domain->name,
               .domid = domain->domid,
               .uuid = domain->uuid,
               .memory_mib = domain->target_kib / 1024,
               .maximum_mib = domain->maximum_kib / 1024,
               .vcpus = domain->vcpus,
               .maximum_vcpus = domain->maximum_vcpus,
               .weight = domain->weight,
               .cap = domain->cap,
               .cpu_seconds = (double)sim_cpu_seconds(domain, now_ms),
               .domain = domain};
    xm_letters(host, domain, now_ms, row.letters);
    return row;
}

static Row halted_row(const XmHalted *halted)
{
    return (Row){.name = halted->name,
                 .domid = -1,
                 .uuid = halted->uuid,
                 .memory_mib = halted->memory_mib,
                 .maximum_mib = halted->memory_mib,
                 .vcpus = halted->vcpus,
                 .maximum_vcpus = halted->vcpus,
                 .weight = 256};
}

static gint compare_rows(gconstpointer left, gconstpointer right)
{
    return strcmp(((const Row *)left)->name, ((const Row *)right)->name);
}

/* By name, as xend/XendDomain.py:list_sorted. */
static GArray *all_rows(const SimHost *host, const GPtrArray *domains, const GPtrArray *halted)
{
    gint64 now_ms = sim_now_ms();
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));
    Row dom0 = dom0_row(host, now_ms);
    g_array_append_val(rows, dom0);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (!xm_is_listed(domain))
            continue;
        Row row = domain_row(host, domain, now_ms);
        g_array_append_val(rows, row);
    }
    for (guint i = 0; i < halted->len; i++) {
        Row row = halted_row(g_ptr_array_index(halted, i));
        g_array_append_val(rows, row);
    }
    g_array_sort(rows, compare_rows);
    return rows;
}

/* ---- the brief list ---- */

/* xm/main.py:xm_brief_list. */
static void append_brief(GString *out, const Row *row)
{
    g_autofree char *id = row->domid >= 0 ? g_strdup_printf("%d", (int)row->domid) : g_strdup("");
    g_string_append_printf(out, "%-40s %5s %5d %5d %10s %8.1f\n", row->name, id,
                           (int)row->memory_mib, (int)row->vcpus, row->letters, row->cpu_seconds);
}

/* ---- the long list ---- */

/* xend/sxp.py:atomp and Python's repr(). */
static gboolean is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr(".-_:/~", *c) == NULL)
            return FALSE;
    return *text != '\0';
}

static void append_atom(GString *out, const char *text)
{
    if (is_plain(text)) {
        g_string_append(out, text);
        return;
    }
    char quote = strchr(text, '\'') != NULL && strchr(text, '"') == NULL ? '"' : '\'';
    g_string_append_c(out, quote);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == quote || *c == '\\')
            g_string_append_printf(out, "\\%c", *c);
        else if (*c == '\n' || *c == '\t' || *c == '\r')
            g_string_append(out, *c == '\n' ? "\\n" : *c == '\t' ? "\\t" : "\\r");
        else if (g_ascii_isprint(*c))
            g_string_append_c(out, *c);
        else
            g_string_append_printf(out, "\\x%02x", (guchar)*c);
    }
    g_string_append_c(out, quote);
}

static void add_text(GString *out, const char *key, const char *text)
{
    g_string_append_printf(out, "    (%s ", key);
    append_atom(out, text);
    g_string_append(out, ")\n");
}

static void add_number(GString *out, const char *key, gint64 number)
{
    g_string_append_printf(out, "    (%s %" G_GINT64_FORMAT ")\n", key, number);
}

static void add_running(GString *out, const Row *row)
{
    const SimDomain *domain = row->domain;
    gboolean has_crashed = row->letters[4] == 'c';
    Status status = row->letters[3] == 's'   ? STATUS_HALTED
                    : has_crashed            ? STATUS_CRASHED
                    : row->letters[2] == 'p' ? STATUS_PAUSED
                                             : STATUS_RUNNING;
    g_string_append_printf(out, "    (cpu_time %.9g)\n", row->cpu_seconds);
    add_number(out, "online_vcpus", row->vcpus);
    add_number(out, "status", row->domid >= 0 ? (gint64)status : STATUS_HALTED);
    add_text(out, "state", row->letters);
    if (domain != NULL) {
        add_number(out, "store_mfn", 1000000 + domain->domid);
        add_number(out, "console_mfn", 1100000 + domain->domid);
    }
}

static void append_long(GString *out, const Row *row)
{
    gint64 type = row->domain != NULL ? row->domain->type : SIM_TYPE_PV;
    g_string_append(out, "(domain\n");
    if (row->domid >= 0)
        add_number(out, "domid", row->domid);
    add_number(out, "cpu_weight", row->weight);
    add_number(out, "cpu_cap", row->cap);
    add_text(out, "bootloader", "");
    add_number(out, "vcpus", row->maximum_vcpus);
    g_string_append(out, "    (cpus (()))\n");
    add_text(out, "uuid", row->uuid);
    add_text(out, "name", row->name);
    add_number(out, "maxmem", row->maximum_mib);
    add_number(out, "memory", row->memory_mib);
    add_number(out, "shadow_memory", 0);
    add_text(out, "features", "");
    add_text(out, "on_xend_start", "ignore");
    g_string_append_printf(out, "    (image (%s (kernel '')))\n",
                           type == SIM_TYPE_HVM ? "hvm" : "linux");
    if (row->domid >= 0)
        add_running(out, row);
    else
        add_number(out, "status", STATUS_HALTED);
    g_string_append(out, ")\n");
}

/* xend/server/XMLRPCServer.py:domains_with_state leaves out what it cannot read. */
static gboolean is_left_out(const SimHost *host, const char *name)
{
    g_auto(GStrv) names =
        g_strsplit_set(host->settings.left_out != NULL ? host->settings.left_out : "", ", ", -1);
    return g_strv_contains((const char *const *)names, name);
}

static const Row *find_row(const GArray *rows, const char *text)
{
    for (guint i = 0; i < rows->len; i++) {
        const Row *row = &g_array_index(rows, Row, i);
        g_autofree char *id = g_strdup_printf("%d", (int)row->domid);
        if (strcmp(row->name, text) == 0 || (row->domid >= 0 && strcmp(id, text) == 0))
            return row;
    }
    return NULL;
}

int xm_command_list(SimCall *call)
{
    static const struct option long_options[] = {{"long", 0, NULL, 'l'}, {NULL, 0, NULL, 0}};
    guint given = 0;
    if (!xm_options(call, "l", long_options, &given, 0, G_MAXINT))
        return call->exit_code;
    gboolean is_long = given != 0;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    g_autoptr(GPtrArray) halted = xm_halted_read(call->host, domains);
    g_autoptr(GArray) rows = all_rows(call->host, domains, halted);
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    for (int i = optind; i < call->argc; i++) {
        const Row *row = find_row(rows, call->argv[i]);
        if (row == NULL) {
            xm_error("Domain '%s' does not exist.", call->argv[i]);
            return XM_NO_DOMAIN;
        }
        g_ptr_array_add(chosen, (gpointer)row);
    }
    for (guint i = 0; optind >= call->argc && i < rows->len; i++) {
        Row *row = &g_array_index(rows, Row, i);
        if (!is_long || !is_left_out(call->host, row->name))
            g_ptr_array_add(chosen, row);
    }
    if (!is_long)
        g_string_append(call->out, "Name                                        ID   Mem VCPUs  "
                                   "    State   Time(s)\n");
    for (guint i = 0; i < chosen->len; i++) {
        if (is_long)
            append_long(call->out, g_ptr_array_index(chosen, i));
        else
            append_brief(call->out, g_ptr_array_index(chosen, i));
    }
    return 0;
}
