/* A domain -> its Xen config: a loop over the key table, with one quoting for everything.
 *
 * spec/ has refused what a file cannot carry. This is the second lock on the same door: whatever
 * becomes of those checks, a value that is written is read back by Xen as that value and as nothing
 * else. */
#include "spec/characters.h"
#include "spec/units.h"
#include "xenbackend/xen_config_parts.h"

#include <string.h>

#define SHOWN_MAX 60u /* characters of a value in a message */

G_DEFINE_QUARK(xen_config_error_quark, xen_config_error)

/* The place of a key of the device that is being written, or of a raw key; NULL: the spec does not
 * have it, but leaves it to a default. */
static const Value *find_part(const Writer *writer, const Value *value, const char *part)
{
    if (writer->device != NULL) {
        const KeyTable *table = writer->device->table;
        const KeyRow *row = key_table_find(table, part);
        return row != NULL ? settings_own(writer->device, key_table_index(table, row)) : NULL;
    }
    for (guint i = 0; value->form == FORM_MAP && i < value->count; i += 2) {
        if (strcmp(value->items[i].text, part) == 0) {
            return &value->items[i];
        }
    }
    return NULL;
}

static Position position_of(const Writer *writer, Place place)
{
    const KeyRow *row = key_table_find(&domain_keys, place.key);
    const Value *value =
        row != NULL ? domain_get(writer->domain, key_table_index(&domain_keys, row)) : NULL;
    const Value *part =
        value != NULL && place.part != NULL ? find_part(writer, value, place.part) : NULL;
    const Value *best = part != NULL && part->where.text != NULL ? part : value;
    return best != NULL && best->where.text != NULL ? best->where : writer->domain->where;
}

gboolean writer_refuse_key(const Writer *writer, Place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *message =
        g_strdup_printf("the key '%s%s%s' of domain '%s' cannot be written %s", place.key,
                        place.part != NULL ? "." : "", place.part != NULL ? place.part : "",
                        writer->domain->name, why);
    if (writer->problems != NULL) {
        return problems_add(writer->problems, position_of(writer, place), "%s", message);
    }
    g_set_error_literal(writer->error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE, message);
    return FALSE;
}

gboolean writer_refuse(const Writer *writer, Place place, const char *expected, const char *text)
{
    g_autoptr(GString) found = g_string_new(NULL);
    characters_append_escaped(found, text, strlen(text), SHOWN_MAX);
    return writer_refuse_key(writer, place, "to a Xen config: expected %s, found '%s'", expected,
                             found->str);
}

/* Escapes that mean the same to xl (Xen tools/libs/util/libxlu_cfg.c:xlu__cfgl_dequote) and to
 * Python. */
