/* `xl migrate` between two state folders. The steps, what each failure leaves behind and what is
 * printed: Xen tools/xl/xl_migrate.c. Never are both hosts locked at once. */
#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    SimCall *call;
    SimHost *source, *target;
    gint64 source_id, target_id;
    SimDomain *domain; /* as it was on the source when it all began */
    char *config;      /* its stored file */
    gboolean stays_paused, has_no_monitor;
} Migration;

/* The state folder of another host: below this one, beside it, or the one that both are in. NULL:
 * no such host. */
static char *find_host_folder(const SimHost *host, const char *name)
{
    if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
        return NULL;
    g_autofree char *below = g_build_filename(host->folder, "hosts", name, NULL);
    g_autofree char *above = g_path_get_dirname(host->folder);
    g_autofree char *beside = g_build_filename(above, name, NULL);
    g_autofree char *above_name = g_path_get_basename(above);
    gboolean is_one_of_many = strcmp(above_name, "hosts") == 0;
    if (g_file_test(below, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&below);
    if (is_one_of_many && g_file_test(beside, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&beside);
    g_autofree char *hub = g_path_get_dirname(above);
    g_autoptr(SimHost) hub_host = is_one_of_many ? sim_host_open(hub, NULL) : NULL;
    gboolean is_hub = hub_host != NULL && g_strcmp0(hub_host->settings.name, name) == 0;
    return is_hub ? g_steal_pointer(&hub) : NULL;
}

/* Runs CHANGE on one domain of HOST under its lock. FALSE: it is not there. */
static gboolean change_domain(SimHost *host, gint64 domid, const char *name,
                              void (*change)(SimDomain *domain, gint64 now_ms))
{
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    SimDomain *domain = sim_host_find(domains, domid);
    if (domain != NULL) {
        if (name != NULL) {
            g_free(domain->name);
            domain->name = g_strdup(name);
        }
        if (change != NULL)
            change(domain, sim_now_ms());
        sim_host_save(host, domain);
    }
    sim_host_unlock(host);
    return domain != NULL;
}

static void remove_domain(SimHost *host, gint64 domid)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    SimDomain *domain = sim_host_find(domains, domid);
    if (domain != NULL)
        sim_host_remove(host, domain, -1);
    sim_host_unlock(host);
}

static void suspend(SimDomain *domain, gint64 now_ms)
{
    sim_domain_shut(domain, SIM_REASON_SUSPEND, now_ms);
}

/* TRUE: the guest suspends itself when asked to. */
static gboolean can_suspend(Migration *migration)
{
    gint64 end_ms = sim_now_ms() + migration->source->settings.ack_timeout_ms;
    do {
        g_autoptr(GPtrArray) domains = sim_host_look(migration->source);
        const SimDomain *domain = sim_host_find(domains, migration->source_id);
        if (domain == NULL)
            return FALSE;
        if (sim_domain_acknowledges(domain, sim_now_ms()))
            return TRUE;
        sim_sleep_ms(20);
    } while (sim_now_ms() < end_ms);
    return FALSE;
}

static int fail_to_suspend(Migration *migration)
{
    remove_domain(migration->target, migration->target_id);
    sim_error("libxl: error: libxl_dom_suspend.c:269:domain_suspend_common_pvcontrol_suspending: "
              "Domain %d:guest didn't acknowledge suspend, cancelling request\n"
              "libxl: error: libxl_stream_write.c:347:libxl__xc_domain_save_done: Domain %d:saving "
              "domain: domain did not respond to suspend request: Success\n"
              "migration sender: libxl_domain_suspend failed (rc=-8)\n"
              "Migration failed, failed to suspend at sender.\n",
              (int)migration->source_id, (int)migration->source_id);
    return 1;
}

static int fail_at_target(gint64 domid, const char *why)
{
    sim_error("%slibxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain %d:cannot "
              "(re-)build domain: -3\n",
              why, (int)domid);
    sim_print_destroy_trail(domid);
    sim_error("migration target: Domain creation failed (code -3).\n"
              "migration sender: libxl_domain_suspend failed (rc=-3)\n"
              "libxl: info: libxl_exec.c:117:libxl_report_child_exitstatus: migration transport "
              "process [%d] exited with error status 1\n"
              "Migration failed, resuming at sender.\n",
              (int)getpid());
    return 1;
}

/* The domain appears at the target as NAME--incoming, paused. FALSE: said on stderr. */
static gboolean receive(Migration *migration)
{
    SimHost *target = migration->target;
    g_autofree char *name = g_strconcat(migration->domain->name, "--incoming", NULL);
    g_autoptr(GPtrArray) domains = sim_host_begin(target);
    gint64 domid = sim_host_take_domid(target);
    gboolean is_named = sim_host_find_name(domains, name) == NULL;
    gboolean has_room = sim_host_free_kib(target, domains) >= migration->domain->target_kib;
    if (is_named && has_room) {
        SimDomain incoming = *migration->domain;
        incoming.name = name;
        incoming.domid = domid;
        incoming.monitor = migration->has_no_monitor || target->settings.has_monitor_process
                               ? SIM_MONITOR_NONE
                               : SIM_MONITOR_LAZY;
        sim_domain_begin(&incoming, sim_now_ms(), TRUE);
        incoming.boot_ms = 0;
        sim_store_write_config(target, domid, migration->config, FALSE);
        sim_host_save(target, &incoming);
    }
    sim_host_unlock(target);
    migration->target_id = domid;
    if (!is_named) {
        g_autofree char *why =
            g_strdup_printf("libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain %d:"
                            "Domain with name \"%s\" already exists.\n",
                            (int)domid, name);
        fail_at_target(domid, why);
    } else if (!has_room) {
        fail_at_target(domid, "xc: error: Failed to populate physmap (16 = Device or resource "
                              "busy): Internal error\nxc: error: Restore failed (16 = Device or "
                              "resource busy): Internal error\n");
    }
    return is_named && has_room;
}

/* The last act: the target takes the real name and starts. FALSE: the name is taken there. */
static gboolean take_over(Migration *migration)
{
    SimHost *target = migration->target;
    g_autoptr(GPtrArray) domains = sim_host_begin(target);
    SimDomain *domain = sim_host_find(domains, migration->target_id);
    gboolean is_free = sim_host_find_name(domains, migration->domain->name) == NULL;
    gboolean is_done = domain != NULL && is_free;
    if (is_done) {
        g_free(domain->name);
        domain->name = g_strdup(migration->domain->name);
        /* What the guest would still have done of its own, it does here. */
        domain->event_at_ms = migration->domain->event_at_ms < 0
                                  ? -1
                                  : MAX(migration->domain->event_at_ms -
                                            sim_domain_ran_ms(migration->domain, sim_now_ms()),
                                        0);
        domain->event_reason = migration->domain->event_reason;
        if (!migration->stays_paused)
            sim_domain_unpause(domain, sim_now_ms());
        sim_host_save(target, domain);
    }
    sim_host_unlock(target);
    if (is_done)
        return TRUE;
    if (!is_free)
        sim_error("libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain %d:Domain with "
                  "name \"%s\" already exists.\n",
                  (int)migration->target_id, migration->domain->name);
    return FALSE;
}

static int fall_back(Migration *migration)
{
    sim_error("migration target: Failure, destroying our copy.\n"
              "migration sender: Target reports startup failure (status code 6).\n"
              "migration sender: Trying to resume at our end.\n"
              "migration target: Cleanup OK, granting sender permission to resume.\n");
    remove_domain(migration->target, migration->target_id);
    change_domain(migration->source, migration->source_id, migration->domain->name,
                  sim_domain_resume);
    sim_error("migration sender: Resumed OK.\nMigration failed due to problems at target.\n");
    return 1;
}

static void say_transfer(const Migration *migration)
{
    const char *type = migration->domain->type == SIM_TYPE_PV ? "PV" : "HVM";
    gsize info = strlen(migration->config) + 4;
    sim_error("migration target: Ready to receive domain.\n"
              "Saving to migration stream new xl format (info 0x3/0x0/%" G_GSIZE_FORMAT ")\n"
              "Loading new save file <incoming migration stream> (new xl fmt info "
              "0x3/0x0/%" G_GSIZE_FORMAT ")\n"
              " Savefile contains xl domain config in JSON format\n"
              "Parsing config from <saved>\n"
              "xc: info: Saving domain %d, type x86 %s\n"
              "xc: info: Found x86 %s domain from Xen 4.17\n"
              "xc: info: Restoring domain\n",
              info, info, (int)migration->source_id, type, type);
}

/* After the memory is over there: the handshake. */
static int hand_over(Migration *migration)
{
    SimCall *call = migration->call;
    g_autofree char *away = g_strconcat(migration->domain->name, "--migratedaway", NULL);
    if (!change_domain(migration->source, migration->source_id, NULL, suspend))
        return fail_to_suspend(migration);
    if (sim_step(call, "suspended"))
        return call->exit_code;
    sim_error("xc: info: Restore successful\n"
              "xc: info: XenStore: mfn 0xfeffc, dom 0, evt 1\n"
              "xc: info: Console: mfn 0xfefff, dom 0, evt 2\n"
              "migration target: Transfer complete, requesting permission to start domain.\n"
              "migration sender: Target has acknowledged transfer.\n");
    change_domain(migration->source, migration->source_id, away, NULL);
    if (sim_step(call, "renamed"))
        return call->exit_code;
    sim_error("migration sender: Giving target permission to start.\n"
              "migration target: Got permission, starting domain.\n");
    if (!take_over(migration))
        return fall_back(migration);
    gint64 pid = migration->has_no_monitor
                     ? 0
                     : sim_start_monitor(migration->target, migration->domain->uuid);
    if (pid > 0) {
        g_autoptr(GPtrArray) domains = sim_host_begin(migration->target);
        SimDomain *domain = sim_host_find(domains, migration->target_id);
        if (domain != NULL) {
            domain->monitor = pid;
            sim_host_save(migration->target, domain);
        }
        sim_host_unlock(migration->target);
    }
    if (sim_step(call, "started"))
        return call->exit_code;
    /* The spelling is xl's. */
    sim_error("migration target: Domain started successsfully.\n"
              "migration sender: Target reports successful startup.\n");
    remove_domain(migration->source, migration->source_id);
    sim_error("Migration successful.\n");
    return 0;
}

static int migrate(Migration *migration)
{
    SimCall *call = migration->call;
    say_transfer(migration);
    if (!receive(migration))
        return 1;
    if (sim_step(call, "incoming"))
        return call->exit_code;
    sim_sleep_ms(migration->source->settings.migrate_ms);
    if (!can_suspend(migration))
        return fail_to_suspend(migration);
    return hand_over(migration);
}

static int fail_to_reach(const char *host)
{
    sim_error("ssh: Could not resolve hostname %s: Name or service not known\n"
              "libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading "
              "banner from migration receiver stream\n"
              "libxl: info: libxl_exec.c:117:libxl_report_child_exitstatus: migration transport "
              "process [%d] exited with error status 255\n",
              host, (int)getpid());
    return 1;
}

static int start_migration(Migration *migration, const char *domain_text, const char *host_name)
{
    SimHost *source = migration->source;
    g_autoptr(GPtrArray) domains = sim_host_look(source);
    if (!sim_resolve(domains, domain_text, &migration->source_id))
        return 1;
    migration->domain = sim_host_find(domains, migration->source_id);
    if (migration->domain == NULL || migration->domain->is_zombie) {
        sim_error("libxl: error: libxl_domain.c:2335:retrieve_domain_configuration_lock_acquired: "
                  "Domain %d:Fail to get domain configuration\n"
                  "unable to retrieve domain configuration\n",
                  (int)migration->source_id);
        return 1;
    }
    g_autofree char *folder = find_host_folder(source, host_name);
    if (folder == NULL)
        return fail_to_reach(host_name);
    g_autoptr(GError) error = NULL;
    g_autoptr(SimHost) target = sim_host_open(folder, &error);
    if (target == NULL) {
        sim_error("xensim: %s\n", error->message);
        return 1;
    }
    g_autofree char *config = sim_store_read_config(source, migration->source_id, FALSE);
    migration->target = target;
    migration->config = config == NULL ? (char *)"\n" : config;
    return migrate(migration);
}

int sim_command_migrate(SimCall *call)
{
    static const struct option long_options[] = {
        {"debug", 0, NULL, 0x100}, {"live", 0, NULL, 0x200}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    Migration migration = {.call = call, .source = call->host};
    int option = 0;
    while ((option = sim_option(call, "FC:s:epD", long_options, 2)) != -1) {
        if (option == -2)
            return call->exit_code;
        migration.stays_paused |= option == 'p';
        migration.has_no_monitor |= option == 'e';
    }
    return start_migration(&migration, call->argv[optind], call->argv[optind + 1]);
}
