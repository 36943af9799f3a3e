#include "tests/unit/scripted_host.h"

#include "reconcile/record_settings.h"
#include "reconcile/settle.h"

#include <string.h>

#define HOST_NAME         "dom0-a"
#define BOOT_ID           "11111111-2222-3333-4444-555555555555"
#define EPOCH             1800000000
#define LIST_MS           30
#define BUILD_MS          1000
#define TOOL_MS           100
#define SHUTDOWN_MS       500
#define CLEAN_UP_MS       200
#define RESTART_PAUSE_MS  2000
#define CREATE_TIMEOUT_MS 300000
#define TOOL_TIMEOUT_MS   90000
#define LINGER_MS         60000
#define LATE_MS           60000 /* until a command that was left behind does what it does */
#define LONGEST_RUN_MS    (4 * 3600 * 1000)

typedef struct {
    ToolRequest request;
    const Domain *domain;
    char *name;
    Fault fault;
    gint64 ends_ms;       /* when it has done what it does; G_MAXINT64: it has */
    gint64 result_ms;     /* when xensure gets its result */
    gboolean is_finished; /* xensure has its result */
    guint32 domid;        /* create: of what it builds; 0: nothing */
} HostCommand;

static void violate(ScriptedHost *host, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void violate(ScriptedHost *host, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (host->violation == NULL) {
        host->violation = g_steal_pointer(&text);
    }
}

static void domain_free(HostDomain *domain)
{
    if (domain == NULL) {
        return;
    }
    g_free(domain->name);
    g_free(domain->settings);
    g_free(domain->stored);
    g_free(domain);
}

static void command_free(HostCommand *command)
{
    g_free(command->name);
    g_free(command);
}

ScriptedHost *scripted_host_new(void)
{
    ScriptedHost *host = g_new0(ScriptedHost, 1);
    host->next_domid = 1;
    host->domains = g_ptr_array_new_with_free_func((GDestroyNotify)domain_free);
    host->rebuilds = g_ptr_array_new_with_free_func((GDestroyNotify)domain_free);
    host->commands = g_ptr_array_new_with_free_func((GDestroyNotify)command_free);
    host->configs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    host->boot_links = g_hash_table_new(g_str_hash, g_str_equal);
    host->disk = record_new();
    scripted_host_reset(host);
    return host;
}

void scripted_host_free(ScriptedHost *host)
{
    g_ptr_array_unref(host->domains);
    g_ptr_array_unref(host->rebuilds);
    g_ptr_array_unref(host->commands);
    g_hash_table_unref(host->configs);
    g_hash_table_unref(host->boot_links);
    record_free(host->disk);
    domain_free(host->last);
    observed_free(host->shown);
    g_free(host->violation);
    g_free(host);
}

void scripted_host_reset(ScriptedHost *host)
{
    host->fault = FAULT_NONE;
    host->event = EVENT_NONE;
    host->fault_at_command = host->event_at_call = host->bad_lists_from = -1;
    host->journal_fails_at = host->config_fails_at = host->dies_at_call = -1;
    host->bad_lists = 0;
    host->journal_fails_always = host->is_dead = host->has_journal_failed = FALSE;
    host->calls = host->commands_started = host->lists_made = 0;
    host->journals_written = host->configs_touched = 0;
}

HostDomain *scripted_host_find(const ScriptedHost *host, const char *uuid)
{
    for (guint i = 0; i < host->domains->len; i++) {
        HostDomain *domain = g_ptr_array_index(host->domains, i);
        if (strcmp(domain->uuid, uuid) == 0) {
            return domain;
        }
    }
    return NULL;
}

static HostDomain *find_domid(const ScriptedHost *host, guint32 domid)
{
    for (guint i = 0; i < host->domains->len; i++) {
        HostDomain *domain = g_ptr_array_index(host->domains, i);
        if (domain->domid == domid) {
            return domain;
        }
    }
    return NULL;
}

/* ---- time ---- */

HostDomain *scripted_host_add(ScriptedHost *host, const char *name, const char *uuid,
                              const char *settings)
{
    HostDomain *domain = g_new0(HostDomain, 1);
    domain->domid = host->next_domid++;
    domain->name = g_strdup(name);
    domain->settings = g_strdup(settings);
    g_strlcpy(domain->uuid, uuid, sizeof domain->uuid);
    domain->is_restarted_after_poweroff = strstr(settings, "on_poweroff: \"restart\"") != NULL;
    domain->ignores_shutdown = strstr(settings, "ignores") != NULL;
    domain->has_monitor = TRUE;
    domain->is_paused = TRUE;
    domain->changes_ms = -1;
    g_ptr_array_add(host->domains, domain);
    return domain;
}

static HostDomain *domain_copy(const HostDomain *domain)
{
    HostDomain *copy = g_memdup2(domain, sizeof *domain);
    copy->name = g_strdup(domain->name);
    copy->settings = g_strdup(domain->settings);
    copy->stored = g_strdup(domain->stored);
    return copy;
}

static void add_rebuild(ScriptedHost *host, const HostDomain *old)
{
    HostDomain *anew = domain_copy(old);
    anew->changes_ms = host->clock_ms + RESTART_PAUSE_MS;
    g_ptr_array_add(host->rebuilds, anew);
}

/* The monitor builds a guest anew, unless its name was taken meanwhile. */
static void rebuild(ScriptedHost *host, guint index)
{
    HostDomain *anew = g_ptr_array_steal_index(host->rebuilds, index);
    gboolean is_taken = FALSE;
    for (guint i = 0; i < host->domains->len; i++) {
        const HostDomain *other = g_ptr_array_index(host->domains, i);
        is_taken = is_taken || strcmp(other->name, anew->name) == 0;
    }
    if (!is_taken) {
        HostDomain *domain = scripted_host_add(
            host, anew->name, anew->uuid, anew->stored != NULL ? anew->stored : anew->settings);
        domain->target_mib = anew->target_mib;
        domain->vcpus = anew->vcpus;
        domain->changes_ms = host->clock_ms + BUILD_MS;
    }
    domain_free(anew);
}

/* What a domain does when its time has come. FALSE: it is gone. */
static gboolean change_domain(ScriptedHost *host, HostDomain *domain)
{
    domain->changes_ms = -1;
    if (domain->is_zombie) {
        return FALSE;
    }
    if (domain->is_shut_down) {
        domain_free(host->last);
        host->last = domain_copy(domain);
        if (domain->is_restarted_after_poweroff) {
            add_rebuild(host, domain);
        }
        return FALSE;
    }
    if (!domain->is_whole) {
        /* The monitor's build is done. */
        domain->is_whole = domain->has_run = TRUE;
        domain->is_paused = FALSE;
        return TRUE;
    }
    domain->is_shut_down = TRUE;
    domain->reason = SHUTDOWN_REASON_POWEROFF;
    domain->changes_ms = domain->has_monitor ? host->clock_ms + CLEAN_UP_MS : -1;
    return TRUE;
}

static gint64 next_change_ms(const ScriptedHost *host)
{
    gint64 next_ms = G_MAXINT64;
    for (guint i = 0; i < host->domains->len; i++) {
        const HostDomain *domain = g_ptr_array_index(host->domains, i);
        if (domain->changes_ms >= 0) {
            next_ms = MIN(next_ms, domain->changes_ms);
        }
    }
    for (guint i = 0; i < host->rebuilds->len; i++) {
        next_ms = MIN(next_ms, ((HostDomain *)g_ptr_array_index(host->rebuilds, i))->changes_ms);
    }
    for (guint i = 0; i < host->commands->len; i++) {
        next_ms = MIN(next_ms, ((HostCommand *)g_ptr_array_index(host->commands, i))->ends_ms);
    }
    return next_ms;
}

static void command_does(ScriptedHost *host, HostCommand *command);

static void change_what_is_due(ScriptedHost *host)
{
    for (guint i = 0; i < host->domains->len;) {
        HostDomain *domain = g_ptr_array_index(host->domains, i);
        gboolean is_due = domain->changes_ms >= 0 && domain->changes_ms <= host->clock_ms;
        if (is_due && !change_domain(host, domain)) {
            g_ptr_array_remove_index(host->domains, i);
        } else {
            i++;
        }
    }
    for (guint i = 0; i < host->rebuilds->len;) {
        if (((HostDomain *)g_ptr_array_index(host->rebuilds, i))->changes_ms <= host->clock_ms) {
            rebuild(host, i);
        } else {
            i++;
        }
    }
}

void scripted_host_advance(ScriptedHost *host, gint64 ms)
{
    gint64 end_ms = host->clock_ms + ms;
    while (next_change_ms(host) <= end_ms) {
        host->clock_ms = MAX(host->clock_ms, next_change_ms(host));
        change_what_is_due(host);
        for (guint i = 0; i < host->commands->len;) {
            HostCommand *command = g_ptr_array_index(host->commands, i);
            if (command->ends_ms > host->clock_ms) {
                i++;
                continue;
            }
            command_does(host, command);
            command->ends_ms = G_MAXINT64;
            if (command->is_finished) {
                g_ptr_array_remove_index(host->commands, i);
            } else {
                i++;
            }
        }
    }
    host->clock_ms = end_ms;
}

/* ---- another hand ---- */

static void end_domain(HostDomain *domain, ShutdownReason reason)
{
    domain->is_shut_down = TRUE;
    domain->reason = reason;
    domain->is_paused = FALSE;
    domain->changes_ms = -1;
    domain->has_monitor = FALSE;
}

static void come_back(ScriptedHost *host)
{
    const HostDomain *last = host->last;
    if (last == NULL || scripted_host_find(host, last->uuid) != NULL) {
        return;
    }
    HostDomain *domain = scripted_host_add(host, last->name, last->uuid, last->settings);
    domain->target_mib = last->target_mib;
    domain->vcpus = last->vcpus;
    domain->is_whole = domain->has_run = TRUE;
    domain->is_paused = FALSE;
}

/* A new life of the domain begins. */
static void take_stored(HostDomain *domain)
{
    if (domain->stored != NULL) {
        g_free(domain->settings);
        domain->settings = g_steal_pointer(&domain->stored);
    }
}

void scripted_host_do_event(ScriptedHost *host, Event event)
{
    if (event == EVENT_COMES_BACK) {
        come_back(host);
        return;
    }
    HostDomain *domain = host->domains->len > 0 ? g_ptr_array_index(host->domains, 0) : NULL;
    HostDomain *other = NULL;
    if (domain == NULL || domain->is_zombie) {
        return;
    }
    switch (event) {
    case EVENT_NONE:
    case EVENT_COMES_BACK:
    case EVENT_COUNT:
        break;
    case EVENT_VANISHES:
        g_ptr_array_remove_index(host->domains, 0);
        break;
    case EVENT_REBOOTS:
        if (domain->is_whole && domain->has_run && !domain->is_shut_down) {
            add_rebuild(host, domain);
            g_ptr_array_remove_index(host->domains, 0);
        }
        break;
    case EVENT_CRASHES:
    case EVENT_POWERS_OFF:
        if (domain->has_run && !domain->is_shut_down) {
            end_domain(domain,
                       event == EVENT_CRASHES ? SHUTDOWN_REASON_CRASH : SHUTDOWN_REASON_POWEROFF);
        }
        break;
    case EVENT_NEW_ID:
        if (domain->has_run) {
            domain->domid = host->next_domid++;
            take_stored(domain);
        }
        break;
    case EVENT_SECOND:
    case EVENT_NAMESAKE:
        other = scripted_host_add(host, event == EVENT_SECOND ? "second" : domain->name,
                                  event == EVENT_SECOND ? domain->uuid
                                                        : "99999999-0000-0000-0000-000000000001",
                                  domain->settings);
        other->is_whole = other->has_run = TRUE;
        other->is_paused = FALSE;
        break;
    case EVENT_MIGRATES:
        if (domain->has_run && !domain->is_shut_down) {
            end_domain(domain, SHUTDOWN_REASON_SUSPEND);
            char *name = g_strconcat(domain->name, "--migratedaway", NULL);
            g_free(domain->name);
            domain->name = name;
        }
        break;
    }
}

static void count_call(ScriptedHost *host)
{
    if (host->calls == host->event_at_call) {
        scripted_host_do_event(host, host->event);
    }
    if (host->calls == host->dies_at_call) {
        host->is_dead = TRUE;
    }
    host->calls++;
    if (host->clock_ms > LONGEST_RUN_MS * 100LL) {
        g_error("the run does not end");
    }
}

/* ---- the list ---- */

static ObservedDomain *make_row(const HostDomain *domain)
{
    ObservedDomain *row = observed_domain_new();
    row->domid = domain->domid;
    g_strlcpy(row->uuid, domain->uuid, sizeof row->uuid);
    row->name = g_strdup(domain->is_zombie ? "(null)" : domain->name);
    row->memory_mib = domain->target_mib;
    row->vcpus = domain->vcpus;
    row->is_paused = domain->is_paused || domain->is_zombie;
    row->is_shut_down = domain->is_shut_down;
    row->is_dying = domain->is_zombie;
    row->is_blocked = !row->is_paused && !row->is_shut_down;
    row->reason = domain->is_shut_down ? domain->reason : SHUTDOWN_REASON_NONE;
    row->cpu_deciseconds = domain->has_run ? 10 : 0;
    return row;
}

static Observed *make_list(const ScriptedHost *host)
{
    Observed *list = observed_new();
    list->state = OBSERVATION_COMPLETE;
    list->boot_id = g_strdup(BOOT_ID);
    ObservedDomain *dom0 = observed_domain_new();
    dom0->name = g_strdup("Domain-0");
    g_strlcpy(dom0->uuid, "00000000-0000-0000-0000-000000000000", sizeof dom0->uuid);
    g_ptr_array_add(list->domains, dom0);
    for (guint i = 0; i < host->domains->len; i++) {
        g_ptr_array_add(list->domains, make_row(g_ptr_array_index(host->domains, i)));
    }
    return list;
}

static Observed *observe(gpointer data)
{
    ScriptedHost *host = data;
    count_call(host);
    scripted_host_advance(host, LIST_MS);
    int number = host->lists_made++;
    gboolean is_bad =
        host->is_dead || (host->bad_lists_from >= 0 && number >= host->bad_lists_from &&
                          number < host->bad_lists_from + host->bad_lists);
    g_clear_pointer(&host->shown, observed_free);
    if (is_bad) {
        /* What is partial shows some; what is unknown shows nothing. */
        Observed *list = host->list_state == OBSERVATION_PARTIAL ? make_list(host) : observed_new();
        if (list->domains->len > 1) {
            g_ptr_array_remove_index(list->domains, 1);
        }
        list->state = host->is_dead ? OBSERVATION_UNKNOWN : host->list_state;
        list->trouble = g_strdup("ordered");
        return list;
    }
    host->shown = make_list(host);
    host->shown_ms = host->clock_ms;
    return make_list(host);
}

static void observe_details(gpointer data, Observed *observed, guint32 domid)
{
    const ScriptedHost *host = data;
    const HostDomain *domain = find_domid(host, domid);
    ObservedDomain *row = observed_find_domid(observed, domid);
    if (domain == NULL || row == NULL || domain->is_zombie || host->is_dead) {
        return;
    }
    /* The toolstack answers for half a domain, too: that it knows no config of it. */
    row->is_incomplete = !domain->is_whole;
    if (domain->is_whole) {
        row->has_details = TRUE;
        row->target_mib = domain->target_mib;
        row->maximum_mib = 4096;
        row->vcpus_available = domain->vcpus;
        row->vcpus_maximum = 8;
    }
}

/* ---- what must never happen ---- */

static const Action *find_action(const ScriptedHost *host, const char *name, ToolCommand command)
{
    static const guint allowed[ACTION_ADOPT + 1] = {
        [ACTION_CREATE] = 1u << TOOL_CREATE_PAUSED | 1u << TOOL_UNPAUSE | 1u << TOOL_DESTROY,
        [ACTION_SHUTDOWN] = 1u << TOOL_SHUTDOWN | 1u << TOOL_DESTROY,
        [ACTION_RESTART] = 1u << TOOL_SHUTDOWN | 1u << TOOL_DESTROY | 1u << TOOL_CREATE_PAUSED |
                           1u << TOOL_UNPAUSE,
        [ACTION_DESTROY] = 1u << TOOL_DESTROY,
        [ACTION_PAUSE] = 1u << TOOL_PAUSE,
        [ACTION_UNPAUSE] = 1u << TOOL_UNPAUSE,
        [ACTION_SET_MEMORY] = 1u << TOOL_SET_MEMORY,
        [ACTION_SET_VCPUS] = 1u << TOOL_SET_VCPUS,
        [ACTION_SET_SCHEDULER] =
            1u << TOOL_SET_POOL | 1u << TOOL_PIN | 1u << TOOL_SET_CREDIT | 1u << TOOL_SET_CREDIT2,
        [ACTION_ATTACH_DISK] = 1u << TOOL_ATTACH_DISK,
        [ACTION_DETACH_DISK] = 1u << TOOL_DETACH_DISK,
        [ACTION_ATTACH_VIF] = 1u << TOOL_ATTACH_VIF,
        [ACTION_DETACH_VIF] = 1u << TOOL_DETACH_VIF,
        [ACTION_CHANGE_CD] = 1u << TOOL_INSERT_CD | 1u << TOOL_EJECT_CD,
    };
    for (guint i = 0; i < host->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(host->plan->actions, i);
        guint commands = (action->hold == HOLD_NONE ? allowed[action->kind] : 0u) |
                         (action->may_store ? 1u << TOOL_STORE_CONFIG : 0u);
        if (strcmp(action->name, name) == 0 && (commands & 1u << command) != 0) {
            return action;
        }
    }
    return NULL;
}

static void check_create(ScriptedHost *host, const Action *action)
{
    for (guint i = 0; i < host->shown->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(host->shown->domains, i);
        if (strcmp(row->uuid, action->uuid) == 0 || strcmp(row->name, action->name) == 0) {
            violate(host, "create of %s while %u has its uuid or name", action->name, row->domid);
        }
    }
}

static void check_destroy(ScriptedHost *host, const Action *action, const ObservedDomain *row)
{
    gboolean is_remains = row->is_shut_down && row->reason != SHUTDOWN_REASON_SUSPEND;
    gboolean never_ran = row->is_paused && row->cpu_deciseconds == 0 && !row->is_shut_down;
    gboolean is_forced = (action->kind == ACTION_SHUTDOWN || action->kind == ACTION_RESTART) &&
                         action->domain != NULL &&
                         domain_get_integer(action->domain, DOMAIN_KEY_stop_force) != 0;
    if (!is_remains && !never_ran && !(is_forced && row->reason != SHUTDOWN_REASON_SUSPEND)) {
        violate(host, "destroy of %s (%u), which may live", action->name, row->domid);
    }
    if (strcmp(row->name, action->name) != 0) {
        violate(host, "destroy of %u, whose name is %s", row->domid, row->name);
    }
}

static void check_journal(ScriptedHost *host, const ToolRequest *request)
{
    static const guint operations[TOOL_COUNT] = {
        [TOOL_CREATE_PAUSED] = 1u << OPERATION_CREATE,
        [TOOL_UNPAUSE] = 1u << OPERATION_CREATED | 1u << OPERATION_CHANGE,
        [TOOL_PAUSE] = 1u << OPERATION_CHANGE,
        [TOOL_SHUTDOWN] = 1u << OPERATION_STOP,
        [TOOL_DESTROY] = 1u << OPERATION_DESTROY | 1u << OPERATION_CREATE | 1u << OPERATION_CREATED,
        [TOOL_SET_MEMORY] = 1u << OPERATION_CHANGE,
        [TOOL_SET_VCPUS] = 1u << OPERATION_CHANGE,
    };
    /* All others change a domain that runs. */
    guint allowed =
        operations[request->command] != 0 ? operations[request->command] : 1u << OPERATION_CHANGE;
    const RecordDomain *noted = record_find(host->disk, request->name);
    if (noted == NULL || g_strcmp0(noted->operation_id, request->operation_id) != 0 ||
        (allowed & 1u << noted->operation) == 0) {
        violate(host, "command %d of %s without a word in the journal", (int)request->command,
                request->name);
    }
    if (host->has_journal_failed && host->journal_fails_always) {
        violate(host, "command %d of %s after the journal failed", (int)request->command,
                request->name);
    }
}

static void check_request(ScriptedHost *host, const ToolRequest *request)
{
    const Action *action = find_action(host, request->name, request->command);
    check_journal(host, request);
    if (g_hash_table_contains(host->boot_links, request->name)) {
        violate(host, "command %d of %s, which xendomains would start", (int)request->command,
                request->name);
    }
    if (action == NULL) {
        violate(host, "command %d of %s is not in the plan", (int)request->command, request->name);
        return;
    }
    if (host->shown == NULL) {
        violate(host, "command %d of %s after a list that failed", (int)request->command,
                request->name);
        return;
    }
    if (request->command == TOOL_CREATE_PAUSED) {
        check_create(host, action);
        return;
    }
    const ObservedDomain *row = observed_find_domid(host->shown, request->domid);
    if (request->domid == 0 || row == NULL || strcmp(row->uuid, action->uuid) != 0) {
        violate(host, "command %d of %s on %u, which is not it", (int)request->command,
                request->name, request->domid);
    } else if (request->command == TOOL_DESTROY) {
        check_destroy(host, action, row);
    } else if (row->reason == SHUTDOWN_REASON_SUSPEND) {
        violate(host, "command %d of %s, which is being migrated", (int)request->command,
                request->name);
    }
}

/* Two that live: only what xensure created counts, or the second is another hand's. */
static void check_living(ScriptedHost *host, const HostDomain *created)
{
    for (guint i = 0; i < host->domains->len; i++) {
        const HostDomain *other = g_ptr_array_index(host->domains, i);
        if (other != created && strcmp(other->uuid, created->uuid) == 0 &&
            g_strcmp0(other->name, "second") != 0) {
            violate(host, "%s is there twice", created->name);
        }
    }
}

/* ---- commands ---- */

static char *canonical_text(const Domain *domain)
{
    GString *text = g_string_new(NULL);
    domain_format_canonical(domain, text);
    return g_string_free(text, FALSE);
}

/* What is being built does not have its memory yet. */
static gint64 free_memory_mib(gpointer data)
{
    const ScriptedHost *host = data;
    gint64 free_mib = host->memory_mib;
    for (guint i = 0; i < host->domains->len; i++) {
        const HostDomain *domain = g_ptr_array_index(host->domains, i);
        free_mib -= domain->is_whole ? (gint64)domain->target_mib : 0;
    }
    return host->memory_mib == 0 ? -1 : MAX(free_mib, 0);
}

static void check_memory(ScriptedHost *host, const HostDomain *created)
{
    gint64 needed_mib = 0;
    for (guint i = 0; i < host->domains->len; i++) {
        needed_mib += (gint64)((const HostDomain *)g_ptr_array_index(host->domains, i))->target_mib;
    }
    if (host->memory_mib > 0 && needed_mib > host->memory_mib) {
        violate(host, "there is no memory for %s", created->name);
    }
}

/* Registers what create builds; FALSE: xl refuses, because the name is taken. */
static gboolean register_domain(ScriptedHost *host, HostCommand *command)
{
    const char *settings = g_hash_table_lookup(host->configs, command->name);
    for (guint i = 0; i < host->domains->len; i++) {
        const HostDomain *other = g_ptr_array_index(host->domains, i);
        if (strcmp(other->name, command->name) == 0) {
            return FALSE;
        }
    }
    if (settings == NULL) {
        violate(host, "create of %s without a config file", command->name);
        return FALSE;
    }
    const RecordDomain *noted = record_find(host->disk, command->name);
    HostDomain *domain = scripted_host_add(
        host, command->name, noted != NULL ? noted->uuid : command->domain->uuid, settings);
    domain->target_mib = (guint64)domain_get_integer(command->domain, DOMAIN_KEY_memory);
    domain->vcpus = (guint32)domain_get_integer(command->domain, DOMAIN_KEY_vcpus);
    command->domid = domain->domid;
    check_living(host, domain);
    check_memory(host, domain);
    return TRUE;
}

static void shut_down(ScriptedHost *host, HostDomain *domain)
{
    if (!domain->ignores_shutdown && !domain->is_paused && !domain->is_shut_down) {
        domain->changes_ms = host->clock_ms + SHUTDOWN_MS;
    }
}

static void destroy(ScriptedHost *host, HostDomain *domain, gboolean lingers)
{
    if (lingers) {
        domain->is_zombie = TRUE;
        domain->changes_ms = host->clock_ms + LINGER_MS;
    } else {
        g_ptr_array_remove(host->domains, domain);
    }
}

static gboolean has_effect(Fault fault)
{
    return fault == FAULT_NONE || fault == FAULT_DID || fault == FAULT_CUT_DID ||
           fault == FAULT_LEFT_BEHIND || fault == FAULT_LINGERS;
}

/* The command does what it does, at its end. */
static void command_does(ScriptedHost *host, HostCommand *command)
{
    const Domain *wanted = command->domain;
    HostDomain *domain =
        find_domid(host, command->request.command == TOOL_CREATE_PAUSED ? command->domid
                                                                        : command->request.domid);
    if (command->request.command == TOOL_CREATE_PAUSED && command->domid == 0 &&
        command->fault == FAULT_LEFT_BEHIND && register_domain(host, command)) {
        domain = find_domid(host, command->domid);
    }
    if (domain == NULL || domain->is_zombie || !has_effect(command->fault)) {
        return;
    }
    switch (command->request.command) {
    case TOOL_CREATE_PAUSED:
        domain->is_whole = TRUE;
        break;
    case TOOL_UNPAUSE:
        if (!domain->is_whole) {
            violate(host, "half of %s was unpaused", domain->name);
        }
        domain->is_paused = FALSE;
        domain->has_run = TRUE;
        break;
    case TOOL_PAUSE:
        domain->is_paused = TRUE;
        break;
    case TOOL_SHUTDOWN:
        shut_down(host, domain);
        break;
    case TOOL_DESTROY:
        destroy(host, domain, command->fault == FAULT_LINGERS);
        break;
    case TOOL_SET_MEMORY:
        domain->target_mib = (guint64)domain_get_integer(wanted, DOMAIN_KEY_memory);
        break;
    case TOOL_SET_VCPUS:
        domain->vcpus = (guint32)domain_get_integer(wanted, DOMAIN_KEY_vcpus);
        break;
    case TOOL_SET_POOL:
    case TOOL_PIN:
    case TOOL_SET_CREDIT:
    case TOOL_SET_CREDIT2:
    case TOOL_ATTACH_DISK:
    case TOOL_DETACH_DISK:
    case TOOL_ATTACH_VIF:
    case TOOL_DETACH_VIF:
    case TOOL_INSERT_CD:
    case TOOL_EJECT_CD:
    case TOOL_COUNT:
        break;
    case TOOL_STORE_CONFIG:
        g_free(domain->stored);
        domain->stored = g_strdup(g_hash_table_lookup(host->configs, command->name));
        break;
    case TOOL_MIGRATE:
        violate(host, "%s was sent away, and no spec here has several hosts", domain->name);
        break;
    }
}

static gboolean hangs(Fault fault)
{
    return fault == FAULT_CUT || fault == FAULT_CUT_HALF || fault == FAULT_CUT_DID ||
           fault == FAULT_LEFT_BEHIND;
}

static void set_times(const ScriptedHost *host, HostCommand *command)
{
    gboolean is_create = command->request.command == TOOL_CREATE_PAUSED;
    command->ends_ms = host->clock_ms + (is_create ? BUILD_MS : TOOL_MS);
    command->result_ms = command->ends_ms;
    if (hangs(command->fault)) {
        command->result_ms = host->clock_ms + (is_create ? CREATE_TIMEOUT_MS : TOOL_TIMEOUT_MS);
    }
    if (command->fault == FAULT_LEFT_BEHIND) {
        command->ends_ms = command->result_ms + LATE_MS;
    }
}

static gpointer start(gpointer data, const ToolRequest *request, GError **error)
{
    ScriptedHost *host = data;
    count_call(host);
    int number = host->commands_started++;
    Fault fault = number == host->fault_at_command ? host->fault : FAULT_NONE;
    if (host->is_dead || fault == FAULT_NOT_STARTED) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot run xl");
        return NULL;
    }
    check_request(host, request);
    HostCommand *command = g_new0(HostCommand, 1);
    command->request = *request;
    command->domain = request->domain;
    command->name = g_strdup(request->name);
    command->fault = fault;
    if (request->command == TOOL_CREATE_PAUSED && fault != FAULT_LEFT_BEHIND &&
        (has_effect(fault) || fault == FAULT_CUT_HALF) && !register_domain(host, command)) {
        command->fault = FAULT_FAILS;
    }
    set_times(host, command);
    g_ptr_array_add(host->commands, command);
    return command;
}

