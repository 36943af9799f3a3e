#include "reconcile/host_answer.h"

#include <string.h>

static const char *const seen_names[] = {
    [ANSWER_SEEN_UNKNOWN] = "unknown",     [ANSWER_SEEN_ABSENT] = "absent",
    [ANSWER_SEEN_RUNNING] = "running",     [ANSWER_SEEN_PAUSED] = "paused",
    [ANSWER_SEEN_SHUT_DOWN] = "shut-down",
};
static const char *const recorded_names[] = {
    [ANSWER_RECORDED_NOT] = NULL,
    [ANSWER_RECORDED_KNOWN] = "known",
    [ANSWER_RECORDED_CLAIMED] = "claimed",
    [ANSWER_RECORDED_RUNNING] = "running",
};

const char *answer_seen_name(AnswerSeen seen)
{
    return seen_names[seen];
}

const char *answer_recorded_name(AnswerRecorded recorded)
{
    return recorded_names[recorded];
}

static void answer_disk_free(AnswerDisk *disk)
{
    g_free(disk->path);
    g_free(disk->script);
    g_free(disk->backend);
    g_free(disk);
}

static void answer_domain_free(AnswerDomain *domain)
{
    g_free(domain->name);
    g_ptr_array_unref(domain->disks);
    g_free(domain);
}

HostAnswer *host_answer_new(void)
{
    HostAnswer *answer = g_new0(HostAnswer, 1);
    answer->free_memory_mib = -1;
    answer->hosts = g_ptr_array_new_with_free_func(g_free);
    answer->domains = g_ptr_array_new_with_free_func((GDestroyNotify)answer_domain_free);
    answer->known_by = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return answer;
}

HostAnswer *host_answer_new_trouble(const char *format, ...)
{
    HostAnswer *answer = host_answer_new();
    va_list arguments;
    va_start(arguments, format);
    answer->trouble = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return answer;
}

void host_answer_free(HostAnswer *answer)
{
    if (answer == NULL) {
        return;
    }
    g_free(answer->trouble);
    g_free(answer->host);
    g_free(answer->fleet);
    g_free(answer->list_trouble);
    g_free(answer->xen_version);
    g_ptr_array_unref(answer->hosts);
    g_ptr_array_unref(answer->domains);
    g_hash_table_unref(answer->known_by);
    g_free(answer);
}

AnswerDomain *host_answer_add(HostAnswer *answer, const char *name, const char *uuid)
{
    AnswerDomain *domain = g_new0(AnswerDomain, 1);
    domain->name = g_strdup(name);
    g_strlcpy(domain->uuid, uuid, sizeof domain->uuid);
    domain->disks = g_ptr_array_new_with_free_func((GDestroyNotify)answer_disk_free);
    g_ptr_array_add(answer->domains, domain);
    char *plain = domain_name_under_way(name);
    g_hash_table_add(answer->known_by, plain != NULL ? plain : g_strdup(name));
    g_hash_table_add(answer->known_by, g_strdup(domain->uuid));
    return domain;
}

void answer_domain_add_disk(AnswerDomain *domain, const char *path, const char *script,
                            const char *backend, gboolean is_writable)
{
    AnswerDisk *disk = g_new0(AnswerDisk, 1);
    disk->path = g_strdup(path);
    disk->script = g_strdup(script);
    disk->backend = g_strdup(backend);
    disk->is_writable = is_writable;
    g_ptr_array_add(domain->disks, disk);
}

static gboolean has_unknown_domain(const HostAnswer *answer)
{
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (domain->seen == ANSWER_SEEN_UNKNOWN) {
            return TRUE;
        }
    }
    return FALSE;
}

void host_answer_check(HostAnswer *answer, const char *host, const char *fleet, gint64 now)
{
    if (answer->trouble != NULL) {
        return;
    }
    if (g_strcmp0(answer->host, host) != 0) {
        answer->trouble = g_strdup_printf("is reached at an address where '%s' answers",
                                          answer->host != NULL ? answer->host : "");
    } else if (answer->fleet == NULL) {
        answer->trouble = g_strdup("has not applied a spec yet: xensure apply there comes first");
    } else if (strcmp(answer->fleet, fleet) != 0) {
        answer->trouble = g_strdup_printf("is of the fleet '%s'", answer->fleet);
    } else if (answer->time < now - HOST_ANSWER_AGE_MOST_S ||
               answer->time > now + HOST_ANSWER_AGE_MOST_S) {
        gint64 apart = answer->time < now ? now - answer->time : answer->time - now;
        answer->trouble = g_strdup_printf(
            "gave an answer of another time: its clock and this host's are %" G_GINT64_FORMAT
            " s apart, or the answer is an old one",
            apart);
    } else if (answer->list_trouble != NULL) {
        answer->trouble =
            g_strdup_printf("does not know its own domains: %s", answer->list_trouble);
    } else if (has_unknown_domain(answer)) {
        answer->trouble = g_strdup("does not know of all its domains whether they are there");
    }
}

char *domain_name_under_way(const char *name)
{
    static const char *const endings[] = {"--incoming", "--migratedaway"};
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(name, endings[i])) {
            return g_strndup(name, strlen(name) - strlen(endings[i]));
        }
    }
    return g_str_has_prefix(name, "migrating-") ? g_strdup(name + strlen("migrating-")) : NULL;
}

gboolean answer_domain_is(const AnswerDomain *domain, const char *name, const char *uuid)
{
    g_autofree char *plain = domain_name_under_way(domain->name);
    return domain->uuid[0] == '\0' || strcmp(domain->uuid, uuid) == 0 ||
           strcmp(plain != NULL ? plain : domain->name, name) == 0;
}

gboolean host_answer_may_have(const HostAnswer *answer, const char *name, const char *uuid)
{
    return g_hash_table_contains(answer->known_by, "") ||
           g_hash_table_contains(answer->known_by, uuid) ||
           g_hash_table_contains(answer->known_by, name);
}
