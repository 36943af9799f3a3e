#include "agent/status_answer.h"

#include "agent/report.h"
#include "reconcile/host_answer_make.h"

static void set_where_given(json_t *object, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(object, key, report_make_text(text));
    }
}

static json_t *make_disks(const AnswerDomain *domain)
{
    json_t *array = json_array();
    for (guint i = 0; i < domain->disks->len; i++) {
        const AnswerDisk *disk = g_ptr_array_index(domain->disks, i);
        json_t *object = json_pack("{s:o, s:s}", "path", report_make_text(disk->path), "access",
                                   disk->is_writable ? "rw" : "ro");
        set_where_given(object, "script", disk->script);
        set_where_given(object, "backend", disk->backend);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *make_domains(const HostAnswer *answer)
{
    json_t *array = json_array();
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        json_array_append_new(array,
                              json_pack("{s:o, s:s, s:s, s:o, s:b, s:o}", "name",
                                        report_make_text(domain->name), "uuid", domain->uuid,
                                        "seen", answer_seen_name(domain->seen), "recorded",
                                        report_make_text(answer_recorded_name(domain->recorded)),
                                        "wanted", domain->is_wanted, "disks", make_disks(domain)));
    }
    return array;
}

static json_t *make_hosts(const HostAnswer *answer)
{
    json_t *array = json_array();
    for (guint i = 0; i < answer->hosts->len; i++) {
        json_array_append_new(array, json_string(g_ptr_array_index(answer->hosts, i)));
    }
    return array;
}

static void ask_node(Cycle *cycle, HostAnswer *answer)
{
    g_autoptr(XenInfo) info = xen_host_info(cycle->host, NULL);
    if (info != NULL) {
        answer->xen_version = g_strdup(info->xen_version);
        answer->free_memory_mib = info->free_memory_mib;
    }
}

/* The list is made after the record was read: what began between the two is seen in one of them. */
static HostAnswer *make_answer(Cycle *cycle)
{
    g_autoptr(Observed) observed = observed_new();
    g_autoptr(GError) error = NULL;
    XenHostOptions options = cycle_host_options(cycle);
    cycle->host = xen_host_open(&options, &error);
    if (cycle->host != NULL) {
        observed_free(observed);
        observed = xen_host_observe(cycle->host);
    } else {
        observed->trouble = g_strdup(error->message);
    }
    HostAnswer *answer = host_answer_make(cycle->record, observed, cycle->host_name,
                                          g_get_real_time() / G_USEC_PER_SEC);
    if (cycle->host != NULL) {
        ask_node(cycle, answer);
    }
    return answer;
}

void status_answer_add(Cycle *cycle, json_t *document)
{
    g_autoptr(HostAnswer) answer = make_answer(cycle);
    json_object_set_new(document, "fleet", report_make_text(answer->fleet));
    json_object_set_new(document, "generation",
                        answer->has_generation ? json_integer(answer->generation) : json_null());
    json_object_set_new(document, "time", json_integer(answer->time));
    json_object_set_new(document, "list_trouble", report_make_text(answer->list_trouble));
    json_object_set_new(document, "xen_version", report_make_text(answer->xen_version));
    json_object_set_new(document, "free_memory_mib",
                        answer->free_memory_mib >= 0 ? json_integer(answer->free_memory_mib)
                                                     : json_null());
    json_object_set_new(document, "hosts", make_hosts(answer));
    json_object_set_new(document, "domains", make_domains(answer));
}
