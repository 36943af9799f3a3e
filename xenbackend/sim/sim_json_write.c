#include "xenbackend/sim/sim_json.h"

#include <string.h>

static void append_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '"':
        case '\\':
            g_string_append_printf(out, "\\%c", *text);
            break;
        case '\n':
            g_string_append(out, "\\n");
            break;
        case '\r':
            g_string_append(out, "\\r");
            break;
        case '\t':
            g_string_append(out, "\\t");
            break;
        case '\b':
            g_string_append(out, "\\b");
            break;
        case '\f':
            g_string_append(out, "\\f");
            break;
        default:
            if ((unsigned char)*text < 0x20)
                g_string_append_printf(out, "\\u%04X", (unsigned char)*text);
            else
                g_string_append_c(out, *text);
        }
    }
    g_string_append_c(out, '"');
}

static void indent(SimJson *json)
{
    for (guint i = 0; i < json->depth; i++)
        g_string_append(json->out, "    ");
}

static void begin_item(SimJson *json, const char *key)
{
    if (json->depth > 0) {
        if (json->has_item)
            g_string_append(json->out, ",\n");
        indent(json);
    }
    json->has_item = TRUE;
    if (key != NULL) {
        append_text(json->out, key);
        g_string_append(json->out, ": ");
    }
}

void sim_json_open(SimJson *json, const char *key, char bracket)
{
    begin_item(json, key);
    g_string_append_c(json->out, bracket);
    g_string_append_c(json->out, '\n');
    json->depth++;
    json->has_item = FALSE;
}

void sim_json_close(SimJson *json, char bracket)
{
    g_string_append_c(json->out, '\n');
    json->depth--;
    indent(json);
    g_string_append_c(json->out, bracket);
    json->has_item = TRUE;
    if (json->depth == 0)
        g_string_append_c(json->out, '\n');
}

void sim_json_add_text(SimJson *json, const char *key, const char *text)
{
    if (text == NULL)
        return;
    begin_item(json, key);
    append_text(json->out, text);
}

void sim_json_add_number(SimJson *json, const char *key, gint64 number)
{
    begin_item(json, key);
    g_string_append_printf(json->out, "%" G_GINT64_FORMAT, number);
}