static int wait_any(gpointer data, gpointer *commands, guint count, guint timeout_ms)
{
    ScriptedHost *host = data;
    gint64 end_ms = host->clock_ms + timeout_ms;
    for (;;) {
        gint64 next_ms = end_ms;
        for (guint i = 0; i < count; i++) {
            const HostCommand *command = commands[i];
            if (command->result_ms <= host->clock_ms) {
                return (int)i;
            }
            next_ms = MIN(next_ms, command->result_ms);
        }
        if (host->clock_ms >= end_ms) {
            return -1;
        }
        scripted_host_advance(host, next_ms - host->clock_ms);
    }
}

static void finish(gpointer data, gpointer handle, ToolResult *out)
{
    ScriptedHost *host = data;
    HostCommand *command = handle;
    Fault fault = command->fault;
    out->is_success = fault == FAULT_NONE || fault == FAULT_NOTHING || fault == FAULT_LINGERS;
    out->is_left_behind = fault == FAULT_LEFT_BEHIND;
    out->is_cut_off = hangs(fault);
    out->description = g_strdup(out->is_cut_off ? "did not answer" : "exited with 3");
    command->is_finished = TRUE;
    /* xl's arguments are its own, whatever becomes of the run. */
    command->request.name = command->name;
    command->request.operation_id = NULL;
    if (!out->is_left_behind) {
        g_ptr_array_remove(host->commands, command);
    }
}