static const char *escape_of(gunichar character)
{
    switch (character) {
    case '\\':
        return "\\\\";
    case '"':
        return "\\\"";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

gboolean writer_check_characters(const Writer *writer, Place place, const char *text)
{
    const char *end = text + strlen(text);
    for (const char *at = characters_skip_printable(text, end); at < end;
         at = characters_skip_printable(at, end)) {
        gunichar character = character_next(&at, end);
        if (escape_of(character) == NULL && character_is_refused(character)) {
            return writer_refuse(writer, place, "UTF-8 without control characters", text);
        }
        if (character >= 0x80 && writer->dialect->is_ascii) {
            return writer_refuse(writer, place, "ASCII alone", text);
        }
    }
    return TRUE;
}

gboolean writer_append_quoted(Writer *writer, Place place, const char *text)
{
    if (!writer_check_characters(writer, place, text)) {
        return FALSE;
    }
    g_string_append_c(writer->out, '"');
    for (const char *c = text; *c != '\0';) {
        gsize plain = strcspn(c, "\\\"\n\r\t");
        g_string_append_len(writer->out, c, (gssize)plain);
        c += plain;
        if (*c != '\0') {
            g_string_append(writer->out, escape_of((guchar)*c++));
        }
    }
    g_string_append_c(writer->out, '"');
    return TRUE;
}

static gboolean append_integer(Writer *writer, Place place, gint64 integer)
{
    const ConfigDialect *dialect = writer->dialect;
    if (integer > dialect->integer_most || integer < -dialect->integer_most) {
        g_autofree char *found = g_strdup_printf("%" G_GINT64_FORMAT, integer);
        return writer_refuse(writer, place, "an integer that the toolstack can read", found);
    }
    const char *quote = integer < 0 && dialect->quotes_negative ? "\"" : "";
    g_string_append(writer->out, quote);
    units_append_number(integer, writer->out);
    g_string_append(writer->out, quote);
    return TRUE;
}

static gboolean append_text(Writer *writer, const KeyRow *row, Place place, const char *text)
{
    const char *word = writer->dialect->word_of(row, text);
    if (word != text && g_ascii_isdigit(word[0])) {
        g_string_append(writer->out, word);
        return TRUE;
    }
    return writer_append_quoted(writer, place, word);
}

/* Device strings have no quoting at all: a comma ends a value. */
gboolean writer_append_part(Writer *writer, const KeyRow *row, const KeyRow *part,
                            const Value *value, GString *device)
{
    Place place = {row->name, part->name};
    if (value->form == FORM_INTEGER && value->integer >= 0) {
        units_append_number(value->integer, device);
        return TRUE;
    }
    if (value->form != FORM_TEXT) {
        return writer_refuse(writer, place, "a text or an integer that is not negative",
                             "something else");
    }
    const char *text = writer->dialect->word_of(part, value->text);
    gsize length = strlen(text);
    if (!writer_check_characters(writer, place, text)) {
        return FALSE;
    }
    if (length == 0 || strpbrk(text, "\n\r\t") != NULL || text[0] == ' ') {
        return writer_refuse(writer, place, "a text in one line that does not begin with a blank",
                             text);
    }
    /* Where it takes the rest of the string, only a comma at the end is lost. */
    if (part->is_last_in_string ? text[length - 1] == ',' : strchr(text, ',') != NULL) {
        return writer_refuse(writer, place,
                             "a text without a comma (Xen's device strings have no quoting)", text);
    }
    g_string_append(device, text);
    return TRUE;
}

static gboolean append_key_value(Writer *writer, const KeyRow *row, const KeyRow *part,
                                 const Value *value, GString *device)
{
    gboolean is_flag = part->flags[0] != NULL || part->flags[1] != NULL;
    const char *word =
        is_flag ? part->flags[value->integer != 0] : writer->dialect->name_of(part, writer->domain);
    if (word == NULL) {
        return TRUE; /* a flag that says nothing when it is not set */
    }
    g_string_append(device, device->len > 0 ? "," : "");
    g_string_append(device, word);
    if (is_flag) {
        return TRUE;
    }
    g_string_append_c(device, '=');
    return writer_append_part(writer, row, part, value, device);
}

gboolean writer_append_key_values(Writer *writer, const KeyRow *row, const Settings *settings,
                                  GString *device)
{
    for (guint pass = 0; pass < 2; pass++) {
        for (guint key = 0; key < settings->table->count; key++) {
            const KeyRow *part = &settings->table->rows[key];
            const Value *value =
                part->is_last_in_string == (pass == 1) ? settings_get(settings, key) : NULL;
            gboolean is_written =
                value != NULL && writer->dialect->name_of(part, writer->domain) != NULL;
            if (is_written && !append_key_value(writer, row, part, value, device)) {
                return FALSE;
            }
        }
    }
    return TRUE;
}

static gboolean append_device(Writer *writer, const KeyRow *row, const Settings *settings)
{
    g_autoptr(GString) device = g_string_new(NULL);
    Place place = {row->name, NULL};
    writer->device = settings;
    gboolean is_written = writer->dialect->append_device(writer, row, settings, device) &&
                          writer_append_quoted(writer, place, device->str);
    writer->device = NULL;
    return is_written;
}

/* Texts stand in one line; devices in a line each, so that a changed one is one changed line. */
gboolean writer_append_list(Writer *writer, const KeyRow *row, Place place, const Value *list)
{
    gboolean is_long = row->type == TYPE_TABLE && list->count > 0;
    gboolean is_good = TRUE;
    g_string_append_c(writer->out, '[');
    for (guint i = 0; (is_good || writer->problems != NULL) && i < list->count; i++) {
        g_string_append(writer->out, is_long ? "\n    " : i > 0 ? ", " : "");
        is_good = writer_append_value(writer, row, place, &list->items[i]) && is_good;
        g_string_append(writer->out, is_long ? "," : "");
    }
    g_string_append(writer->out, is_long ? "\n]" : "]");
    return is_good;
}

gboolean writer_append_value(Writer *writer, const KeyRow *row, Place place, const Value *value)
{
    switch ((ValueForm)value->form) {
    case FORM_INTEGER:
        return append_integer(writer, place, value->integer);
    case FORM_TEXT:
        return append_text(writer, row, place, value->text);
    case FORM_LIST:
        return writer->dialect->append_list(writer, row, place, value);
    case FORM_TABLE:
        return append_device(writer, row, value->table);
    case FORM_MAP:
        break;
    }
    return writer_refuse(writer, place, "a value that Xen's config can have", "a mapping");
}

static gboolean write_line(Writer *writer, const char *name, const KeyRow *row, Place place,
                           const Value *value)
{
    g_string_append(writer->out, name);
    g_string_append(writer->out, " = ");
    if (!writer_append_value(writer, row, place, value)) {
        return FALSE;
    }
    g_string_append_c(writer->out, '\n');
    return TRUE;
}

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp((*(const Value *const *)left)->text, (*(const Value *const *)right)->text);
}

static gboolean write_raw_keys(Writer *writer, const KeyRow *row, const Value *map)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < map->count; i += 2) {
        g_ptr_array_add(names, &map->items[i]);
    }
    g_ptr_array_sort(names, compare_names);
    gboolean is_good = TRUE;
    for (guint i = 0; (is_good || writer->problems != NULL) && i < names->len; i++) {
        const Value *name = g_ptr_array_index(names, i);
        Place place = {row->name, name->text};
        is_good = writer->dialect->check_raw_key(writer, place, name->text) &&
                  write_line(writer, name->text, row, place, &name[1]) && is_good;
    }
    return is_good;
}

