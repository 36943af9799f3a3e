/* Whether what a spec is read from may be believed: because of who can write it, or because of who
 * has signed it. */
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/source.h"
#include "agent/trust.h"
#include "spec/key_set.h"

#include <string.h>

/* Whoever can write the file of a key decides who is trusted. */
static gboolean check_key_paths(Cycle *cycle, const Value *keys, SpecUse use)
{
    for (guint i = 0; keys != NULL && i < keys->count; i++) {
        g_autoptr(GError) error = NULL;
        if (source_check_safe(keys->items[i].text, &error)) {
            continue;
        }
        if (use == SPEC_TO_APPLY || !g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE)) {
            return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
        }
        problems_add_warning(cycle->problems, keys->items[i].where,
                             "`apply` would refuse this key: %s", error->message);
    }
    return TRUE;
}

static char *make_root(const Cycle *cycle, const char *set)
{
    const Value *revoked = agent_config_value(cycle->config, AGENT_KEY_trust_revoked);
    g_autoptr(GString) root = g_string_new(set);
    for (guint i = 0; revoked != NULL && i < revoked->count; i++) {
        g_string_append_printf(root, "-%s", revoked->items[i].text);
    }
    return g_string_free(g_steal_pointer(&root), FALSE);
}

static gboolean read_own_keys(Cycle *cycle, SpecSource *source, SpecUse use)
{
    g_autoptr(GError) error = NULL;
    if (source->settings == NULL) {
        return TRUE;
    }
    if (!check_key_paths(cycle, settings_own(source->settings, SOURCE_KEY_keys), use)) {
        return FALSE;
    }
    source->trusted = trust_read_source_keyring(cycle->config, source->settings, &error);
    if (source->trusted != NULL) {
        source->trusted_set = key_set_of(source->trusted);
        source->trusted_root = make_root(cycle, source->trusted_set);
    }
    return error == NULL || cycle_fail(cycle, EXIT_ERROR, "%s: %s", source->name, error->message);
}

gboolean cycle_read_keyring(Cycle *cycle, SpecUse use)
{
    g_autoptr(GError) error = NULL;
    gboolean is_needed = use != SPEC_TO_CHECK;
    gboolean is_used = cycle->sources->len == 0; /* `verify` */
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        is_needed = is_needed || spec_source_is_remote(source);
        is_used = is_used || source->kind->is_by_keyring;
    }
    if (!is_needed) {
        return TRUE;
    }
    if (!check_key_paths(cycle, agent_config_value(cycle->config, AGENT_KEY_trust_keys), use)) {
        return FALSE;
    }
    cycle->trusted = trust_read_keyring(cycle->config, is_used, &error);
    cycle->trusted_set = cycle->trusted != NULL ? key_set_of(cycle->trusted) : NULL;
    cycle->trusted_root = make_root(cycle, cycle->trusted_set);
    cycle->keyring = cycle->trusted;
    if (error != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    for (guint i = 0; i < cycle->sources->len; i++) {
        if (!read_own_keys(cycle, g_ptr_array_index(cycle->sources, i), use)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean fail_to_read(Cycle *cycle, const GError *error)
{
    gboolean is_refused = g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE) ||
                          g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED);
    return cycle_fail(cycle, is_refused ? EXIT_REJECTED : EXIT_ERROR, "%s", error->message);
}

/* Why a signature is no way out for a path that others can write, or NULL. Of several paths they
 * could put an old one beside a new one of the same source, and each would be signed. */
static const char *find_obstacle(const Cycle *cycle, const SpecSource *source)
{
    if (cycle->keyring == NULL) {
        return "";
    }
    return source->paths[1] == NULL
               ? NULL
               : "; a signature helps only where the spec is one file or folder";
}

/* A path that others can write. What nothing is done on may lie there; then it is said that `apply`
 * would refuse it. */
static gboolean read_unsafe(Cycle *cycle, SpecSource *source, const char *path, SpecUse use,
                            const GError *unsafe)
{
    GPtrArray *texts = source->texts;
    const char *obstacle = find_obstacle(cycle, source);
    g_autoptr(GError) error = NULL;
    if (obstacle == NULL && source_read_signed(path, FALSE, cycle->keyring, texts, &error)) {
        return TRUE;
    }
    if (error != NULL && !g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED)) {
        return fail_to_read(cycle, error);
    }
    g_autofree char *why = error != NULL
                               ? g_strdup_printf("%s; and %s", unsafe->message, error->message)
                               : g_strconcat(unsafe->message, obstacle, NULL);
    if (use == SPEC_TO_APPLY || trust_is_required(cycle->config) || source->trusted != NULL) {
        return cycle_fail(cycle, EXIT_REJECTED, "%s", why);
    }
    cycle->is_untrusted = TRUE;
    problems_add_warning(cycle->problems, (Position){0}, "`apply` would refuse this spec: %s", why);
    g_clear_error(&error);
    return source_read(path, texts, &error) || fail_to_read(cycle, error);
}

gboolean cycle_read_path(Cycle *cycle, SpecSource *source, const char *path, SpecUse use)
{
    GPtrArray *texts = source->texts;
    g_autoptr(GError) error = NULL;
    if (use != SPEC_TO_CHECK && !source_check_safe(path, &error)) {
        return g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE)
                   ? read_unsafe(cycle, source, path, use, error)
                   : fail_to_read(cycle, error);
    }
    gboolean must_be_signed =
        use != SPEC_TO_CHECK && (trust_is_required(cycle->config) || source->trusted != NULL);
    gboolean is_read = must_be_signed
                           ? source_read_signed(path, TRUE, cycle->keyring, texts, &error)
                           : source_read(path, texts, &error);
    return is_read || fail_to_read(cycle, error);
}