/* ---- files ---- */

static gboolean refuse(GError **error)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "No space left on device");
    return FALSE;
}

static gboolean write_config(gpointer data, const ConfigFile *file, char **digest, GError **error)
{
    ScriptedHost *host = data;
    count_call(host);
    if (host->is_dead || host->configs_touched++ == host->config_fails_at) {
        return refuse(error);
    }
    char *text = canonical_text(file->domain);
    *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_hash_table_replace(host->configs, g_strdup(file->name), text);
    return TRUE;
}

static gboolean remove_config(gpointer data, const ConfigFile *file, GError **error)
{
    ScriptedHost *host = data;
    count_call(host);
    if (host->is_dead || host->configs_touched++ == host->config_fails_at) {
        return refuse(error);
    }
    g_hash_table_remove(host->configs, file->name);
    return TRUE;
}

static gboolean remove_boot_links(gpointer data, const char *name, GError **error)
{
    ScriptedHost *host = data;
    count_call(host);
    if (host->is_dead || host->configs_touched++ == host->config_fails_at) {
        return refuse(error);
    }
    g_hash_table_remove(host->boot_links, name);
    return TRUE;
}

static gboolean journal(gpointer data, const char *name, const RecordDomain *domain, GError **error)
{
    ScriptedHost *host = data;
    count_call(host);
    int number = host->journals_written++;
    gboolean fails = host->journal_fails_at >= 0 &&
                     (number == host->journal_fails_at ||
                      (host->journal_fails_always && number > host->journal_fails_at));
    if (host->is_dead || fails) {
        host->has_journal_failed = TRUE;
        return refuse(error);
    }
    if (domain != NULL) {
        record_put(host->disk, record_domain_copy(domain));
    } else {
        record_forget(host->disk, name);
    }
    return TRUE;
}

