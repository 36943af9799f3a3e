/* schema: the key tables, for people, for programs and for the manual. */
#include "agent/agent_config.h"
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/help.h"
#include "agent/report.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const KeyTable *table;
} tables[] = {
    {"document", &document_keys}, {"host", &host_keys},       {"domain", &domain_keys},
    {"disk", &disk_keys},         {"vif", &vif_keys},         {"vfb", &vfb_keys},
    {"vkb", &vkb_keys},           {"usbctrl", &usbctrl_keys}, {"usbdev", &usbdev_keys},
    {"channel", &channel_keys},   {"agent", &agent_keys},     {"source", &source_keys},
    {"hook", &hook_keys},
};

static char *guest_names(guint guests)
{
    GString *out = g_string_new(NULL);
    static const struct {
        guint bit;
        const char *name;
    } types[] = {{GUEST_PV, "pv"}, {GUEST_PVH, "pvh"}, {GUEST_HVM, "hvm"}};
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if ((guests & types[i].bit) != 0) {
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", types[i].name);
        }
    }
    return g_string_free(out, FALSE);
}

static char *type_text(const KeyRow *row)
{
    GString *out = g_string_new(NULL);
    key_row_describe_type(row, out);
    return g_string_free(out, FALSE);
}

/* What xm has of a row, where that is not what xl has; NULL: it is. */
static char *xm_text(const KeyRow *row)
{
    if (row->xl_name == NULL) {
        return NULL;
    }
    if (row->xm_name == NULL) {
        return g_strdup("no");
    }
    GString *out = g_string_new(NULL);
    g_autofree char *since = key_row_xm_since(row);
    if (since != NULL) {
        g_string_append_printf(out, "since Xen %s", since);
    }
    if (row->xm_guests != 0) {
        g_autofree char *guests = guest_names(key_row_xm_guests(row));
        g_string_append_printf(out, "%sfor %s guests alone", out->len > 0 ? ", " : "", guests);
    }
    return g_string_free(out, out->len == 0);
}

static void print_text(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        printf("%sKeys of %s\n", i > 0 ? "\n" : "", tables[i].table->name);
        for (guint j = 0; j < tables[i].table->count; j++) {
            const KeyRow *row = &tables[i].table->rows[j];
            g_autofree char *type = type_text(row);
            printf("\n  %s%s\n      %s\n      %s\n", row->name,
                   row->is_required ? " (required)" : "", row->doc, type);
            if (row->default_text != NULL) {
                printf("      default: %s\n", row->default_text);
            }
            g_autofree char *since = key_row_since(row);
            if (since != NULL) {
                printf("      since: Xen %s\n", since);
            }
            g_autofree char *xm = xm_text(row);
            if (xm != NULL) {
                printf("      xm: %s\n", xm);
            }
            if (tables[i].table == &domain_keys && key_change_name(row->change) != NULL) {
                g_autofree char *guests = guest_names(row->guests != 0 ? row->guests : GUEST_ALL);
                printf("      guests: %s; a change takes effect: %s\n", guests,
                       key_change_name(row->change));
            }
        }
    }
}

static json_t *make_row(const KeyTable *table, const KeyRow *row)
{
    g_autofree char *type = type_text(row);
    json_t *object = json_pack("{s:s, s:s, s:s, s:b}", "name", row->name, "doc", row->doc, "type",
                               type, "required", row->is_required);
    json_object_set_new(object, "default",
                        row->default_text != NULL ? json_string(row->default_text) : json_null());
    json_object_set_new(object, "xl",
                        row->xl_name != NULL ? json_string(row->xl_name) : json_null());
    json_object_set_new(object, "xm",
                        row->xm_name != NULL ? json_string(row->xm_name) : json_null());
    g_autofree char *since = key_row_since(row);
    json_object_set_new(object, "since", since != NULL ? json_string(since) : json_null());
    g_autofree char *xm_since = key_row_xm_since(row);
    json_object_set_new(object, "xm_since", xm_since != NULL ? json_string(xm_since) : json_null());
    if (table == &domain_keys) {
        const char *change = key_change_name(row->change);
        g_autofree char *guests = guest_names(row->guests != 0 ? row->guests : GUEST_ALL);
        json_object_set_new(object, "change", change != NULL ? json_string(change) : json_null());
        json_object_set_new(object, "guests", json_string(guests));
        json_object_set_new(object, "profile", json_boolean(!row->not_in_profile));
    }
    json_object_set_new(object, "runs_program", json_boolean(row->runs_program));
    return object;
}

static void print_json(void)
{
    json_t *all = json_object();
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        json_t *rows = json_array();
        for (guint j = 0; j < tables[i].table->count; j++) {
            json_array_append_new(rows, make_row(tables[i].table, &tables[i].table->rows[j]));
        }
        json_object_set_new(all, tables[i].name, rows);
    }
    g_autofree char *text = report_dump(json_pack("{s:i, s:o, s:n}", "format_version",
                                                  REPORT_FORMAT_VERSION, "tables", all, "error"));
    fputs(text, stdout);
}

/* One note on a key; TEXT NULL: there is none. */
static void print_note(const char *label, const char *text)
{
    if (text != NULL) {
        g_autofree char *shown = help_escape_for_scdoc(text);
        printf("\t%s: %s.\n", label, shown);
    }
}

static void print_man_row(const KeyTable *table, const KeyRow *row)
{
    g_autofree char *name = help_escape_for_scdoc(row->name);
    g_autofree char *doc = help_escape_for_scdoc(row->doc);
    g_autofree char *type = type_text(row);
    g_autofree char *since = key_row_since(row);
    g_autofree char *guests = guest_names(row->guests);
    g_autofree char *xm = xm_text(row);
    gboolean is_of_guest = table == &domain_keys && row->change != CHANGE_NONE;
    printf("\n*%s*%s\n\t%s\n", name, row->is_required ? " (required)" : "", doc);
    print_note("Type", type);
    print_note("Default", row->default_text);
    print_note("Since Xen", since);
    print_note("For xm", xm);
    print_note("Guests", row->guests != 0 ? guests : NULL);
    print_note("A change takes effect", is_of_guest ? key_change_name(row->change) : NULL);
}

static void print_man(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        printf("%s## KEYS OF %s\n", i > 0 ? "\n" : "", tables[i].table->name);
        for (guint j = 0; j < tables[i].table->count; j++) {
            print_man_row(tables[i].table, &tables[i].table->rows[j]);
        }
    }
}

static int refuse(const Options *options, const char *message)
{
    fprintf(stderr, "xensure: %s\n", message);
    if (options->is_json) {
        g_autofree char *json = report_make_error_json(message);
        fputs(json, stdout);
    }
    return EXIT_ERROR;
}

int command_schema(const Options *options)
{
    const char *format = options->format != NULL ? options->format
                         : options->is_json      ? "json"
                                                 : "text";
    if (options->is_json && strcmp(format, "json") != 0) {
        return refuse(options, "`-o json` and another --format cannot both be had");
    }
    if (strcmp(format, "text") == 0) {
        print_text();
    } else if (strcmp(format, "json") == 0) {
        print_json();
    } else if (strcmp(format, "man") == 0) {
        print_man();
    } else {
        g_autofree char *message =
            g_strdup_printf("expected the format text, json or man, found '%s'", format);
        return refuse(options, message);
    }
    return EXIT_IN_SYNC;
}
