#include "tests/unit/plan_case.h"

#include "reconcile/record_names.h"
#include "reconcile/record_settings.h"
#include "tests/unit/spec_from_text.h"
#include "xenbackend/xen_list.h"
#include "xenbackend/xen_list_long.h"

#include <string.h>

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, RECORD_ERROR, RECORD_ERROR_FORMAT, message);
    return FALSE;
}

static void put_config(PlanCase *plan_case, const char *name, const char *word)
{
    ObservedConfig *config = g_hash_table_lookup(plan_case->observed->configs, name);
    if (config == NULL) {
        config = g_new0(ObservedConfig, 1);
        config->is_checked = TRUE;
        g_hash_table_insert(plan_case->observed->configs, g_strdup(name), config);
    }
    g_free(config->digest);
    config->exists = strcmp(word, "absent") != 0;
    config->is_ours = config->exists && strcmp(word, "foreign") != 0;
    config->is_wanted = strcmp(word, "wanted") == 0;
    config->is_as_recorded = config->is_wanted || strcmp(word, "stale") == 0;
    config->digest = config->exists ? g_strdup_printf("digest-%s", word) : NULL;
}

static void put_default_configs(PlanCase *plan_case)
{
    for (guint i = 0; i < plan_case->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(plan_case->spec->domains, i);
        put_config(plan_case, domain->name, "wanted");
    }
    GHashTableIter iterator;
    gpointer name;
    g_hash_table_iter_init(&iterator, plan_case->record->domains);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        put_config(plan_case, name, "wanted");
    }
}

static gboolean read_details(PlanCase *plan_case, char **words, GError **error)
{
    plan_case->policy.details_were_asked = TRUE;
    if (strcmp(words[1], "none") == 0) {
        return TRUE;
    }
    if (g_strv_length(words) == 3 && strcmp(words[2], "nothing") == 0) {
        ObservedDomain *half =
            observed_find_domid(plan_case->observed, (guint32)g_ascii_strtoull(words[1], NULL, 10));
        if (half != NULL) {
            half->is_incomplete = TRUE;
        }
        return half != NULL || refuse(error, "details %s: no such domain", words[1]);
    }
    ObservedDomain *row = g_strv_length(words) == 6
                              ? observed_find_domid(plan_case->observed,
                                                    (guint32)g_ascii_strtoull(words[1], NULL, 10))
                              : NULL;
    if (row == NULL) {
        return refuse(error, "details %s: no such domain, or not five numbers", words[1]);
    }
    row->has_details = TRUE;
    row->is_incomplete = FALSE;
    row->target_mib = g_ascii_strtoull(words[2], NULL, 10);
    row->maximum_mib = g_ascii_strtoull(words[3], NULL, 10);
    row->vcpus_available = (guint32)g_ascii_strtoull(words[4], NULL, 10);
    row->vcpus_maximum = (guint32)g_ascii_strtoull(words[5], NULL, 10);
    return TRUE;
}

/* "DOMID JSON", as `xl list -l` prints it. */
static gboolean read_seen(PlanCase *plan_case, const char *value, GError **error)
{
    char *json = NULL;
    guint32 domid = (guint32)g_ascii_strtoull(value, &json, 10);
    ObservedDomain *row = observed_find_domid(plan_case->observed, domid);
    g_autofree char *trouble = NULL;
    plan_case->policy.details_were_asked = TRUE;
    if (row == NULL) {
        return refuse(error, "seen %u: no such domain", domid);
    }
    return xen_list_long_parse(json, strlen(json), row, &trouble) ||
           refuse(error, "seen %u: %s", domid, trouble);
}

static gboolean read_config(PlanCase *plan_case, char **words, GError **error)
{
    static const char *const known[] = {"wanted", "edited", "stale", "foreign", "absent", NULL};
    if (g_strv_length(words) == 3 && strcmp(words[2], "unseen") == 0) {
        g_hash_table_remove(plan_case->observed->configs, words[1]);
        return TRUE;
    }
    if (g_strv_length(words) != 3 || !g_strv_contains(known, words[2])) {
        return refuse(error, "config %s: not one of the known words", words[1]);
    }
    put_config(plan_case, words[1], words[2]);
    return TRUE;
}

/* Adds to a set that the policy shows only once there is something in it. */
static gboolean add_word(GHashTable **set, GHashTable **shown, const char *word)
{
    if (*set == NULL) {
        *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    }
    *shown = *set;
    g_hash_table_add(*set, g_strdup(word));
    return TRUE;
}