static char *make_operation_id(gpointer data)
{
    static guint number;
    (void)data;
    return g_strdup_printf("operation-%u", number++);
}

static gint64 now_ms(gpointer data)
{
    return ((const ScriptedHost *)data)->clock_ms;
}

static gint64 now(gpointer data)
{
    return EPOCH + ((const ScriptedHost *)data)->clock_ms / 1000;
}

static char *find_halt(gpointer data)
{
    (void)data;
    return NULL;
}

static void progress(gpointer data, const Action *action, const Outcome *outcome)
{
    (void)data;
    (void)action;
    (void)outcome;
}

/* ---- a run ---- */

/* The record as the next run reads it. */
static Record *read_record(const ScriptedHost *host)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    gboolean is_cut = FALSE;
    record_format(host->disk, text);
    Record *record = record_parse(text->str, text->len, &is_cut, &error);
    g_assert_no_error(error);
    return record;
}

static void show_configs(const ScriptedHost *host, Observed *observed, const Spec *spec,
                         const Record *record)
{
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        const RecordDomain *recorded = record_find(record, domain->name);
        const char *text = g_hash_table_lookup(host->configs, domain->name);
        g_autofree char *wanted = canonical_text(domain);
        ObservedConfig *config = g_new0(ObservedConfig, 1);
        config->exists = config->is_ours = text != NULL;
        config->is_wanted = g_strcmp0(text, wanted) == 0;
        if (text != NULL) {
            config->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
        }
        if (g_hash_table_contains(host->boot_links, domain->name)) {
            config->boot_link = g_strdup("/etc/xen/auto/link");
        }
        config->is_as_recorded =
            recorded != NULL && g_strcmp0(recorded->config_digest, config->digest) == 0;
        g_hash_table_replace(observed->configs, g_strdup(domain->name), config);
    }
    GHashTableIter iterator;
    gpointer name;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        if (spec_find(spec, name) == NULL) {
            ObservedConfig *config = g_new0(ObservedConfig, 1);
            config->exists = config->is_ours = g_hash_table_contains(host->configs, name);
            g_hash_table_replace(observed->configs, g_strdup(name), config);
        }
    }
}

