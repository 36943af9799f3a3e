#include "xenbackend/host_answer_json.h"

#include "spec/identity.h"
#include "spec/text_checks.h"

#include <jansson.h>
#include <string.h>

#define FORMAT_VERSION 1

/* Says in *trouble what does not fit, for a sentence. Always FALSE. */
static gboolean refuse(char **trouble, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(char **trouble, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *trouble = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return FALSE;
}

/* Fit to stand in a sentence, and short? */
static gboolean is_plain_up_to(const json_t *value, gsize length)
{
    const char *text = json_string_value(value);
    if (text == NULL || json_string_length(value) != strlen(text) || strlen(text) > length) {
        return FALSE;
    }
    for (; *text != '\0'; text++) {
        if (g_ascii_iscntrl(*text)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_plain(const json_t *value)
{
    return is_plain_up_to(value, HOST_ANSWER_TEXT_MAX);
}

/* A text, or null. */
static gboolean read_text(const json_t *object, const char *key, char **out, char **trouble)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_null(value)) {
        return TRUE;
    }
    if (!is_plain(value)) {
        return refuse(trouble, "'%s' is not a text", key);
    }
    *out = g_strdup(json_string_value(value));
    return TRUE;
}

/* A number that is not negative, or null; *is_given: it is one. */
static gboolean read_number(const json_t *object, const char *key, gint64 *out, gboolean *is_given,
                            char **trouble)
{
    const json_t *value = json_object_get(object, key);
    *is_given = json_is_integer(value);
    if (!json_is_null(value) && (!*is_given || json_integer_value(value) < 0)) {
        return refuse(trouble, "'%s' is not a number", key);
    }
    if (*is_given) {
        *out = json_integer_value(value);
    }
    return TRUE;
}

static gboolean read_seen(const json_t *value, AnswerSeen *out)
{
    for (guint i = ANSWER_SEEN_UNKNOWN; i <= ANSWER_SEEN_SHUT_DOWN; i++) {
        if (g_strcmp0(json_string_value(value), answer_seen_name(i)) == 0) {
            *out = (AnswerSeen)i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean read_recorded(const json_t *value, AnswerRecorded *out)
{
    for (guint i = ANSWER_RECORDED_NOT; i <= ANSWER_RECORDED_RUNNING; i++) {
        const char *name = answer_recorded_name(i);
        if (name == NULL ? json_is_null(value) : g_strcmp0(json_string_value(value), name) == 0) {
            *out = (AnswerRecorded)i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_uuid_or_empty(const char *text)
{
    return *text == '\0' || identity_is_uuid(text);
}

static gboolean is_plain_or_none(const json_t *value)
{
    return value == NULL || is_plain(value);
}

static gboolean read_disk(AnswerDomain *domain, const json_t *entry)
{
    const json_t *path = json_object_get(entry, "path");
    const json_t *script = json_object_get(entry, "script");
    const json_t *backend = json_object_get(entry, "backend");
    const char *access = json_string_value(json_object_get(entry, "access"));
    gboolean is_writable = g_strcmp0(access, "rw") == 0;
    if (!is_plain_up_to(path, HOST_ANSWER_PATH_MAX) || !is_plain_or_none(script) ||
        !is_plain_or_none(backend) || (!is_writable && g_strcmp0(access, "ro") != 0)) {
        return FALSE;
    }
    answer_domain_add_disk(domain, json_string_value(path), json_string_value(script),
                           json_string_value(backend), is_writable);
    return TRUE;
}

/* Left out by versions that do not tell them. */
static gboolean read_disks(AnswerDomain *domain, const json_t *entry)
{
    const json_t *disks = json_object_get(entry, "disks");
    if ((disks != NULL && !json_is_array(disks)) ||
        json_array_size(disks) > HOST_ANSWER_DISKS_MAX) {
        return FALSE;
    }
    size_t index;
    json_t *disk;
    json_array_foreach(disks, index, disk)
    {
        if (!read_disk(domain, disk)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean read_domain(HostAnswer *answer, const json_t *entry, size_t index, char **trouble)
{
    const json_t *name = json_object_get(entry, "name");
    const json_t *uuid = json_object_get(entry, "uuid");
    const json_t *wanted = json_object_get(entry, "wanted");
    AnswerSeen seen = ANSWER_SEEN_UNKNOWN;
    AnswerRecorded recorded = ANSWER_RECORDED_NOT;
    const char *misfit = !is_plain(name)                                                 ? "name"
                         : !is_plain(uuid) || !is_uuid_or_empty(json_string_value(uuid)) ? "uuid"
                         : !read_seen(json_object_get(entry, "seen"), &seen)             ? "seen"
                         : !read_recorded(json_object_get(entry, "recorded"), &recorded)
                             ? "recorded"
                         : !json_is_boolean(wanted) ? "wanted"
                                                    : NULL;
    if (misfit != NULL) {
        return refuse(trouble, "'%s' of domain %zu does not fit", misfit, index + 1);
    }
    AnswerDomain *domain =
        host_answer_add(answer, json_string_value(name), json_string_value(uuid));
    domain->seen = seen;
    domain->recorded = recorded;
    domain->is_wanted = json_is_true(wanted);
    return read_disks(domain, entry) ||
           refuse(trouble, "'disks' of domain %zu does not fit", index + 1);
}

static gboolean read_domains(HostAnswer *answer, const json_t *root, char **trouble)
{
    const json_t *domains = json_object_get(root, "domains");
    if (!json_is_array(domains)) {
        return refuse(trouble, "'domains' is not a list");
    }
    if (json_array_size(domains) > HOST_ANSWER_DOMAINS_MAX) {
        return refuse(trouble, "it has more than %u domains", HOST_ANSWER_DOMAINS_MAX);
    }
    size_t index;
    json_t *entry;
    json_array_foreach(domains, index, entry)
    {
        if (!read_domain(answer, entry, index, trouble)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Left out by versions that know of none. */
static gboolean read_hosts(HostAnswer *answer, const json_t *root, char **trouble)
{
    const json_t *hosts = json_object_get(root, "hosts");
    if (hosts != NULL && !json_is_array(hosts)) {
        return refuse(trouble, "'hosts' is not a list");
    }
    if (json_array_size(hosts) > HOST_ANSWER_HOSTS_MAX) {
        return refuse(trouble, "it knows more than %u hosts", HOST_ANSWER_HOSTS_MAX);
    }
    size_t index;
    json_t *name;
    json_array_foreach(hosts, index, name)
    {
        if (!is_plain(name) || check_label(json_string_value(name)) != NULL) {
            return refuse(trouble, "host %zu of those that it knows has no name", index + 1);
        }
        g_ptr_array_add(answer->hosts, g_strdup(json_string_value(name)));
    }
    return TRUE;
}

static gboolean read_root(HostAnswer *answer, const json_t *root, char **trouble)
{
    const json_t *version = json_object_get(root, "format_version");
    g_autofree char *error = NULL;
    gboolean is_given = FALSE;
    if (!json_is_integer(version)) {
        return refuse(trouble, "it has no 'format_version'");
    }
    if (json_integer_value(version) != FORMAT_VERSION) {
        return refuse(trouble, "its 'format_version' is %" JSON_INTEGER_FORMAT ", not %d",
                      json_integer_value(version), FORMAT_VERSION);
    }
    if (!read_text(root, "error", &error, trouble)) {
        return FALSE;
    }
    if (error != NULL) {
        return refuse(trouble, "it says: %s", error);
    }
    return read_text(root, "host", &answer->host, trouble) &&
           read_text(root, "fleet", &answer->fleet, trouble) &&
           read_number(root, "generation", &answer->generation, &answer->has_generation, trouble) &&
           read_number(root, "time", &answer->time, &is_given, trouble) &&
           read_text(root, "list_trouble", &answer->list_trouble, trouble) &&
           read_text(root, "xen_version", &answer->xen_version, trouble) &&
           read_number(root, "free_memory_mib", &answer->free_memory_mib, &is_given, trouble) &&
           read_hosts(answer, root, trouble) && read_domains(answer, root, trouble);
}

HostAnswer *host_answer_parse(const char *text, gsize length)
{
    if (length > HOST_ANSWER_BYTES_MAX) {
        return host_answer_new_trouble("gave an answer of more than %u bytes",
                                       HOST_ANSWER_BYTES_MAX);
    }
    json_error_t where;
    json_t *root = json_loadb(length > 0 ? text : "", length, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) {
        return host_answer_new_trouble("gave an answer that is no JSON: line %d, column %d",
                                       where.line, where.column);
    }
    g_autoptr(HostAnswer) answer = host_answer_new();
    g_autofree char *trouble = NULL;
    gboolean is_read = read_root(answer, root, &trouble);
    json_decref(root);
    return is_read ? g_steal_pointer(&answer)
                   : host_answer_new_trouble("gave an answer that does not fit: %s", trouble);
}
