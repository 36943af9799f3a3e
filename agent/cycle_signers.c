/* Keys that follow others: a spec that enough of the present keys have signed may say who signs the
 * next ones of its source (`signers`). So the new set is signed by the old threshold, comes by the
 * way that the spec comes by, and has its generation. Whoever changes the keys in agent.yaml, or
 * revokes one, begins anew: a key that was stolen may have named others. */
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/trust.h"
#include "spec/key_set.h"

#include <string.h>

/* ---- whom a source begins with ---- */

static Keyring *trusted_of(const Cycle *cycle, const SpecSource *source)
{
    return source->trusted != NULL ? source->trusted : cycle->trusted;
}

static const char *trusted_set_of(const Cycle *cycle, const SpecSource *source)
{
    return source->trusted != NULL ? source->trusted_set : cycle->trusted_set;
}

static const char *trusted_root_of(const Cycle *cycle, const SpecSource *source)
{
    return source->trusted != NULL ? source->trusted_root : cycle->trusted_root;
}

/* ---- whom it goes on with ---- */

/* The row of a source, if what it says of signers still holds. */
static const RecordSource *find_row(const Cycle *cycle, const Record *record,
                                    const SpecSource *source)
{
    const RecordSource *recorded = record_find_source(record, source->name);
    gboolean is_good = trusted_set_of(cycle, source) != NULL && recorded != NULL &&
                       recorded->signers != NULL &&
                       strcmp(recorded->signers_root, trusted_root_of(cycle, source)) == 0;
    return is_good ? recorded : NULL;
}

/* A set in which too few keys are left that are not revoked vouches for nothing any more. */
static Keyring *read_set(const Cycle *cycle, const char *set, GError **error)
{
    Keyring *keyring = key_set_read(set, "the record", error);
    if (keyring != NULL) {
        trust_revoke(cycle->config, keyring);
    }
    return keyring;
}

static gboolean use_row(Cycle *cycle, SpecSource *source, const RecordSource *row)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Keyring) now = read_set(cycle, row->signers, &error);
    g_autoptr(Keyring) before = now != NULL ? read_set(cycle, row->signers_before, &error) : NULL;
    if (before == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "the signers of %s: %s", source->name, error->message);
    }
    keyring_set_before(now, g_steal_pointer(&before));
    cycle->keyring = now;
    g_ptr_array_add(cycle->keyrings, g_steal_pointer(&now));
    source->signers_now = g_strdup(row->signers);
    source->signers_since = row->signers_since;
    source->has_own_signers = TRUE;
    return TRUE;
}

const Record *cycle_early_record(Cycle *cycle, GError **error)
{
    if (cycle->early == NULL) {
        g_autoptr(State) state = state_new(cycle->state_dir);
        cycle->early = state_read_record(state, error);
    }
    return cycle->early;
}

gboolean cycle_choose_keyring(Cycle *cycle, SpecSource *source)
{
    cycle->keyring = trusted_of(cycle, source);
    if (cycle->keyring == NULL || !source->kind->is_by_keyring) {
        return TRUE;
    }
    g_autoptr(GError) error = NULL;
    const Record *early = cycle_early_record(cycle, &error);
    if (early == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    const RecordSource *row = find_row(cycle, early, source);
    if (row != NULL) {
        return use_row(cycle, source, row);
    }
    source->signers_now = g_strdup(trusted_set_of(cycle, source));
    return TRUE;
}

/* Those that count. */
static char *list_ids(const Keyring *keyring)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < keyring_count(keyring); i++) {
        char id[KEY_ID_TEXT_SIZE];
        keyring_show_id(keyring, i, id);
        if (!keyring_is_revoked(keyring, id)) {
            g_string_append_printf(ids, "%s%s", ids->len > 0 ? ", " : "", id);
        }
    }
    return g_string_free(g_steal_pointer(&ids), FALSE);
}

/* Keys that a spec named count no more: nobody should learn that from a refusal, or from a key of
 * before that counts again. */
static void warn_of_dropped(Cycle *cycle, const SpecSource *source)
{
    const RecordSource *recorded = record_find_source(cycle->record, source->name);
    gboolean is_dropped = source->kind->is_by_keyring && recorded != NULL &&
                          recorded->signers != NULL &&
                          find_row(cycle, cycle->record, source) == NULL &&
                          g_strcmp0(recorded->signers, trusted_set_of(cycle, source)) != 0;
    g_autoptr(Keyring) dropped =
        is_dropped ? key_set_read(recorded->signers, "the record", NULL) : NULL;
    if (dropped == NULL) {
        return;
    }
    g_autofree char *gone = list_ids(dropped);
    const Keyring *trusted = trusted_of(cycle, source);
    g_autofree char *now = trusted != NULL ? list_ids(trusted) : g_strdup("which has none");
    cycle->drops_signers = TRUE;
    problems_add_warning(cycle->problems, (Position){0},
                         "%s: the keys that its generation %" G_GINT64_FORMAT
                         " named (%s) count no more, since `trust` in agent.yaml was changed; its "
                         "keys do (%s)",
                         source->name, recorded->signers_since, gone, now);
}

gboolean cycle_check_signers(Cycle *cycle, const SpecSource *source)
{
    warn_of_dropped(cycle, source);
    const RecordSource *row = find_row(cycle, cycle->record, source);
    const char *now = row != NULL ? row->signers : trusted_set_of(cycle, source);
    gboolean is_same = source->signers_now == NULL || strcmp(source->signers_now, now) == 0;
    return is_same || cycle_fail(cycle, EXIT_ERROR,
                                 "the keys that vouch for %s were changed by another run "
                                 "meanwhile: nothing was done, and the next run goes by them",
                                 source->name);
}

void cycle_note_signers(const Cycle *cycle, const SpecSource *source, RecordSource *out)
{
    const RecordSource *row = find_row(cycle, cycle->record, source);
    const char *next = source->header.signers;
    if (row != NULL) {
        out->signers = row->signers;
        out->signers_before = row->signers_before;
        out->signers_root = row->signers_root;
        out->signers_since = row->signers_since;
    }
    gboolean is_next = source->is_signed && source->signers_now != NULL && next != NULL &&
                       !source->is_signed_before && strcmp(next, source->signers_now) != 0;
    if (is_next) {
        out->signers = (char *)next;
        out->signers_before = source->signers_now;
        out->signers_root = (char *)trusted_root_of(cycle, source);
        out->signers_since = source->header.generation;
    }
}
