/* The record as text, written; record_text.c shows what it looks like. */
#include "reconcile/record_rows.h"

#include <string.h>

const char *operation_name(Operation operation)
{
    return record_operations[operation];
}

static void format_sources(const Record *record, GString *out)
{
    g_autoptr(GList) names = g_hash_table_get_keys(record->sources);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (GList *link = names; link != NULL; link = link->next) {
        const RecordSource *source = record_find_source(record, link->data);
        guint kind = (source->is_current ? 1u : 0u) + (source->is_configured ? 2u : 0u);
        g_string_append_printf(out, "source %s ", record_source_words[kind]);
        if (source->has_generation) {
            g_string_append_printf(out, "%" G_GINT64_FORMAT, source->generation);
        } else {
            g_string_append_c(out, '-');
        }
        g_string_append_printf(out, " %s %s %s\n", source->digest != NULL ? source->digest : "-",
                               source->commit != NULL ? source->commit : "-", source->name);
        if (source->signers != NULL) {
            g_string_append_printf(out, "signers %" G_GINT64_FORMAT " %s %s %s %s\n",
                                   source->signers_since, source->signers, source->signers_before,
                                   source->signers_root, source->name);
        }
    }
}

static void format_hosts(const Record *record, GString *out)
{
    g_autoptr(GList) names = g_hash_table_get_keys(record->hosts);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (GList *link = names; link != NULL; link = link->next) {
        const RecordHost *host = g_hash_table_lookup(record->hosts, link->data);
        const char *word = host->is_forgotten ? "forgotten-host" : "host";
        const char *address = host->address != NULL ? host->address : "";
        g_string_append_printf(out, "%s %s%s%s\n", word, (const char *)link->data,
                               *address != '\0' ? " " : "", address);
    }
}

void record_format_header(const Record *record, GString *out)
{
    g_string_append_printf(out, "%s\n", RECORD_FIRST_LINE);
    if (record->fleet != NULL) {
        g_string_append_printf(out, "fleet %s\n", record->fleet);
    }
    if (record->has_generation) {
        g_string_append_printf(out, "generation %" G_GINT64_FORMAT "\n", record->generation);
    }
    if (record->signed_time != 0) {
        g_string_append_printf(out, "signed-time %" G_GINT64_FORMAT "\n", record->signed_time);
    }
    format_sources(record, out);
    g_autoptr(GList) names = g_hash_table_get_keys(record->wanted);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (GList *link = names; link != NULL; link = link->next) {
        g_string_append_printf(out, "wanted %s %s\n", (const char *)link->data,
                               (const char *)g_hash_table_lookup(record->wanted, link->data));
    }
    format_hosts(record, out);
}

static void format_attempts(const RecordDomain *domain, GString *out)
{
    if (domain->attempts->len == 0) {
        return;
    }
    g_string_append(out, "attempts");
    guint first = domain->attempts->len - MIN(domain->attempts->len, RECORD_ATTEMPTS_MAX);
    for (guint i = first; i < domain->attempts->len; i++) {
        g_string_append_printf(out, " %" G_GINT64_FORMAT,
                               g_array_index(domain->attempts, gint64, i));
    }
    g_string_append_c(out, '\n');
}

static void format_settings(const char *word, const char *text, GString *out)
{
    guint lines = 0;
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    gboolean is_ended = *text == '\0' || g_str_has_suffix(text, "\n");
    g_string_append_printf(out, "%s %u\n%s%s", word, lines + !is_ended, text, is_ended ? "" : "\n");
}

void record_format_domain(const RecordDomain *domain, GString *out)
{
    g_string_append_printf(out, "domain %s\nuuid %s\n", domain->name, domain->uuid);
    g_string_append(out, "flags");
    for (guint i = 0; i < G_N_ELEMENTS(record_flags); i++) {
        if (G_STRUCT_MEMBER(gboolean, domain, record_flags[i].offset)) {
            g_string_append_printf(out, " %s", record_flags[i].name);
        }
    }
    g_string_append_c(out, '\n');
    if (domain->domid != 0) {
        g_string_append_printf(out, "domid %u\n", domain->domid);
    }
    if (domain->has_bounce) {
        g_string_append_printf(out, "bounce %" G_GINT64_FORMAT "\n", domain->bounce);
    }
    if (domain->operation != OPERATION_NONE) {
        g_string_append_printf(out, "operation %s\n", record_operations[domain->operation]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(record_texts); i++) {
        const char *text = G_STRUCT_MEMBER(char *, domain, record_texts[i].offset);
        if (text != NULL && *text != '\0') {
            g_string_append_printf(out, "%s %s\n", record_texts[i].name, text);
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(record_numbers); i++) {
        gint64 number = G_STRUCT_MEMBER(gint64, domain, record_numbers[i].offset);
        if (number != 0) {
            g_string_append_printf(out, "%s %" G_GINT64_FORMAT "\n", record_numbers[i].name,
                                   number);
        }
    }
    for (char **link = domain->boot_links; link != NULL && *link != NULL; link++) {
        g_string_append_printf(out, "boot-link %s\n", *link);
    }
    for (guint i = 0; i < domain->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(domain->former_names, i);
        const char *digest = former->config_digest != NULL ? former->config_digest : "";
        g_string_append_printf(out, "former %s%s%s\n", former->name, *digest != '\0' ? " " : "",
                               digest);
    }
    format_attempts(domain, out);
    for (guint i = 0; i < G_N_ELEMENTS(record_settings); i++) {
        const char *text = G_STRUCT_MEMBER(char *, domain, record_settings[i].offset);
        if (text != NULL) {
            format_settings(record_settings[i].name, text, out);
        }
    }
    g_string_append(out, "end\n");
}

void record_format_forgotten(const char *name, GString *out)
{
    g_string_append_printf(out, "forget %s\n", name);
}

void record_format(const Record *record, GString *out)
{
    g_autoptr(GList) names = g_hash_table_get_keys(record->domains);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    record_format_header(record, out);
    for (GList *link = names; link != NULL; link = link->next) {
        record_format_domain(record_find(record, link->data), out);
    }
}
