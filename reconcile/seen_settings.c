#include "reconcile/seen_settings.h"

#include <string.h>

void seen_value_clear(SeenValue *have)
{
    if (have->is_set) {
        value_clear(&have->value);
    }
    *have = (SeenValue){0};
}

/* ---- one value ---- */

static gboolean is_number(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* Two texts that may name one thing: a program by its name or by its path, a domain by its name or
 * its number. */
static gboolean may_be_same(const KeyRow *row, const char *left, const char *right)
{
    if (is_number(left) != is_number(right)) {
        return TRUE;
    }
    gboolean is_bare =
        row->runs_program && (strchr(left, '/') == NULL) != (strchr(right, '/') == NULL);
    g_autofree char *left_name = g_path_get_basename(left);
    g_autofree char *right_name = g_path_get_basename(right);
    return is_bare && strcmp(left_name, right_name) == 0;
}

static Verdict compare_set(const KeyTable *table, const KeyRow *row, const Value *want,
                           const Value *have)
{
    if (want->form != have->form) {
        return VERDICT_UNSEEN;
    }
    if (want->form == FORM_INTEGER && ABS(want->integer - have->integer) <= row->tolerance) {
        return VERDICT_ALIKE;
    }
    if (want->form == FORM_TEXT && strcmp(want->text, have->text) != 0 &&
        may_be_same(row, want->text, have->text)) {
        return VERDICT_UNSEEN;
    }
    return value_equal(table, want, have) ? VERDICT_ALIKE : VERDICT_DIFFERENT;
}

Verdict seen_compare_value(const KeyTable *table, guint key, const Value *want, const Value *have,
                           gboolean tells_absence, const Value **found)
{
    const KeyRow *row = &table->rows[key];
    const Value *absent = NULL;
    /* An empty list says what none says. */
    want = value_equal(table, want, NULL) ? NULL : want;
    gboolean knows_absence = tells_absence && key_table_absent(table, key, &absent);
    *found = have;
    if (row->seen != SEEN_SURELY || (have == NULL && !knows_absence)) {
        return VERDICT_UNSEEN;
    }
    if (have == NULL) {
        *found = absent;
    }
    if (want == NULL && *found == NULL) {
        return VERDICT_ALIKE;
    }
    if (want != NULL && *found != NULL) {
        return compare_set(table, row, want, *found);
    }
    if (want != NULL || (knows_absence && absent == NULL)) {
        return VERDICT_DIFFERENT;
    }
    /* The spec leaves it to the toolstack. What that takes is known of few keys. */
    const Value *usual = key_table_toolstack_default(table, key, FALSE);
    return usual != NULL && row->change != CHANGE_LIVE ? compare_set(table, row, usual, *found)
                                                       : VERDICT_UNSEEN;
}

/* ---- keys of a domain ---- */

static const Value *own(const ObservedDomain *seen, DomainKey key)
{
    return seen->settings != NULL ? settings_own(seen->settings->settings, key) : NULL;
}

static gboolean has_text(const Value *value, const char *text)
{
    return value != NULL && value->form == FORM_TEXT && strcmp(value->text, text) == 0;
}

static gboolean is_of_same_type(const ObservedDomain *seen, const Domain *domain)
{
    const char *type = domain_get_text(domain, DOMAIN_KEY_type);
    return type != NULL && has_text(own(seen, DOMAIN_KEY_type), type);
}

/* Is it known what the domain was booted by? A PV or PVH guest without a kernel and a bootloader is
 * none; `firmware` becomes a kernel of the toolstack's (Xen tools/xl/xl_parse.c). */
static gboolean knows_boot(const ObservedDomain *seen, const Domain *domain)
{
    gboolean has_any =
        own(seen, DOMAIN_KEY_kernel) != NULL || own(seen, DOMAIN_KEY_bootloader) != NULL;
    return domain_get(domain, DOMAIN_KEY_firmware) == NULL &&
           (has_any || domain_is(domain, DOMAIN_KEY_type, "hvm"));
}

static gboolean is_of_boot(guint key)
{
    return key == DOMAIN_KEY_kernel || key == DOMAIN_KEY_ramdisk || key == DOMAIN_KEY_root ||
           key == DOMAIN_KEY_cmdline || key == DOMAIN_KEY_bootloader ||
           key == DOMAIN_KEY_bootloader_args;
}

/* Numbers that the host shows also where the rest is not read. */
static gboolean see_number(const ObservedDomain *seen, guint key, Value *out)
{
    *out = (Value){.key = (guint16)key, .form = FORM_INTEGER};
    if (!seen->has_details) {
        return FALSE;
    }
    out->integer = key == DOMAIN_KEY_memory  ? (gint64)seen->target_mib
                   : key == DOMAIN_KEY_vcpus ? seen->vcpus_available
                                             : 0;
    return out->integer > 0;
}

/* xl makes one line of `root` and `cmdline`: tools/xl/xl_parse.c:parse_cmdline. What differs is all
 * in `cmdline` then. */
static Verdict compare_command_line(const ObservedDomain *seen, const Domain *domain, guint key,
                                    const Value **found)
{
    const Value *line = own(seen, DOMAIN_KEY_cmdline);
    const char *root = domain_get_text(domain, DOMAIN_KEY_root);
    const char *rest = domain_get_text(domain, DOMAIN_KEY_cmdline);
    g_autofree char *whole = root == NULL   ? g_strdup(rest)
                             : rest == NULL ? g_strdup_printf("root=%s", root)
                                            : g_strdup_printf("root=%s %s", root, rest);
    const char *have = line != NULL ? line->text : NULL;
    if (line == NULL && !seen->settings->tells_absence) {
        return VERDICT_UNSEEN;
    }
    *found = key == DOMAIN_KEY_cmdline ? line : NULL;
    if (g_strcmp0(whole, have) == 0 || (key == DOMAIN_KEY_root && root == NULL)) {
        return VERDICT_ALIKE;
    }
    return VERDICT_DIFFERENT;
}

static Verdict compare_key(const ObservedDomain *seen, const Domain *domain, guint key,
                           const Value **found)
{
    const KeyRow *row = &domain_keys.rows[key];
    const Value *want = domain_get(domain, key);
    guint guest = guest_type_of(domain_get_text(domain, DOMAIN_KEY_type));
    gboolean is_maximum = key == DOMAIN_KEY_maxmem || key == DOMAIN_KEY_maxvcpus;
    if (key == DOMAIN_KEY_type) {
        return seen_compare_value(&domain_keys, key, want, own(seen, key), FALSE, found);
    }
    if (!is_of_same_type(seen, domain) || (row->guests != 0 && (row->guests & guest) == 0) ||
        (is_maximum && want == NULL) || (is_of_boot(key) && !knows_boot(seen, domain))) {
        return VERDICT_UNSEEN;
    }
    if (key == DOMAIN_KEY_root || key == DOMAIN_KEY_cmdline) {
        return compare_command_line(seen, domain, key, found);
    }
    return seen_compare_value(&domain_keys, key, want, own(seen, key),
                              seen->settings->tells_absence, found);
}

static Verdict compare_number(const Domain *domain, guint key, const Value *number)
{
    const Value *want = domain_get(domain, key);
    return want == NULL ? VERDICT_UNSEEN
                        : compare_set(&domain_keys, &domain_keys.rows[key], want, number);
}

gboolean seen_differs(const ObservedDomain *seen, const Domain *domain, guint key, SeenValue *have)
{
    const KeyRow *row = &domain_keys.rows[key];
    const Value *found = NULL;
    Value number;
    *have = (SeenValue){0};
    if (see_number(seen, key, &number)) {
        *have = (SeenValue){compare_number(domain, key, &number) == VERDICT_DIFFERENT, number};
        return have->is_set;
    }
    if (!seen->has_details || seen->settings == NULL || row->change == CHANGE_NONE ||
        key == DOMAIN_KEY_uuid) {
        return FALSE;
    }
    if (row->table == &disk_keys || row->table == &vif_keys) {
        have->is_set =
            seen_compare_devices(row->table, domain_get(domain, key), own(seen, key),
                                 seen->settings->tells_absence, &have->value) == VERDICT_DIFFERENT;
        have->value.key = (guint16)key;
        return have->is_set;
    }
    if (compare_key(seen, domain, key, &found) != VERDICT_DIFFERENT) {
        return FALSE;
    }
    if (found != NULL) {
        *have = (SeenValue){TRUE, value_copy(found)};
    }
    return TRUE;
}

/* ---- all of them ---- */

char *seen_settings_format(const ObservedDomain *seen, const Domain *domain)
{
    const Value *values[DOMAIN_KEY_COUNT];
    SeenValue running[DOMAIN_KEY_COUNT];
    for (guint key = 0; key < domain_keys.count; key++) {
        gboolean is_other = seen_differs(seen, domain, key, &running[key]);
        values[key] = !is_other             ? domain_get(domain, key)
                      : running[key].is_set ? &running[key].value
                                            : NULL;
    }
    GString *text = g_string_new(NULL);
    domain_values_format_canonical(values, text);
    for (guint key = 0; key < domain_keys.count; key++) {
        seen_value_clear(&running[key]);
    }
    return g_string_free(text, FALSE);
}