/* A domain, and when the spec of its source alone has expired. */
static gboolean read_frozen(PlanCase *plan_case, char **words, const char *value)
{
    const char *blank = strchr(value, ' ');
    const Freeze freeze = {"the-source", blank != NULL ? blank + 1 : value, NULL};
    if (plan_case->frozen == NULL) {
        plan_case->frozen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    }
    plan_case->policy.frozen = plan_case->frozen;
    g_hash_table_insert(plan_case->frozen, g_strdup(words[1]), g_memdup2(&freeze, sizeof freeze));
    return TRUE;
}

/* What is known of the config in words, by the word that the line begins with; NULL: no such. */
static char **find_text(ObservedConfig *config, const char *key)
{
    return strcmp(key, "obstacle") == 0    ? &config->obstacle
           : strcmp(key, "link") == 0      ? &config->boot_link
           : strcmp(key, "missing") == 0   ? &config->missing
           : strcmp(key, "late_keys") == 0 ? &config->late_keys
                                           : NULL;
}

static gboolean read_config_text(PlanCase *plan_case, const char *key, const char *value,
                                 GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, " ", 2);
    ObservedConfig *config = g_hash_table_lookup(plan_case->observed->configs, parts[0]);
    gboolean is_flag = strcmp(key, "unchecked") == 0;
    char **text = config != NULL && !is_flag ? find_text(config, key) : NULL;
    if (config == NULL || (!is_flag && (text == NULL || parts[1] == NULL))) {
        return refuse(error, "%s %s: not known, or no such domain", key, value);
    }
    if (is_flag) {
        config->is_checked = FALSE;
    } else {
        g_free(*text);
        *text = g_strdup(parts[1]);
    }
    return TRUE;
}

static gboolean read_answer(PlanCase *plan_case, char **words, const char *value, GError **error)
{
    guint count = g_strv_length(words);
    gboolean is_ok = count >= 3 && strcmp(words[2], "ok") == 0;
    if (count < 3 || (is_ok && count != 3 && count != 5)) {
        return refuse(error, "answer %s: expected a host, and 'ok [XEN FREE_MIB]' or a text",
                      value);
    }
    if (plan_case->answers == NULL) {
        plan_case->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                   (GDestroyNotify)host_answer_free);
        plan_case->policy.answers = plan_case->answers;
    }
    HostAnswer *answer =
        is_ok ? host_answer_new() : host_answer_new_trouble("%s", value + strlen(words[1]) + 1);
    if (count == 5 && is_ok) {
        answer->xen_version = strcmp(words[3], "-") != 0 ? g_strdup(words[3]) : NULL;
        answer->free_memory_mib = g_ascii_strtoll(words[4], NULL, 10);
    }
    g_hash_table_replace(plan_case->answers, g_strdup(words[1]), answer);
    return TRUE;
}

static gboolean read_has(PlanCase *plan_case, char **words, GError **error)
{
    HostAnswer *answer = g_strv_length(words) == 7 && plan_case->answers != NULL
                             ? g_hash_table_lookup(plan_case->answers, words[1])
                             : NULL;
    if (answer == NULL) {
        return refuse(error, "has: not six words, or no answer of such a host");
    }
    AnswerDomain *domain = host_answer_add(answer, words[2], words[3]);
    for (guint i = 0; i <= ANSWER_SEEN_SHUT_DOWN; i++) {
        domain->seen = strcmp(words[4], answer_seen_name(i)) == 0 ? i : domain->seen;
    }
    for (guint i = 0; i <= ANSWER_RECORDED_RUNNING; i++) {
        domain->recorded = g_strcmp0(words[5], answer_recorded_name(i)) == 0 ? i : domain->recorded;
    }
    domain->is_wanted = strcmp(words[6], "wanted") == 0;
    return TRUE;
}

static gboolean read_disk(PlanCase *plan_case, char **words, GError **error)
{
    guint count = g_strv_length(words);
    const HostAnswer *answer = (count == 5 || count == 6) && plan_case->answers != NULL
                                   ? g_hash_table_lookup(plan_case->answers, words[1])
                                   : NULL;
    for (guint i = 0; answer != NULL && i < answer->domains->len; i++) {
        AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (strcmp(domain->name, words[2]) == 0) {
            answer_domain_add_disk(domain, words[3], words[5], NULL, strcmp(words[4], "rw") == 0);
            return TRUE;
        }
    }
    return refuse(error, "disk: not four or five words, or no answer that has such a domain");
}