typedef struct {
    Record *record;
    Observed *observed;
    GHashTable *busy;
    GHashTable *missing;
    Plan *plan;
    gboolean is_changed;
} Cycle;

static gboolean look(ScriptedHost *host, const Spec *spec, Cycle *cycle)
{
    observed_free(cycle->observed);
    cycle->observed = observe(host);
    if (cycle->observed->state != OBSERVATION_COMPLETE) {
        return FALSE;
    }
    show_configs(host, cycle->observed, spec, cycle->record);
    cycle->is_changed = record_settle(cycle->record, spec, cycle->observed, HOST_NAME, cycle->busy,
                                      cycle->missing) ||
                        cycle->is_changed;
    return TRUE;
}

static void plan_again(ScriptedHost *host, const Spec *spec, Cycle *cycle)
{
    Policy policy = {.host = HOST_NAME,
                     .now = now(host),
                     .missing_before = cycle->missing,
                     .stops_limit = 100,
                     .allow_stops = -1,
                     .prune = TRUE,
                     .node_was_asked = TRUE,
                     .xen_release = XEN_RELEASE(4, 17),
                     .scheduler = "credit2",
                     .can_store = TRUE,
                     .busy = cycle->busy};
    for (guint i = 0; i < 2; i++) {
        plan_free(cycle->plan);
        cycle->plan = plan_make(spec, cycle->observed, cycle->record, &policy);
        for (guint j = 0; i == 0 && j < cycle->plan->details->len; j++) {
            observe_details(host, cycle->observed, g_array_index(cycle->plan->details, guint32, j));
        }
        if (cycle->plan->details->len == 0) {
            break;
        }
        policy.details_were_asked = TRUE;
    }
}

