#include "reconcile/ownership.h"

#include "reconcile/record_settings.h"

#include <string.h>

/* ---- editions ---- */

static int compare_domains(gconstpointer left, gconstpointer right)
{
    const Domain *a = *(const Domain *const *)left;
    const Domain *b = *(const Domain *const *)right;
    return strcmp(a->name, b->name);
}

/* Host by host and domain by domain, in an order that does not depend on how the texts are cut. */
char *spec_edition(const Spec *spec)
{
    g_autoptr(GString) text = g_string_new(spec->fleet);
    g_autoptr(GPtrArray) domains = g_ptr_array_new();
    g_ptr_array_extend(domains, spec->domains, NULL, NULL);
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    g_ptr_array_sort(domains, compare_domains);
    for (guint i = 0; i < domains->len; i++) {
        const Domain *domain = g_ptr_array_index(domains, i);
        g_string_append_printf(text, "\n\n%s %s %s\n", domain->name, domain->uuid,
                               domain->host != NULL ? domain->host : "");
        domain_format_canonical(domain, text);
        g_checksum_update(digest, (const guchar *)text->str, (gssize)text->len);
        g_string_truncate(text, 0);
    }
    const char *sum = g_checksum_get_string(digest);
    return spec->has_generation_sum
               ? g_strdup_printf("%" G_GINT64_FORMAT " %s", spec->generation_sum, sum)
               : g_strdup_printf("- %s", sum);
}

static gboolean read_generation(const char *edition, gint64 *out)
{
    g_autofree char *number = g_strndup(edition, strcspn(edition, " "));
    return g_ascii_string_to_signed(number, 10, 0, G_MAXINT64, out, NULL);
}

/* Can no other edition have been between the two? */
static gboolean follows(const char *before, const char *edition)
{
    gint64 old = 0;
    gint64 new = 0;
    return strcmp(before, edition) == 0 ||
           (read_generation(before, &old) && read_generation(edition, &new) && new - 1 == old);
}

/* ---- what the record says ---- */

static gboolean ran_in_this_boot(const RecordDomain *recorded, const char *boot_id)
{
    return recorded->is_running && recorded->boot_id != NULL &&
           g_strcmp0(recorded->boot_id, boot_id) == 0;
}

gboolean ownership_is_sure(const RecordDomain *recorded, const char *edition, const char *boot_id)
{
    if (recorded == NULL || recorded->operation == OPERATION_MIGRATE ||
        (!recorded->is_claimed && !recorded->is_running)) {
        return FALSE;
    }
    return ran_in_this_boot(recorded, boot_id) ||
           (recorded->claim != NULL && follows(recorded->claim, edition));
}

gboolean ownership_confirm(Record *record, const Spec *spec, const char *host, const char *boot_id)
{
    gboolean is_changed = FALSE;
    if (!fleet_hosts_are_there(spec, record, host)) {
        return FALSE;
    }
    g_autofree char *edition = spec_edition(spec);
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        RecordDomain *recorded = record_find(record, domain->name);
        if (domain_is_on(domain, host) && ownership_is_sure(recorded, edition, boot_id) &&
            strcmp(recorded->uuid, record_uuid_of(recorded, domain)) == 0 &&
            g_strcmp0(recorded->claim, edition) != 0) {
            g_free(recorded->claim);
            recorded->claim = g_strdup(edition);
            is_changed = TRUE;
        }
    }
    return is_changed;
}

/* The uuids of all domains that can run on one of the hosts which answered. What a migration has
 * left there does not count: it may be what came here. */
static GHashTable *list_elsewhere(GHashTable *answers)
{
    GHashTable *uuids = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, answers);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const HostAnswer *answer = value;
        for (guint i = 0; answer->trouble == NULL && i < answer->domains->len; i++) {
            AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
            g_autofree char *plain = domain_name_under_way(domain->name);
            if (plain == NULL &&
                (domain->seen == ANSWER_SEEN_RUNNING || domain->seen == ANSWER_SEEN_PAUSED)) {
                g_hash_table_add(uuids, domain->uuid);
            }
        }
    }
    return uuids;
}

gboolean ownership_drop_refuted(Record *record, const Spec *spec, const char *host,
                                const Observed *observed, GHashTable *answers)
{
    gboolean is_changed = FALSE;
    g_autoptr(GHashTable) elsewhere = list_elsewhere(answers);
    g_autoptr(GHashTable) here = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < observed->domains->len; i++) {
        ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        g_hash_table_add(here, row->uuid);
    }
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        RecordDomain *recorded = record_find(record, domain->name);
        if (recorded == NULL || !domain_is_on(domain, host) ||
            recorded->operation != OPERATION_NONE ||
            (!recorded->is_running && !recorded->is_claimed) ||
            g_hash_table_contains(here, recorded->uuid) ||
            !g_hash_table_contains(elsewhere, recorded->uuid)) {
            continue;
        }
        recorded->is_running = FALSE;
        recorded->is_claimed = FALSE;
        recorded->domid = 0;
        g_clear_pointer(&recorded->claim, g_free);
        is_changed = TRUE;
    }
    return is_changed;
}

gboolean ownership_note_wanted(Record *record, const Spec *spec, const char *host)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gboolean is_shared = fleet_hosts_are_there(spec, record, host);
    gboolean is_changed = FALSE;
    for (guint i = 0; is_shared && i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        if (domain_is_on(domain, host)) {
            const char *uuid = record_uuid_of(record_find(record, domain->name), domain);
            const char *before = g_hash_table_lookup(record->wanted, domain->name);
            is_changed = is_changed || g_strcmp0(before, uuid) != 0;
            g_hash_table_insert(wanted, g_strdup(domain->name), g_strdup(uuid));
        }
    }
    is_changed = is_changed || g_hash_table_size(wanted) != g_hash_table_size(record->wanted);
    g_hash_table_unref(record->wanted);
    record->wanted = g_steal_pointer(&wanted);
    return is_changed;
}