static gint64 *find_number(Policy *policy, const char *key)
{
    return strcmp(key, "now") == 0             ? &policy->now
           : strcmp(key, "free_memory") == 0   ? &policy->free_memory_mib
           : strcmp(key, "stops_limit") == 0   ? &policy->stops_limit
           : strcmp(key, "stops_percent") == 0 ? &policy->stops_percent
           : strcmp(key, "allow_stops") == 0   ? &policy->allow_stops
                                               : NULL;
}

static gboolean read_policy_line(PlanCase *plan_case, char *line, GError **error)
{
    Policy *policy = &plan_case->policy;
    char **words = g_strsplit(line, " ", -1);
    g_ptr_array_add(plan_case->words, words);
    const char *key = words[0];
    char *value = strchr(line, ' ') != NULL ? strchr(line, ' ') + 1 : line + strlen(line);
    if (find_number(policy, key) != NULL && *value != '\0') {
        *find_number(policy, key) = g_ascii_strtoll(value, NULL, 10);
        policy->knows_free_memory = policy->knows_free_memory || strcmp(key, "free_memory") == 0;
    } else if (strcmp(key, "accept_loss") == 0) {
        policy->accept_loss = TRUE;
    } else if (strcmp(key, "prune") == 0) {
        policy->prune = TRUE;
    } else if (strcmp(key, "only_reports") == 0) {
        policy->only_reports = TRUE;
    } else if (strcmp(key, "disks_were_asked") == 0) {
        policy->disks_were_asked = TRUE;
    } else if (strcmp(key, "details_are_due") == 0) {
        policy->details_are_due = TRUE;
    } else if (strcmp(key, "cannot_store") == 0) {
        policy->can_store = FALSE;
    } else if (strcmp(key, "no_node") == 0) {
        policy->node_was_asked = FALSE;
        policy->xen_version = policy->scheduler = NULL;
        policy->xen_release = 0;
    } else if (*value == '\0') {
        return refuse(error, "'%s' is not known, or has no value", line);
    } else if (strcmp(key, "host") == 0) {
        policy->host = value;
    } else if (strcmp(key, "xen_version") == 0) {
        policy->xen_version = strcmp(value, "none") != 0 ? value : NULL;
    } else if (strcmp(key, "cannot_migrate") == 0) {
        policy->cannot_migrate = value;
    } else if (strcmp(key, "only") == 0) {
        policy->only = value;
    } else if (strcmp(key, "suspended") == 0) {
        policy->suspended = value;
    } else if (strcmp(key, "stale") == 0) {
        policy->stale = value;
    } else if (strcmp(key, "expired") == 0) {
        policy->expired = value;
    } else if (strcmp(key, "unrenewed") == 0) {
        policy->unrenewed = value;
    } else if (strcmp(key, "busy") == 0) {
        return add_word(&plan_case->busy, &policy->busy, value);
    } else if (strcmp(key, "drifted") == 0) {
        return add_word(&plan_case->drifted, &policy->drifted, value);
    } else if (strcmp(key, "check") == 0) {
        return add_word(&plan_case->checks, &policy->checks, value);
    } else if (strcmp(key, "boot_id") == 0) {
        g_free(plan_case->observed->boot_id);
        plan_case->observed->boot_id = strcmp(value, "none") != 0 ? g_strdup(value) : NULL;
    } else if (strcmp(key, "scheduler") == 0) {
        policy->scheduler = strcmp(value, "none") != 0 ? value : NULL;
    } else if (strcmp(key, "release") == 0) {
        policy->xen_release = (guint)g_ascii_strtoull(value, NULL, 10);
    } else if (strcmp(key, "cannot_change") == 0) {
        policy->cannot_change = (guint)g_ascii_strtoull(value, NULL, 10);
    } else if (strcmp(key, "missing_before") == 0) {
        return add_word(&plan_case->missing_before, &policy->missing_before, value);
    } else if (strcmp(key, "frozen") == 0) {
        return read_frozen(plan_case, words, value);
    } else if (strcmp(key, "config") == 0) {
        return read_config(plan_case, words, error);
    } else if (strcmp(key, "seen") == 0) {
        return read_seen(plan_case, value, error);
    } else if (strcmp(key, "details") == 0) {
        return read_details(plan_case, words, error);
    } else if (strcmp(key, "answer") == 0) {
        return read_answer(plan_case, words, value, error);
    } else if (strcmp(key, "has") == 0) {
        return read_has(plan_case, words, error);
    } else if (strcmp(key, "disk") == 0) {
        return read_disk(plan_case, words, error);
    } else {
        return read_config_text(plan_case, key, value, error);
    }
    return TRUE;
}