static gboolean write_row(Writer *writer, const KeyRow *row, const Value *value)
{
    const char *name = writer->dialect->name_of(row, writer->domain);
    Place place = {row->name, NULL};
    if (name != NULL && !write_line(writer, name, row, place, value)) {
        return FALSE;
    }
    gboolean has_second = writer->dialect->has_second_names && row->also_name != NULL &&
                          strcmp(value->text, row->also_word) == 0;
    return !has_second || write_line(writer, row->also_name, row, place, value);
}

/* The name, the uuid, the rows in their order, and the raw keys behind them. */
static gboolean write_rows(Writer *writer, const char *uuid)
{
    const Domain *domain = writer->domain;
    const Value name = {.form = FORM_TEXT, .text = domain->name};
    const Value identity = {.form = FORM_TEXT, .text = uuid};
    const KeyRow *uuid_row = &domain_keys.rows[DOMAIN_KEY_uuid];
    Place name_place = {"name", NULL};
    Place uuid_place = {uuid_row->name, NULL};
    if (!write_line(writer, "name", uuid_row, name_place, &name) ||
        !write_line(writer, writer->dialect->name_of(uuid_row, domain), uuid_row, uuid_place,
                    &identity)) {
        return FALSE;
    }
    const Value *values[DOMAIN_KEY_COUNT];
    domain_get_all(domain, values);
    gboolean is_good = TRUE;
    for (guint key = 0; (is_good || writer->problems != NULL) && key < domain_keys.count; key++) {
        if (values[key] != NULL && key != DOMAIN_KEY_uuid) {
            is_good = write_row(writer, &domain_keys.rows[key], values[key]) && is_good;
        }
    }
    for (guint key = 0; (is_good || writer->problems != NULL) && key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        if (values[key] != NULL && row->type == TYPE_RAW_MAP) {
            is_good = write_raw_keys(writer, row, values[key]) && is_good;
        }
    }
    return is_good;
}

gboolean xen_config_write(const ConfigDialect *dialect, const Domain *domain, const char *uuid,
                          GString *out, GError **error)
{
    Writer writer = {dialect, domain, out, error, NULL, NULL};
    gsize length = out->len;
    if (!dialect->check(&writer) || !write_rows(&writer, uuid)) {
        g_string_truncate(out, length);
        return FALSE;
    }
    return TRUE;
}

gboolean xen_config_check(const ConfigDialect *dialect, const Domain *domain, Problems *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Writer writer = {dialect, domain, text, NULL, problems, NULL};
    gboolean is_known = dialect->check(&writer);
    return write_rows(&writer, domain->uuid) && is_known;
}

gboolean xen_config_write_device(const ConfigDialect *dialect, const Domain *domain,
                                 const Settings *device, GString *out, GError **error)
{
    DomainKey list = device->table == &disk_keys ? DOMAIN_KEY_disks : DOMAIN_KEY_vifs;
    g_autoptr(GString) text = g_string_new(NULL);
    Writer writer = {dialect, domain, text, error, NULL, NULL};
    if (!dialect->append_device(&writer, &domain_keys.rows[list], device, text)) {
        return FALSE;
    }
    g_string_append_len(out, text->str, (gssize)text->len);
    return TRUE;
}

gboolean xen_config_write_command_line(const ConfigDialect *dialect, const Domain *domain,
                                       const char *extra, GString *out, GError **error)
{
    Writer writer = {dialect, domain, out, error, NULL, NULL};
    gsize length = out->len;
    if (!dialect->append_command_line(&writer, extra)) {
        g_string_truncate(out, length);
        return FALSE;
    }
    return TRUE;
}
