#include "agent/explain.h"

#include "agent/exit_code.h"
#include "agent/history.h"
#include "reconcile/record_settings.h"
#include "reconcile/seen_settings.h"
#include "xenbackend/file.h"
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_import.h"

#include <string.h>

#define CONFIG_BYTES_MOST (1024u * 1024)
#define MASKED            "(not shown: there may be a secret in it)"
#define NOT_SET           "not set"

static void key_free(gpointer data)
{
    ExplainedKey *key = data;
    g_free(key->wanted);
    g_free(key->from);
    g_free(key->where);
    g_free(key->on_disk);
    g_free(key->running);
    g_free(key->recorded);
    g_free(key);
}

/* NULL stays NULL. */
static char *show(const Value *value)
{
    if (value == NULL) {
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    value_format_for_people(&domain_keys, value, text);
    return g_strdup(text_may_hold_secret(text->str) ? MASKED : text->str);
}

static char *show_other(const Value *value)
{
    char *text = show(value);
    return text != NULL ? text : g_strdup(NOT_SET);
}

/* ---- where a value is from ---- */

static char *find_origin(const Domain *domain, guint key)
{
    const char *profile = domain_get_text(domain, DOMAIN_KEY_profile);
    if (settings_own(domain->own, key) != NULL) {
        return g_strdup("the spec");
    }
    if (domain->profile != NULL && settings_own(domain->profile, key) != NULL) {
        return g_strdup_printf("profile %s", profile);
    }
    if (domain->default_profile != NULL && settings_own(domain->default_profile, key) != NULL) {
        return g_strdup("profile default");
    }
    return g_strdup(domain->derived != NULL && settings_own(domain->derived, key) != NULL
                        ? "other keys"
                        : "the default");
}

static char *find_place(const Value *value)
{
    return value != NULL && value->where.text != NULL
               ? g_strdup_printf("%s:%u", trusted_text_name(value->where.text), value->where.line)
               : NULL;
}

/* ---- what is otherwise ---- */

/* The settings of the config file; NULL: there is none, or it cannot be read. */
static ImportedDomain *read_config_file(const Cycle *cycle, const char *name)
{
    XenHostOptions options = cycle_host_options(cycle);
    g_autofree char *file = g_strconcat(name, ".cfg", NULL);
    g_autofree char *path = g_build_filename(options.config_dir, file, NULL);
    g_autoptr(GBytes) bytes = file_read_if_there(path, CONFIG_BYTES_MOST, NULL);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    gboolean is_xm = cycle_find_dialect(cycle) == &xm_dialect;
    XenConfigTrouble trouble = {0};
    ImportedDomain *domain = xen_import_text(path, text != NULL ? text : "", length,
                                             is_xm ? XEN_DIALECT_XM : XEN_DIALECT_XL, &trouble);
    g_free(trouble.message);
    return domain;
}

static char *find_on_disk(const Cycle *cycle, const ImportedDomain *file, const Value *want,
                          guint key)
{
    gboolean is_xm = cycle_find_dialect(cycle) == &xm_dialect;
    if (file == NULL) {
        return NULL;
    }
    /* What neither says is what the toolstack takes. */
    const Value *preset = key_table_toolstack_default(&domain_keys, key, is_xm);
    const Value *have = settings_get(file->settings, key);
    have = have != NULL ? have : preset;
    want = want != NULL ? want : preset;
    return value_equal(&domain_keys, have, want) ? NULL : show_other(have);
}

static char *find_running(const Explanation *explanation, guint key)
{
    g_auto(SeenValue) running = {0};
    if (explanation->seen == NULL || explanation->is_foreign ||
        !seen_differs(explanation->seen, explanation->domain, key, &running)) {
        return NULL;
    }
    return show_other(running.is_set ? &running.value : NULL);
}

static void find_keys(const Cycle *cycle, Explanation *out)
{
    gboolean is_odd = out->config != NULL && out->config->exists && !out->config->is_wanted;
    g_autoptr(ImportedDomain) file = is_odd ? read_config_file(cycle, out->name) : NULL;
    g_autoptr(RecordedSettings) recorded =
        recorded_settings_read(out->recorded != NULL ? out->recorded->settings : NULL);
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        const Value *want = domain_get(out->domain, key);
        ExplainedKey *told = g_new0(ExplainedKey, 1);
        const Value *have = recorded != NULL ? settings_get(recorded->settings, key) : NULL;
        gboolean is_compared = row->change != CHANGE_NONE && key != DOMAIN_KEY_uuid;
        told->row = row;
        told->on_disk = is_compared ? find_on_disk(cycle, file, want, key) : NULL;
        told->running = is_compared ? find_running(out, key) : NULL;
        told->recorded = is_compared && recorded != NULL && !value_equal(&domain_keys, have, want)
                             ? show_other(have)
                             : NULL;
        gboolean is_plain = value_equal(&domain_keys, want, key_table_default(&domain_keys, key));
        if (is_plain && told->on_disk == NULL && told->running == NULL && told->recorded == NULL) {
            key_free(told);
            continue;
        }
        told->wanted = show(want);
        told->from = find_origin(out->domain, key);
        told->where = find_place(want);
        g_ptr_array_add(out->keys, told);
    }
}