static gboolean read_policy(PlanCase *plan_case, const char *text, GError **error)
{
    plan_case->policy = (Policy){.host = "dom0-a",
                                 .xen_version = "4.17.0",
                                 .now = 1000000,
                                 .stops_limit = 3,
                                 .stops_percent = 20,
                                 .allow_stops = -1,
                                 .node_was_asked = TRUE,
                                 .xen_release = XEN_RELEASE(4, 17),
                                 .scheduler = "credit2",
                                 .can_store = TRUE};
    plan_case->observed->boot_id = g_strdup("boot-1");
    plan_case->policy_text = g_strdup(text != NULL ? text : "");
    char *line = plan_case->policy_text;
    while (*line != '\0') {
        char *next = line + strcspn(line, "\n");
        next += *next != '\0';
        if (next > line && next[-1] == '\n') {
            next[-1] = '\0';
        }
        if (*line != '\0' && !read_policy_line(plan_case, line, error)) {
            return FALSE;
        }
        line = next;
    }
    return TRUE;
}

PlanCase *plan_case_make(const char *spec, const char *list, const char *record, const char *policy,
                         GError **error)
{
    g_autoptr(PlanCase) plan_case = g_new0(PlanCase, 1);
    plan_case->words = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    plan_case->kept = g_ptr_array_new_with_free_func((GDestroyNotify)recorded_settings_free);
    plan_case->problems = problems_new();
    plan_case->spec = spec_from_text("spec.yaml", spec, strlen(spec), plan_case->problems);
    plan_case->observed = observed_new();
    gboolean is_cut = FALSE;
    plan_case->record =
        record != NULL ? record_parse(record, strlen(record), &is_cut, error) : record_new();
    if (plan_case->record == NULL || is_cut) {
        if (is_cut) {
            refuse(error, "the record is cut off");
        }
        return NULL;
    }
    if (problems_count_errors(plan_case->problems) > 0) {
        g_autoptr(GString) text = g_string_new(NULL);
        problems_format(plan_case->problems, text, FALSE);
        refuse(error, "the spec is refused: %s", text->str);
        return NULL;
    }
    xen_list_parse(list, strlen(list), plan_case->observed);
    put_default_configs(plan_case);
    if (!read_policy(plan_case, policy, error)) {
        return NULL;
    }
    /* As a run does before it makes a plan (record_settle()). */
    RecordNames names = {plan_case->record, plan_case->spec, plan_case->observed,
                         plan_case->policy.busy, plan_case->policy.missing_before};
    record_follow_names(&names);
    return g_steal_pointer(&plan_case);
}

static char *read_file(const char *folder, const char *name, gboolean is_needed)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) && is_needed) {
        g_error("cannot read %s", path);
    }
    return text;
}

PlanCase *plan_case_read(const char *folder)
{
    g_autofree char *spec = read_file(folder, "spec.yaml", TRUE);
    g_autofree char *list = read_file(folder, "list.txt", TRUE);
    g_autofree char *record = read_file(folder, "record.txt", FALSE);
    g_autofree char *policy = read_file(folder, "policy.txt", FALSE);
    g_autoptr(GError) error = NULL;
    PlanCase *plan_case = plan_case_make(spec, list, record, policy, &error);
    if (plan_case == NULL) {
        g_error("%s: %s", folder, error->message);
    }
    return plan_case;
}

void plan_case_free(PlanCase *plan_case)
{
    if (plan_case == NULL) {
        return;
    }
    spec_free(plan_case->spec);
    problems_free(plan_case->problems);
    observed_free(plan_case->observed);
    record_free(plan_case->record);
    g_clear_pointer(&plan_case->missing_before, g_hash_table_unref);
    g_clear_pointer(&plan_case->busy, g_hash_table_unref);
    g_clear_pointer(&plan_case->checks, g_hash_table_unref);
    g_clear_pointer(&plan_case->drifted, g_hash_table_unref);
    g_clear_pointer(&plan_case->frozen, g_hash_table_unref);
    g_clear_pointer(&plan_case->answers, g_hash_table_unref);
    g_free(plan_case->policy_text);
    g_ptr_array_unref(plan_case->words);
    g_ptr_array_unref(plan_case->kept);
    g_free(plan_case);
}