/* As agent/cycle_plan.c does it. */
static gboolean make_plan(ScriptedHost *host, const Spec *spec, Cycle *cycle)
{
    cycle->record = read_record(host);
    cycle->busy = g_hash_table_new(g_str_hash, g_str_equal);
    /* Commands of an earlier run that still work are waited for. */
    for (guint i = 0; host->commands->len > 0 && i < 600; i++) {
        scripted_host_advance(host, 1000);
    }
    if (!look(host, spec, cycle)) {
        return FALSE;
    }
    plan_again(host, spec, cycle);
    if (cycle->plan->second_look->len == 0) {
        return TRUE;
    }
    cycle->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < cycle->plan->second_look->len; i++) {
        g_hash_table_add(cycle->missing, g_strdup(g_ptr_array_index(cycle->plan->second_look, i)));
    }
    g_clear_pointer(&cycle->plan, plan_free);
    scripted_host_advance(host, 10000);
    if (!look(host, spec, cycle)) {
        return FALSE;
    }
    plan_again(host, spec, cycle);
    return TRUE;
}

static void cycle_clear(Cycle *cycle)
{
    plan_free(cycle->plan);
    observed_free(cycle->observed);
    record_free(cycle->record);
    g_hash_table_unref(cycle->busy);
    g_clear_pointer(&cycle->missing, g_hash_table_unref);
}