/* ---- what the others say ---- */

/* What ends that the record, or the last spec, of another host gives it the domain. */
static char *say_way_on(const FleetHost *host)
{
    return host->is_former ? g_strdup_printf("it was taken out of `hosts`; if nothing runs there: "
                                             "xensure forget --former-host %s",
                                             host->name)
                           : g_strdup("xensure apply there, with this spec, ends that");
}

/* Why what one host says of the domain stands in the way, or NULL. IS_SURE: our own record says
 * that it belongs here, so that a mere wish of another does not count. */
static char *find_objection(const OwnershipQuestion *question, const FleetHost *host,
                            const HostAnswer *answer, gboolean is_sure)
{
    if (!host_answer_may_have(answer, question->name, question->uuid)) {
        return NULL;
    }
    g_autofree char *way_on = say_way_on(host);
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (!answer_domain_is(domain, question->name, question->uuid)) {
            continue;
        }
        gboolean is_other = *domain->uuid != '\0' && strcmp(domain->uuid, question->uuid) != 0;
        if (is_other && domain->seen != ANSWER_SEEN_ABSENT) {
            return g_strdup_printf("a domain of its name is on %s with another uuid, %s (rename "
                                   "or stop that one, or give this one that `uuid`)",
                                   host->name, domain->uuid);
        }
        if (domain->seen != ANSWER_SEEN_ABSENT) {
            return host->is_former
                       ? g_strdup_printf("it is on %s, as %s, %s (that host was taken out of "
                                         "`hosts`: put it back, and the xensure there sends it "
                                         "here; or stop it there)",
                                         host->name, domain->name, answer_seen_name(domain->seen))
                       : g_strdup_printf("it is on %s, as %s, %s (the xensure there sends it here "
                                         "when it has this spec)",
                                         host->name, domain->name, answer_seen_name(domain->seen));
        }
        if (domain->recorded == ANSWER_RECORDED_RUNNING ||
            domain->recorded == ANSWER_RECORDED_CLAIMED) {
            return g_strdup_printf("the record of %s says that it %s there (%s)", host->name,
                                   domain->recorded == ANSWER_RECORDED_RUNNING ? "runs" : "belongs",
                                   way_on);
        }
        if (domain->is_wanted && !is_sure) {
            return g_strdup_printf("the spec that %s has applied last gives it to %s (%s)",
                                   host->name, host->name, way_on);
        }
    }
    return NULL;
}

/* Why nothing is known of a host, in words that begin with its name. */
static char *say_silent(const FleetHost *host, const HostAnswer *answer)
{
    const char *trouble = answer != NULL          ? answer->trouble
                          : host->address == NULL ? "has no address here"
                                                  : "was not asked";
    return g_strdup_printf("%s%s %s", host->name,
                           host->is_former ? ", which was taken out of `hosts`," : "", trouble);
}

static const char *say_not_sure(const OwnershipQuestion *question, const FleetHost *silent)
{
    const RecordDomain *recorded = question->recorded;
    if (recorded != NULL && (recorded->is_claimed || recorded->is_running)) {
        return "that it belongs here was recorded with an earlier spec, and one since may have "
               "given it to another host";
    }
    return silent->is_former ? "the spec had other hosts, and this one has no record that the "
                               "domain belongs here"
                             : "the spec has several hosts, and this one has no record that the "
                               "domain belongs here";
}

static char *say_unknown(const OwnershipQuestion *question, const FleetHost *silent)
{
    const HostAnswer *answer = g_hash_table_lookup(question->answers, silent->name);
    g_autofree char *what = say_silent(silent, answer);
    g_autofree char *forget =
        silent->is_former
            ? g_strdup_printf("; if nothing runs there: xensure forget --former-host %s",
                              silent->name)
            : g_strdup("");
    return g_strdup_printf("%s: it may run elsewhere, and %s (if it runs nowhere: xensure claim "
                           "%s%s)",
                           say_not_sure(question, silent), what, question->name, forget);
}

static OwnershipVerdict may_start(const OwnershipQuestion *question, char **why)
{
    /* What is recorded of another identity under its name says nothing. */
    gboolean is_sure = question->recorded != NULL &&
                       strcmp(question->recorded->uuid, question->uuid) == 0 &&
                       ownership_is_sure(question->recorded, question->edition, question->boot_id);
    const FleetHost *silent = NULL;
    if (question->answers == NULL) {
        *why = g_strdup("wait: the other hosts have not been asked whether they have it");
        return OWNERSHIP_TO_ASK;
    }
    for (guint i = 0; i < question->hosts->len; i++) {
        const FleetHost *host = g_ptr_array_index(question->hosts, i);
        const HostAnswer *answer = g_hash_table_lookup(question->answers, host->name);
        if (answer == NULL || answer->trouble != NULL) {
            silent = silent != NULL ? silent : host;
            continue;
        }
        *why = find_objection(question, host, answer, is_sure);
        if (*why != NULL) {
            return OWNERSHIP_REFUSED;
        }
    }
    if (silent != NULL && !is_sure) {
        *why = say_unknown(question, silent);
        return OWNERSHIP_REFUSED;
    }
    return OWNERSHIP_GRANTED;
}

const Ownership ownership_none = {"none", may_start};