/* ---- who it is ---- */

static void find_row(Cycle *cycle, Explanation *out)
{
    const char *uuid = out->domain != NULL     ? record_uuid_of(out->recorded, out->domain)
                       : out->recorded != NULL ? out->recorded->uuid
                                               : "";
    const ObservedDomain *namesake = NULL;
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(cycle->observed->domains, i);
        if (strcmp(row->uuid, uuid) == 0 && *uuid != '\0') {
            out->seen = row;
            return;
        }
        namesake = strcmp(row->name, out->name) == 0 ? row : namesake;
    }
    out->seen = namesake;
    out->is_foreign = namesake != NULL;
}

static void look_closer(Cycle *cycle, const ObservedDomain *seen)
{
    if (seen != NULL && !seen->has_details && !seen->is_shut_down) {
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        g_array_append_val(ids, seen->domid);
        xen_host_observe_details(cycle->host, cycle->observed, ids);
    }
}

/* Under this name, or one that the spec had for the domain before. */
static const RecordDomain *find_recorded(const Cycle *cycle, const char *name, const Domain *domain)
{
    if (cycle->record == NULL) {
        return NULL;
    }
    const RecordDomain *recorded = record_find(cycle->record, name);
    return recorded != NULL || domain != NULL ? recorded : record_find_former(cycle->record, name);
}

gboolean explanation_find(Cycle *cycle, const char *name, Explanation *out)
{
    g_autoptr(GError) error = NULL;
    out->name = name;
    out->keys = g_ptr_array_new_with_free_func(key_free);
    out->history = history_read(cycle->state_dir, name, &error);
    if (error != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    gboolean has_spec = cycle->plan != NULL;
    out->domain = has_spec ? spec_find(cycle->spec, name) : NULL;
    out->recorded = find_recorded(cycle, name, out->domain);
    if (cycle->observed != NULL) {
        find_row(cycle, out);
        out->config = g_hash_table_lookup(cycle->observed->configs, name);
    }
    if (out->domain == NULL && out->recorded == NULL && out->seen == NULL &&
        json_array_size(out->history) == 0) {
        return cycle_fail(cycle, EXIT_ERROR,
                          "there is no domain '%s' in the spec, the record or the list", name);
    }
    if (out->domain != NULL) {
        look_closer(cycle, out->seen);
        find_keys(cycle, out);
    }
    return TRUE;
}

void explanation_clear(Explanation *explanation)
{
    g_clear_pointer(&explanation->keys, g_ptr_array_unref);
    g_clear_pointer(&explanation->history, json_decref);
}

const char *explanation_state(const Explanation *explanation)
{
    const ObservedDomain *seen = explanation->seen;
    return seen == NULL         ? "not here"
           : seen->is_shut_down ? "ended, and its remains are here"
           : seen->is_dying     ? "dying"
           : seen->is_paused    ? "paused"
                                : "running";
}