/* The whole record is written before anything is begun. */
static gboolean write_record(ScriptedHost *host, const Cycle *cycle)
{
    if (host->is_dead) {
        return FALSE;
    }
    if (cycle->is_changed) {
        GHashTableIter iterator;
        gpointer value;
        g_hash_table_iter_init(&iterator, cycle->record->domains);
        while (g_hash_table_iter_next(&iterator, NULL, &value)) {
            record_put(host->disk, record_domain_copy(value));
        }
    }
    return TRUE;
}

/* Does the domain run with something else than is said of it? Only a start changes these keys. */
static gboolean is_claimed_wrongly(const HostDomain *domain, const RecordDomain *noted)
{
    g_autoptr(RecordedSettings) claimed = recorded_settings_read(noted->settings);
    g_autoptr(RecordedSettings) real = recorded_settings_read(domain->settings);
    for (guint key = 0; claimed != NULL && real != NULL && key < domain_keys.count; key++) {
        KeyChange change = domain_keys.rows[key].change;
        if ((change == CHANGE_NEXT_START || change == CHANGE_RECREATE) &&
            !value_equal(&domain_keys, settings_get(claimed->settings, key),
                         settings_get(real->settings, key))) {
            return TRUE;
        }
    }
    return FALSE;
}

static void check_claims(ScriptedHost *host)
{
    for (guint i = 0; i < host->domains->len; i++) {
        const HostDomain *domain = g_ptr_array_index(host->domains, i);
        const RecordDomain *noted = record_find_uuid(host->disk, domain->uuid);
        /* Of what was taken over it is not known what it runs with. */
        if (noted != NULL && noted->is_running && !noted->is_adopted &&
            noted->domid == domain->domid && noted->operation == OPERATION_NONE &&
            is_claimed_wrongly(domain, noted)) {
            violate(host, "%s (%u) does not run with what is claimed", domain->name, domain->domid);
        }
    }
}

