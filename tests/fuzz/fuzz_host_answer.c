/* Any bytes as the answer of another host: refused with a reason and nothing else, or read; and
 * what was read makes nobody believe that a domain is gone where the list is not known. */
#include "spec/text_checks.h"
#include "xenbackend/host_answer_json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(HostAnswer) answer = host_answer_parse((const char *)data, size);
    if (answer->trouble != NULL) {
        g_assert(strchr(answer->trouble, '\n') == NULL);
        g_assert(answer->host == NULL && answer->fleet == NULL && answer->domains->len == 0);
    }
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        g_assert(strlen(domain->name) <= HOST_ANSWER_TEXT_MAX);
        g_assert(domain->uuid[0] == '\0' || strlen(domain->uuid) == UUID_TEXT_SIZE - 1);
        g_assert(domain->disks->len <= HOST_ANSWER_DISKS_MAX);
        for (guint j = 0; j < domain->disks->len; j++) {
            const AnswerDisk *disk = g_ptr_array_index(domain->disks, j);
            g_assert(disk->path != NULL && strlen(disk->path) <= HOST_ANSWER_PATH_MAX);
        }
        g_autofree char *plain = domain_name_under_way(domain->name);
        g_assert(answer_domain_is(domain, plain != NULL ? plain : domain->name, "?"));
        g_assert(host_answer_may_have(answer, plain != NULL ? plain : domain->name, "?"));
        g_assert(host_answer_may_have(answer, "?", domain->uuid));
    }
    for (guint i = 0; i < answer->hosts->len; i++) {
        g_assert(check_label(g_ptr_array_index(answer->hosts, i)) == NULL);
    }
    gboolean is_known = answer->trouble == NULL && answer->list_trouble == NULL;
    host_answer_check(answer, "dom0-b", "lab", 1800000000);
    if (answer->trouble == NULL) {
        g_assert(is_known && strcmp(answer->host, "dom0-b") == 0);
        g_assert(strcmp(answer->fleet, "lab") == 0);
        g_assert(ABS(answer->time - 1800000000) <= HOST_ANSWER_AGE_MOST_S);
    }
    return 0;
}