GArray *scripted_host_apply(ScriptedHost *host, const Spec *spec, guint parallel)
{
    static const Backend functions = {.start = start,
                                      .wait = wait_any,
                                      .finish = finish,
                                      .observe = observe,
                                      .free_memory_mib = free_memory_mib,
                                      .observe_details = observe_details,
                                      .write_config = write_config,
                                      .remove_config = remove_config,
                                      .remove_boot_links = remove_boot_links,
                                      .journal = journal,
                                      .make_operation_id = make_operation_id,
                                      .now_ms = now_ms,
                                      .now = now,
                                      .find_halt = find_halt,
                                      .progress = progress};
    Backend backend = functions;
    ExecuteLimits limits = {parallel, 30000, 5000, 3600000};
    Cycle cycle = {0};
    GArray *outcomes = NULL;
    backend.data = backend.journal_data = backend.progress_data = host;
    if (make_plan(host, spec, &cycle) && write_record(host, &cycle)) {
        gint64 begun_ms = host->clock_ms;
        host->plan = cycle.plan;
        if (host->spoil != NULL) {
            host->spoil(cycle.plan, cycle.observed);
        }
        outcomes = plan_execute(cycle.plan, cycle.observed, cycle.record, &backend, &limits);
        host->plan = NULL;
        if (host->clock_ms - begun_ms > LONGEST_RUN_MS) {
            violate(host, "the run took %" G_GINT64_FORMAT " s",
                    (host->clock_ms - begun_ms) / 1000);
        }
    }
    cycle_clear(&cycle);
    check_claims(host);
    return outcomes;
}

void outcomes_free(GArray *outcomes)
{
    for (guint i = 0; outcomes != NULL && i < outcomes->len; i++) {
        g_free(g_array_index(outcomes, Outcome, i).message);
    }
    if (outcomes != NULL) {
        g_array_unref(outcomes);
    }
}

char *scripted_host_pending(ScriptedHost *host, const Spec *spec)
{
    Cycle cycle = {0};
    char *pending = NULL;
    if (!make_plan(host, spec, &cycle)) {
        pending = g_strdup("no list");
    } else if (cycle.plan->actions->len > 0) {
        const Action *action = g_ptr_array_index(cycle.plan->actions, 0);
        pending = g_strdup_printf("%s %s: %s; %s", action->name, action_kind_name(action->kind),
                                  action->reason, action->held != NULL ? action->held : "not held");
    }
    cycle_clear(&cycle);
    return pending;
}
